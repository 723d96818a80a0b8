/**
 * What one status zone has counted: requests of a server or location, by status and by how long they took.
 *
 * Each worker writes only its own column, without atomic operations, and readers sum. One buffer a zone, since zones are
 * few and named by the configuration; what a column does not use takes no memory.
 */
import { LATENCY_BUCKETS, latencyBucket } from './latency.ts'

/** Cells of a column. `processing` is what is held now. */
const cell = {
  processing: 0,
  classes: 1,
  discarded: 6,
  received: 7,
  sent: 8,
  ms: 9,
  buckets: 10,
  statuses: 24,
} as const

const FIRST_STATUS = 100
const LAST_STATUS = 599
const STRIDE = 528

export interface ZoneSums {
  readonly processing: number
  /** 1xx to 5xx. */
  readonly classes: readonly number[]
  /** By status, those that occurred. */
  readonly statuses: ReadonlyMap<number, number>
  /** Requests that ended without an answer. */
  readonly discarded: number
  /** Bytes. */
  readonly received: number
  readonly sent: number
  /** All times added up. */
  readonly ms: number
  /** Requests by time (shared/latency), not cumulative. */
  readonly buckets: readonly number[]
}

export function createZoneCounters(columns: number): SharedArrayBuffer {
  return new SharedArrayBuffer(columns * STRIDE * Float64Array.BYTES_PER_ELEMENT)
}

export class ZoneCounters {
  readonly #cells: Float64Array
  readonly #own: number

  constructor(buffer: SharedArrayBuffer, column: number) {
    this.#cells = new Float64Array(buffer)
    this.#own = column * STRIDE
  }

  /** A request begins. */
  begin(): void {
    this.#cells[this.#own + cell.processing]!++
  }

  end(): void {
    this.#cells[this.#own + cell.processing]!--
  }

  /** A request has ended; of a status that is none, nothing was answered. */
  count(status: number, received: number, sent: number, ms: number): void {
    this.#count(sent === 0 ? 0 : status, received, sent, ms)
  }

  /** A session has ended; that nothing was sent to its client is nothing special. */
  countSession(status: number, received: number, sent: number, ms: number): void {
    this.#count(status, received, sent, ms)
  }

  sums(): ZoneSums {
    const sum = (index: number): number => {
      let total = 0
      for (let at = index; at < this.#cells.length; at += STRIDE) total += this.#cells[at]!
      return total
    }
    const list = (from: number, length: number): number[] => Array.from({ length }, (_, index) => sum(from + index))
    const statuses = new Map<number, number>()
    for (let status = FIRST_STATUS; status <= LAST_STATUS; status++) {
      const count = sum(cell.statuses + status - FIRST_STATUS)
      if (count > 0) statuses.set(status, count)
    }
    return {
      processing: sum(cell.processing),
      classes: list(cell.classes, 5),
      statuses,
      discarded: sum(cell.discarded),
      received: sum(cell.received),
      sent: sum(cell.sent),
      ms: sum(cell.ms),
      buckets: list(cell.buckets, LATENCY_BUCKETS),
    }
  }

  #count(status: number, received: number, sent: number, ms: number): void {
    const cells = this.#cells
    const at = this.#own
    cells[at + cell.received]! += received
    cells[at + cell.sent]! += sent
    cells[at + cell.ms]! += ms
    cells[at + cell.buckets + latencyBucket(ms)]!++
    if (status < FIRST_STATUS || status > LAST_STATUS) {
      cells[at + cell.discarded]!++
      return
    }
    cells[at + cell.classes + Math.floor(status / 100) - 1]!++
    cells[at + cell.statuses + status - FIRST_STATUS]!++
  }

  /** A worker died: it serves nothing any more; what it has served stays served. */
  clearColumn(column: number): void {
    this.#cells[column * STRIDE + cell.processing] = 0
  }
}
