/**
 * Counters of the whole process: what stub_status, the API and metrics tell.
 *
 * Each worker writes only its own column, without atomic operations, and readers sum. Float64, since requests and
 * bytes outgrow 32 bits within hours.
 */

/** What is counted. The first ones only grow; those from `active` on are held now, and end with their worker. */
export const Total = {
  accepted: 0,
  handled: 1,
  requests: 2,
  bytesIn: 3,
  bytesOut: 4,
  handshakes: 5,
  handshakesFailed: 6,
  sessionReuses: 7,
  active: 8,
  reading: 9,
  writing: 10,
  waiting: 11,
  /** How late the event loop was of late, in ms. */
  lagMs: 12,
  /** Bytes of the worker's heap in use. */
  heapUsed: 13,
  /** The number of the user's code that runs now; 0: none. */
  code: 14,
} as const

export type TotalName = keyof typeof Total
export type TotalNumber = (typeof Total)[TotalName]

/** Two cache lines a column: neighbours are fetched in pairs. */
const STRIDE = 16
const FIRST_HELD = Total.active
const COUNT = 15

export function createTotals(columns: number): SharedArrayBuffer {
  return new SharedArrayBuffer(columns * STRIDE * Float64Array.BYTES_PER_ELEMENT)
}

export class Totals {
  readonly #cells: Float64Array
  readonly #own: number

  constructor(buffer: SharedArrayBuffer, column: number) {
    this.#cells = new Float64Array(buffer)
    this.#own = column * STRIDE
  }

  /** Counts in this worker's column: `totals.add(Total.requests, 1)`. */
  add(total: TotalNumber, by: number): void {
    this.#cells[this.#own + total]! += by
  }

  /** Over all workers. */
  sum(total: TotalNumber): number {
    let sum = 0
    for (let at: number = total; at < this.#cells.length; at += STRIDE) sum += this.#cells[at]!
    return sum
  }

  /** A value rather than a count. */
  set(total: TotalNumber, value: number): void {
    this.#cells[this.#own + total] = value
  }

  /** Of one worker. */
  of(column: number, total: TotalNumber): number {
    return this.#cells[column * STRIDE + total]!
  }

  /** A worker died: it holds nothing any more; what it has done stays done. */
  clearColumn(column: number): void {
    this.#cells.fill(0, column * STRIDE + FIRST_HELD, column * STRIDE + COUNT)
  }
}
