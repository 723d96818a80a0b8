/** When the places of a server become free: a heap of as many times as it does requests at once. */
export class Slots {
  readonly #freeMs: Float64Array

  constructor(count: number) {
    this.#freeMs = new Float64Array(count)
  }

  /** Takes the place that is free first. Answers when its work begins. */
  take(nowMs: number, workMs: number): number {
    const heap = this.#freeMs
    const beginMs = Math.max(nowMs, heap[0]!)
    const endMs = beginMs + workMs
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++
      if (heap[child]! >= endMs) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = endMs
    return beginMs
  }

  /** Whatever was at work is gone. */
  clear(nowMs: number): void {
    this.#freeMs.fill(nowMs)
  }
}
