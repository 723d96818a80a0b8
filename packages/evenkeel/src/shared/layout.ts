/**
 * Where everything stands in the shared rows. Offsets are known here, to the views of this folder, and to the one loop
 * over all peers of an upstream (upstream/eligibility), where a call for each of a thousand would cost more than all
 * else; nowhere besides.
 *
 * One buffer of regions: a head, a line for each upstream (its lock), blocks for what a policy remembers of one shape
 * of an upstream, a row for each peer (failures), a row for its times, and for each worker a column of tallies and one
 * of waits. Columns are regions of their own rather than words of a row, so that workers do not write to each other's
 * cache lines and need no atomic operation to count. What is only read by some methods stands apart, so that the rows
 * everybody looks at stay dense. Memory that nobody touched costs nothing: the system gives pages when written.
 */

/** Words of a cache line; the unit of lines and blocks. */
export const LINE = 16

const PEER = 8
const TALLY = 4
const TIMES = 8
const WAITS = 4
const CONDUCT = 16

/** Lines of blocks for each peer there may be: as many as the sole peer of an upstream needs. */
const BLOCK_LINES = 4

/** Words of the head. */
export const head = { capacity: 0, columns: 1, columnsUsed: 2, peersUsed: 3, homesUsed: 4 } as const

/** Words of an upstream's line. */
export const home = {
  lock: 0,
  troubles: 1,
  freed: 2,
  swept: 3,
  budget: 4,
  budgetSecond: 5,
  percentile: 6,
  limit: 9,
} as const

/** Words of a block's first line; a line for each of its lists and three cells for each peer follow. */
export const block = { home: 0, calm: 1, scanned: 2 } as const
export const blockLists = 1

/** Words of a peer's row. `since` is the second it came back in, 0: not lately. */
export const peer = { fails: 0, accessed: 1, checked: 2, down: 3, home: 4, since: 5 } as const

/** `since` of a peer whose return nobody with a clock has seen yet. */
export const JUST_BACK = -1

/** Words of a tally; `requests` is a float64 over two words, since 32 bits would wrap within days. */
export const tally = { inflight: 0, failures: 1, requests: 2 } as const

/** Words of a peer's times: averages in ms, and a float64 each for what it costs by its latest answers, and when that was. */
export const times = { header: 0, last_byte: 1, waited: 2, cost: 4, stamp: 6 } as const

/**
 * Words of how a peer has behaved lately (upstream/conduct): errors in a row; good and all answers of the interval; how
 * often it was ejected, and until which second it is; until which second its circuit is open, and what went well since;
 * the window the circuit looks at; the sum of times of the interval's good answers (float64).
 */
export const conduct = {
  run: 0,
  good: 1,
  all: 2,
  times: 3,
  until: 4,
  open: 5,
  proven: 6,
  windowFrom: 7,
  bad: 8,
  seen: 9,
  sumMs: 10,
} as const

/** Words of what one worker waits for at a peer: how many answers, and the sum of when the waits began (float64). */
export const waits = { count: 0, began: 2 } as const

export class Layout {
  readonly words: Int32Array
  readonly floats: Float64Array
  readonly capacity: number
  readonly columns: number
  /** Lines that all blocks together may take. */
  readonly blockLines: number
  readonly #blocks: number
  readonly #peers: number
  readonly #tallies: number
  readonly #times: number
  readonly #waits: number
  readonly #conduct: number

  constructor(buffer: SharedArrayBuffer) {
    this.words = new Int32Array(buffer)
    this.floats = new Float64Array(buffer)
    this.capacity = this.words[head.capacity]!
    this.columns = this.words[head.columns]!
    this.#blocks = LINE + this.capacity * LINE
    this.blockLines = this.capacity * BLOCK_LINES
    this.#peers = this.#blocks + this.blockLines * LINE
    this.#tallies = this.#peers + this.capacity * PEER
    this.#times = this.#tallies + this.columns * this.capacity * TALLY
    this.#conduct = this.#times + this.capacity * TIMES
    this.#waits = this.#conduct + this.capacity * CONDUCT
  }

  /** Bytes that rows of that size take. */
  static bytes(capacity: number, columns: number): number {
    const each = LINE + BLOCK_LINES * LINE + PEER + TIMES + CONDUCT + columns * (TALLY + WAITS)
    return 4 * (LINE + capacity * each)
  }

  home(index: number): number {
    return LINE + index * LINE
  }

  block(index: number): number {
    return this.#blocks + index * LINE
  }

  peer(row: number): number {
    return this.#peers + row * PEER
  }

  tally(column: number, row: number): number {
    return this.#tallies + (column * this.capacity + row) * TALLY
  }

  /** Words from one column's tally of a row to the next column's. */
  get tallyStride(): number {
    return this.capacity * TALLY
  }

  times(row: number): number {
    return this.#times + row * TIMES
  }

  waits(column: number, row: number): number {
    return this.#waits + (column * this.capacity + row) * WAITS
  }

  conduct(row: number): number {
    return this.#conduct + row * CONDUCT
  }

  clearPeer(row: number): void {
    this.words.fill(0, this.peer(row), this.peer(row) + PEER)
    if (this.isTimed(row)) this.words.fill(0, this.times(row), this.times(row) + TIMES)
    const lately = this.conduct(row)
    // Reading keeps pages that nobody has used untouched.
    if (this.words.subarray(lately, lately + CONDUCT).some(word => word !== 0)) {
      this.words.fill(0, lately, lately + CONDUCT)
    }
    for (let column = 0; column < this.columns; column++) {
      this.clearWaits(column, row)
      const at = this.tally(column, row)
      // Reading first keeps the pages of columns nobody has used untouched.
      if (this.floats[(at + tally.requests) / 2] === 0) continue
      this.words.fill(0, at, at + TALLY)
    }
  }

  clearWaits(column: number, row: number): void {
    const at = this.waits(column, row)
    if (this.words[at + waits.count] !== 0) this.words.fill(0, at, at + WAITS)
  }

  /** Whether anything stands in its times; reading keeps pages that nobody has used untouched. */
  isTimed(row: number): boolean {
    const at = this.times(row)
    for (let word = at; word < at + TIMES; word++) if (this.words[word] !== 0) return true
    return false
  }
}

/** Lists that a block for that many peers has room for: each may be a tier of its own. */
export function blockListLines(peers: number): number {
  return Math.max(2, peers)
}

/** Lines that a block for that many peers takes. */
export function blockLines(peers: number): number {
  return blockLists + blockListLines(peers) + Math.ceil((3 * peers) / LINE)
}
