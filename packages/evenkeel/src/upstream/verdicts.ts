/** What the end of an attempt means for its peer: it failed, it works, or nothing is known of it. */
import type { ClockCell } from '../shared/clock.ts'
import type { GroupRow } from '../shared/group-row.ts'
import type { Rows } from '../shared/rows.ts'
import type { Conduct } from './conduct.ts'
import type { PeerList } from './peer-list.ts'
import type { LeaseOutcome } from './upstream.ts'

/** What came of an attempt; status 0: no answer. */
interface Answered {
  readonly status: number
  readonly headerMs: number
}

export class Verdicts {
  readonly #rows: Rows
  readonly #row: GroupRow
  readonly #clock: ClockCell
  /** null: nobody wants to know how peers behave. */
  readonly #conduct: Conduct | null

  constructor(rows: Rows, row: GroupRow, clock: ClockCell, conduct: Conduct | null) {
    this.#rows = rows
    this.#row = row
    this.#clock = clock
    this.#conduct = conduct
  }

  /** How it behaves, where somebody wants to know. Answers whether it is out by it. */
  watch(row: number, outcome: LeaseOutcome, { status, headerMs }: Answered): boolean {
    const conduct = this.#conduct
    if (conduct === null) return false
    if (outcome !== 'failed' && status === 0) {
      // Nothing is known of it, but a probe is over.
      if (conduct.isProbed(row)) this.#row.trouble()
      return false
    }
    return conduct.record(row, outcome !== 'failed' && status < 500, headerMs, this.#clock.seconds)
  }

  /** Answers whether the peer is unavailable by it. */
  judge(list: PeerList, index: number, outcome: LeaseOutcome): boolean {
    if (outcome === 'failed') {
      this.#rows.countFailure(list.row(index))
      if (list.counts(index)) {
        this.#row.lock()
        const unavailable = list.fail(index, this.#clock.seconds)
        this.#row.trouble()
        this.#row.unlock()
        return unavailable
      }
    }
    if (outcome === 'doubtful') return false
    // What was abandoned clears failures as what was served does: nginx makes no difference between them.
    this.prove(list, index)
    return false
  }

  /** The peer works: what it failed before is forgiven, if it was looked at again since. */
  prove(list: PeerList, index: number): void {
    if (list.forgives(index)) {
      this.#row.lock()
      if (list.forgives(index)) {
        list.forgive(index, this.#clock.seconds)
        this.#row.trouble()
      }
      this.#row.unlock()
    }
  }
}
