/**
 * Where everything stands in the shared rows. Offsets are known here and to the views of this folder, nowhere else.
 *
 * One buffer of five regions: a head, a line for each upstream (its lock), blocks for what a policy remembers of one
 * shape of an upstream, a row for each peer (failures), and for each worker a column of tallies. Columns are regions
 * of their own rather than words of a row, so that workers do not write to each other's cache lines and need no
 * atomic operation to count. Memory that nobody touched costs nothing: the system gives pages when they are written.
 */

/** Words of a cache line; the unit of lines and blocks. */
export const LINE = 16

const PEER = 8
const TALLY = 4

/** Lines of blocks for each peer there may be: as many as the sole peer of an upstream needs. */
const BLOCK_LINES = 4

/** Words of the head. */
export const head = { capacity: 0, columns: 1, columnsUsed: 2, peersUsed: 3, homesUsed: 4 } as const

/** Words of an upstream's line. */
export const home = { lock: 0, troubles: 1 } as const

/** Words of a block's first line; the lines of its two lists and the weights follow. */
export const block = { home: 0, calm: 1, scanned: 2 } as const
export const blockLists = 1
export const blockCells = 3

/** Words of a peer's row. */
export const peer = { fails: 0, accessed: 1, checked: 2, down: 3, home: 4 } as const

/** Words of a tally; `requests` is a float64 over two words, since 32 bits would wrap within days. */
export const tally = { inflight: 0, failures: 1, requests: 2 } as const

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

  constructor(buffer: SharedArrayBuffer) {
    this.words = new Int32Array(buffer)
    this.floats = new Float64Array(buffer)
    this.capacity = this.words[head.capacity]!
    this.columns = this.words[head.columns]!
    this.#blocks = LINE + this.capacity * LINE
    this.blockLines = this.capacity * BLOCK_LINES
    this.#peers = this.#blocks + this.blockLines * LINE
    this.#tallies = this.#peers + this.capacity * PEER
  }

  /** Bytes that rows of that size take. */
  static bytes(capacity: number, columns: number): number {
    return 4 * (LINE + capacity * (LINE + BLOCK_LINES * LINE + PEER) + columns * capacity * TALLY)
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

  clearPeer(row: number): void {
    this.words.fill(0, this.peer(row), this.peer(row) + PEER)
    for (let column = 0; column < this.columns; column++) {
      const at = this.tally(column, row)
      // Reading first keeps the pages of columns nobody has used untouched.
      if (this.floats[(at + tally.requests) / 2] === 0) continue
      this.words.fill(0, at, at + TALLY)
    }
  }
}

/** Lines that a block for that many peers takes. */
export function blockLines(peers: number): number {
  return blockCells + Math.ceil((2 * peers) / LINE)
}
