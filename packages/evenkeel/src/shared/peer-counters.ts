/**
 * What peers have answered: statuses, bytes, times. By row (shared/rows), each worker in its own column.
 *
 * In pages of some rows each rather than in one buffer for all that there may be: with a column for every worker that
 * would be most of a gigabyte, reserved by each balancer in a program. Pages are made by the main thread before a plan
 * names their rows.
 */
import { LATENCY_BUCKETS, latencyBucket } from './latency.ts'

const PAGE_ROWS = 32

/** Cells of a row in a column. Averages follow the latest answers as nginx's do. */
const cell = {
  classes: 0,
  received: 5,
  sent: 6,
  headerAverage: 7,
  headerSum: 8,
  responseAverage: 9,
  responseSum: 10,
  selected: 11,
  headerBuckets: 12,
  responseBuckets: 24,
  unavailable: 36,
  connectAverage: 37,
  connectSum: 38,
} as const
const STRIDE = 40

/** Share of a new time in an average. */
const NEW = 0.05

export interface PeerSums {
  /** 1xx to 5xx. */
  readonly classes: readonly number[]
  /** Bytes from the peer, and to it. */
  readonly received: number
  readonly sent: number
  /** Averages of late, in ms. */
  readonly headerMs: number
  readonly responseMs: number
  /** Of sessions of stream; 0 for requests. */
  readonly connectMs: number
  /** All times added up, and how many fell into which bucket (shared/latency), not cumulative. */
  readonly headerSumMs: number
  readonly headerBuckets: readonly number[]
  readonly connectSumMs: number
  readonly responseSumMs: number
  readonly responseBuckets: readonly number[]
  /** Ms since the epoch; 0: never. */
  readonly selectedMs: number
  /** How often failures have made it unavailable. */
  readonly unavailable: number
}

/** The page that a row is in. */
export function peerPageOf(row: number): number {
  return Math.floor(row / PAGE_ROWS)
}

export function createPeerPage(columns: number): SharedArrayBuffer {
  return new SharedArrayBuffer(columns * PAGE_ROWS * STRIDE * Float64Array.BYTES_PER_ELEMENT)
}

/** An attempt that has ended, as far as it is counted. Times in ms; below 0: it did not come to that. */
export interface CountedAttempt {
  readonly status: number
  readonly startedMs: number
  readonly headerMs: number
  readonly responseMs: number
  readonly bytesSent: number
  readonly bytesReceived: number
}

export class PeerCounters {
  readonly #pages: (Float64Array | undefined)[] = []
  readonly #column: number

  constructor(column: number) {
    this.#column = column
  }

  /** Pages by number; those that are known already stay. */
  learn(pages: ReadonlyMap<number, SharedArrayBuffer>): void {
    for (const [page, buffer] of pages) this.#pages[page] ??= new Float64Array(buffer)
  }

