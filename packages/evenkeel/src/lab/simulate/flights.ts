/** Requests that are with a simulated server, the one that ends first at the front: a heap. */
import type { Selection } from '../../upstream/selection.ts'
import type { Lease } from '../../upstream/upstream.ts'

export class Flight {
  readonly request: number
  readonly session: number
  readonly cameMs: number
  /** When this attempt began. */
  readonly begunMs: number
  readonly endMs: number
  readonly workMs: number
  readonly fails: boolean
  readonly lease: Lease
  readonly selection: Selection

  constructor(
    request: number,
    session: number,
    cameMs: number,
    begunMs: number,
    endMs: number,
    workMs: number,
    fails: boolean,
    lease: Lease,
    selection: Selection,
  ) {
    this.request = request
    this.session = session
    this.cameMs = cameMs
    this.begunMs = begunMs
    this.endMs = endMs
    this.workMs = workMs
    this.fails = fails
    this.lease = lease
    this.selection = selection
  }
}

export class Flights {
  readonly #heap: Flight[] = []

  get first(): Flight | null {
    return this.#heap[0] ?? null
  }

  add(flight: Flight): void {
    const heap = this.#heap
    let at = heap.push(flight) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (heap[above]!.endMs <= flight.endMs) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = flight
  }

  removeFirst(): void {
    const heap = this.#heap
    const moved = heap.pop()!
    const { length } = heap
    if (length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= length) break
      if (child + 1 < length && heap[child + 1]!.endMs < heap[child]!.endMs) child++
      if (heap[child]!.endMs >= moved.endMs) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = moved
  }
}
