/**
 * Writes down how long peers take, for the methods that balance by it and for no others.
 *
 * Only attempts that ended well are averaged: a peer that fails fast must not look quick. Under the upstream's lock, so
 * that no worker's value is lost.
 */
import { measuresOf } from '../balance/policies.ts'
import type { MethodModel } from '../model/model.ts'
import type { TimerWheel } from '../net/timer-wheel.ts'
import type { GroupRow } from '../shared/group-row.ts'
import type { Rows } from '../shared/rows.ts'
import { PeerTimes } from '../shared/times.ts'

export class Measures {
  readonly times: PeerTimes
  readonly row: GroupRow
  readonly wheel: TimerWheel
  /** Averages until the head and the last byte. */
  readonly averages: boolean
  /** What is waited for, and until when: its end is the head of the answer, or its last byte. */
  readonly waits: 'header' | 'last_byte' | null
  readonly cost: boolean

  constructor(method: MethodModel, rows: Rows, row: GroupRow, wheel: TimerWheel) {
    const { times, waits, cost } = measuresOf(method)
    this.times = new PeerTimes(rows)
    this.row = row
    this.wheel = wheel
    this.averages = times
    this.waits = waits ? (method.arguments.includes('last_byte') ? 'last_byte' : 'header') : null
    this.cost = cost
  }

  /** An attempt begins at the peer of that row. */
  begin(row: number): Measurement {
    return new Measurement(this, row)
  }
}

export class Measurement {
  readonly #to: Measures
  readonly #row: number
  #headerMs = -1
  /** When it began to wait; -1: it does not. */
  #beganMs = -1

  constructor(to: Measures, row: number) {
    this.#to = to
    this.#row = row
    if (to.waits === null) return
    this.#beganMs = to.wheel.touch()
    to.row.lock()
    to.times.beginWait(row, this.#beganMs)
    to.row.unlock()
  }

  responded(headerMs: number): void {
    const { times, row, waits, cost, wheel } = this.#to
    this.#headerMs = headerMs
    if (waits !== 'header' && !cost) return
    row.lock()
    if (cost) times.observeCost(this.#row, headerMs, wheel.touch())
    else {
      // As in nginx: with `inflight` the head counts at once, however the attempt ends.
      times.observe(this.#row, 'header', headerMs)
      this.#endWait()
    }
    row.unlock()
  }

  end(well: boolean, totalMs: number): void {
    const { times, row, averages, waits } = this.#to
    row.lock()
    this.#endWait()
    if (averages && well && this.#headerMs >= 0 && totalMs >= 0) {
      times.observe(this.#row, 'last_byte', totalMs)
      if (waits !== 'header') times.observe(this.#row, 'header', this.#headerMs)
    }
    row.unlock()
  }

  #endWait(): void {
    if (this.#beganMs < 0) return
    this.#to.times.endWait(this.#row, this.#beganMs)
    this.#beganMs = -1
  }
}