  /** In this worker's column. Of a peer without a row nothing is kept. */
  count(row: number, attempt: CountedAttempt, unavailable: boolean): void {
    const cells = row < 0 ? undefined : this.#pages[Math.floor(row / PAGE_ROWS)]
    if (cells === undefined) return
    const at = (this.#column * PAGE_ROWS + (row % PAGE_ROWS)) * STRIDE
    const { status, headerMs, responseMs } = attempt
    cells[at + cell.selected] = attempt.startedMs
    cells[at + cell.sent]! += attempt.bytesSent
    cells[at + cell.received]! += attempt.bytesReceived
    if (unavailable) cells[at + cell.unavailable]!++
    if (headerMs < 0) return
    if (status >= 100 && status < 600) cells[at + cell.classes + Math.floor(status / 100) - 1]!++
    observe(cells, at + cell.headerAverage, at + cell.headerBuckets, headerMs)
    if (responseMs >= 0) observe(cells, at + cell.responseAverage, at + cell.responseBuckets, responseMs)
  }

  /**
   * The same of an attempt to pass a session on. One that was connected stands among the answers of class 2, its first
   * byte for the head of an answer.
   */
  countSession(row: number, attempt: CountedAttempt & { readonly connectMs: number }, unavailable: boolean): void {
    const cells = row < 0 ? undefined : this.#pages[Math.floor(row / PAGE_ROWS)]
    if (cells === undefined) return
    const at = (this.#column * PAGE_ROWS + (row % PAGE_ROWS)) * STRIDE
    const { connectMs, headerMs, responseMs } = attempt
    cells[at + cell.selected] = attempt.startedMs
    cells[at + cell.sent]! += attempt.bytesSent
    cells[at + cell.received]! += attempt.bytesReceived
    if (unavailable) cells[at + cell.unavailable]!++
    if (connectMs < 0) return
    const before = cells[at + cell.classes + 1]!++
    const average = cells[at + cell.connectAverage]!
    cells[at + cell.connectAverage] = before === 0 ? connectMs : connectMs * NEW + average * (1 - NEW)
    cells[at + cell.connectSum]! += connectMs
    if (headerMs >= 0) observe(cells, at + cell.headerAverage, at + cell.headerBuckets, headerMs)
    if (responseMs >= 0) observe(cells, at + cell.responseAverage, at + cell.responseBuckets, responseMs)
  }

  sums(row: number): PeerSums {
    const cells = this.#pages[Math.floor(row / PAGE_ROWS)] ?? nothing
    const first = (row % PAGE_ROWS) * STRIDE
    const sum = (index: number): number => {
      let total = 0
      for (let at = first + index; at < cells.length; at += PAGE_ROWS * STRIDE) total += cells[at]!
      return total
    }
    const list = (from: number, length: number): number[] => Array.from({ length }, (_, index) => sum(from + index))
    let selectedMs = 0
    for (let at = first + cell.selected; at < cells.length; at += PAGE_ROWS * STRIDE) {
      selectedMs = Math.max(selectedMs, cells[at]!)
    }
    return {
      classes: list(cell.classes, 5),
      received: sum(cell.received),
      sent: sum(cell.sent),
      headerMs: average(cells, first, cell.headerAverage, cell.headerBuckets, LATENCY_BUCKETS),
      responseMs: average(cells, first, cell.responseAverage, cell.responseBuckets, LATENCY_BUCKETS),
      connectMs: average(cells, first, cell.connectAverage, cell.classes + 1, 1),
      connectSumMs: sum(cell.connectSum),
      headerSumMs: sum(cell.headerSum),
      headerBuckets: list(cell.headerBuckets, LATENCY_BUCKETS),
      responseSumMs: sum(cell.responseSum),
      responseBuckets: list(cell.responseBuckets, LATENCY_BUCKETS),
      selectedMs,
      unavailable: sum(cell.unavailable),
    }
  }

  /** The row is somebody else's from here on. */
  clear(row: number): void {
    const cells = this.#pages[Math.floor(row / PAGE_ROWS)]
    if (cells === undefined) return
    for (let at = (row % PAGE_ROWS) * STRIDE; at < cells.length; at += PAGE_ROWS * STRIDE) {
      // Reading first keeps the memory of columns nobody has used untouched.
      if (cells[at + cell.selected] !== 0) cells.fill(0, at, at + STRIDE)
    }
  }
}

const nothing = new Float64Array(0)

/** The sum stands behind its average. */
function observe(cells: Float64Array, averageAt: number, bucketsAt: number, ms: number): void {
  const before = cells[averageAt]!
  // The first one is no share of anything.
  cells[averageAt] = cells[averageAt + 1] === 0 ? ms : ms * NEW + before * (1 - NEW)
  cells[averageAt + 1]! += ms
  cells[bucketsAt + latencyBucket(ms)]!++
}

/** Over all workers, each by how much it has seen: what so many cells from `seenCell` on add up to. */
function average(cells: Float64Array, first: number, averageCell: number, seenCell: number, seenCells: number): number {
  let weight = 0
  let sum = 0
  for (let at = first; at < cells.length; at += PAGE_ROWS * STRIDE) {
    let seen = 0
    for (let index = 0; index < seenCells; index++) seen += cells[at + seenCell + index]!
    weight += seen
    sum += seen * cells[at + averageCell]!
  }
  return weight === 0 ? 0 : sum / weight
}
