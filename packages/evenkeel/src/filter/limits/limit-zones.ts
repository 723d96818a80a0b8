/** How limits find the shared table that they count in. */
import type { LimitZoneModel } from '../../model/settings/limit-settings.ts'
import { limitOutcomes, type LimitOutcome } from '../../model/tallies.ts'
import type { LruTable } from '../../shared/lru-table.ts'
import type { Tally } from '../../shared/tally.ts'

export interface LimitZone extends LimitZoneModel {
  readonly table: LruTable
  /** Where it is counted how requests came out; left out: nowhere. */
  readonly tally?: Tally
}

/** Undefined: there is no such zone; checks of the model refuse that before. */
export type FindZone = (kind: LimitZoneModel['kind'], name: string) => LimitZone | undefined

/** Places of the outcomes in a tally. */
export const outcome: Readonly<Record<LimitOutcome, number>> = Object.fromEntries(
  limitOutcomes.map((name, place) => [name, place]),
) as Record<LimitOutcome, number>
