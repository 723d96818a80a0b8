/**
 * When a request is sent to a second peer: after the percentile of how long answers take, as all workers see them.
 *
 * Only answers count for it, not attempts that were called off: with a peer that hangs the delay would otherwise grow
 * until nobody were helped. That makes it a little shorter than the percentile of all attempts; the budget is the bound.
 */
import type { HedgeModel } from '../model/passive.ts'
import type { GroupRow } from '../shared/group-row.ts'
import type { RunningPercentile } from '../shared/running-percentile.ts'
import type { Selection } from './selection.ts'
import type { Hedging, Lease } from './upstream.ts'

export class PeerHedging implements Hedging {
  readonly #minimumMs: number
  readonly #row: GroupRow
  readonly #percentile: RunningPercentile
  readonly #beside: (selection: Selection) => Lease | null

  constructor(model: HedgeModel, row: GroupRow, beside: (selection: Selection) => Lease | null) {
    this.#minimumMs = model.minimumMs
    this.#row = row
    this.#percentile = row.percentile(model.percentile)
    this.#beside = beside
  }

  get delayMs(): number {
    const { value } = this.#percentile
    return value === 0 ? 0 : Math.max(Math.ceil(value), this.#minimumMs)
  }

  observe(headerMs: number): void {
    this.#row.lock()
    this.#percentile.observe(headerMs)
    this.#row.unlock()
  }

  lease(selection: Selection): Lease | null {
    if (!this.#row.spend()) return null
    const lease = this.#beside(selection)
    if (lease === null) this.#row.giveBack()
    return lease
  }
}
