/**
 * Gives out stretches of a fixed range of numbers, and takes them back: first fit, neighbours joined.
 *
 * Used at reloads only, so a plain list in order is enough.
 */
export class Spans {
  /** Free stretches in order, never touching each other. */
  readonly #free: { from: number; size: number }[]
  /** One past the highest number ever given out. */
  used = 0

  constructor(size: number) {
    this.#free = [{ from: 0, size }]
  }

  /** Where the stretch begins; -1: there is no room. */
  take(size: number): number {
    const index = this.#free.findIndex(span => span.size >= size)
    const span = this.#free[index]
    if (span === undefined) return -1
    const from = span.from
    span.from += size
    span.size -= size
    if (span.size === 0) this.#free.splice(index, 1)
    this.used = Math.max(this.used, from + size)
    return from
  }

  give(from: number, size: number): void {
    let index = this.#free.findIndex(span => span.from > from)
    if (index < 0) index = this.#free.length
    const before = this.#free[index - 1]
    const after = this.#free[index]
    const joinsBefore = before !== undefined && before.from + before.size === from
    const joinsAfter = after !== undefined && from + size === after.from
    if (joinsBefore) {
      before.size += size + (joinsAfter ? after.size : 0)
      if (joinsAfter) this.#free.splice(index, 1)
    } else if (joinsAfter) {
      after.from = from
      after.size += size
    } else {
      this.#free.splice(index, 0, { from, size })
    }
  }
}
