/**
 * Everything that the main thread and the workers share, made once for the life of the process; what a worker held in it
 * is freed when the worker dies.
 */
import { availableParallelism } from 'node:os'
import { createBeats } from '../../shared/beats.ts'
import { createBoard } from '../../shared/board.ts'
import { createClock } from '../../shared/clock.ts'
import { createRows, mainColumn, Rows } from '../../shared/rows.ts'
import { createTotals, Totals } from '../../shared/totals.ts'
import type { WorkerBirth } from '../../worker/messages.ts'
import { Counters } from '../status/counters.ts'
import { Zones } from '../zones.ts'

/** Places for workers; untouched ones cost nothing. */
const LEAST_COLUMNS = 64
/** Of an order with 100 names over tls-alpn-01, for several issuers at a time. */
const CHALLENGE_BYTES = 524_288

export class SharedMemory {
  /** Places for workers, those that are leaving included. */
  readonly columns: number
  /** What each worker is born with. */
  readonly buffers: Pick<WorkerBirth, 'rows' | 'totals' | 'clock' | 'beats' | 'challenges'>
  readonly rows: Rows
  readonly totals: Totals
  readonly counters: Counters
  readonly zones: Zones = new Zones()

  constructor() {
    this.columns = Math.max(LEAST_COLUMNS, 2 * availableParallelism())
    this.buffers = {
      rows: createRows({ columns: this.columns }),
      totals: createTotals(this.columns),
      clock: createClock(),
      beats: createBeats(this.columns),
      challenges: createBoard(CHALLENGE_BYTES),
    }
    this.rows = new Rows(this.buffers.rows, mainColumn)
    this.totals = new Totals(this.buffers.totals, 0)
    this.counters = new Counters(this.columns)
  }

  /** The worker with that number died. */
  clearPlace(index: number): void {
    this.rows.clearColumn(index)
    this.rows.freeDead(index)
    this.zones.freeDead(index + 1)
    this.counters.freeDead(index)
    this.totals.clearColumn(index)
  }
}
