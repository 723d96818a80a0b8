/**
 * A row of numbers that only grow, counted by all workers: each writes a column of its own, without atomic operations,
 * and readers sum. A worker that died leaves what it has counted.
 */
const STRIDE = 16

export function createTally(columns: number): SharedArrayBuffer {
  return new SharedArrayBuffer(columns * STRIDE * Float64Array.BYTES_PER_ELEMENT)
}

export class Tally {
  readonly #cells: Float64Array
  readonly #own: number

  constructor(buffer: SharedArrayBuffer, column: number) {
    this.#cells = new Float64Array(buffer)
    this.#own = column * STRIDE
  }

  /** `place` from 0 to 15. */
  add(place: number, amount = 1): void {
    this.#cells[this.#own + place]! += amount
  }

  sums(): readonly number[] {
    const sums = Array.from({ length: STRIDE }, () => 0)
    for (const [at, value] of this.#cells.entries()) sums[at % STRIDE]! += value
    return sums
  }
}
