/**
 * What one piece of the user's code has counted. Each worker writes only its own column, without atomic operations, and
 * readers sum.
 */
const cell = { calls: 0, failures: 1, timeouts: 2, slow: 3, ms: 4 } as const

/** A cache line. */
const STRIDE = 8

export interface CodeSums {
  readonly calls: number
  /** It threw, or answered what it may not. */
  readonly failures: number
  /** It did not end in time. */
  readonly timeouts: number
  /** It held its worker up for long. */
  readonly slow: number
  /** All times added up, of the parts that ran without waiting. */
  readonly ms: number
}

export function createCodeCounters(columns: number): SharedArrayBuffer {
  return new SharedArrayBuffer(columns * STRIDE * Float64Array.BYTES_PER_ELEMENT)
}

export class CodeCounters {
  readonly #cells: Float64Array
  readonly #own: number

  constructor(buffer: SharedArrayBuffer, column: number) {
    this.#cells = new Float64Array(buffer)
    this.#own = column * STRIDE
  }

  count(what: Exclude<keyof typeof cell, 'ms'>): void {
    this.#cells[this.#own + cell[what]]!++
  }

  took(ms: number): void {
    this.#cells[this.#own + cell.ms]! += ms
  }

  sums(): CodeSums {
    const sum = (index: number): number => {
      let total = 0
      for (let at = index; at < this.#cells.length; at += STRIDE) total += this.#cells[at]!
      return total
    }
    return {
      calls: sum(cell.calls),
      failures: sum(cell.failures),
      timeouts: sum(cell.timeouts),
      slow: sum(cell.slow),
      ms: sum(cell.ms),
    }
  }
}
