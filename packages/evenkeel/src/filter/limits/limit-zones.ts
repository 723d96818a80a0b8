/** How limits find the shared table that they count in. */
import type { LimitZoneModel } from '../../model/settings/limit-settings.ts'
import type { LruTable } from '../../shared/lru-table.ts'

export interface LimitZone extends LimitZoneModel {
  readonly table: LruTable
}

/** Undefined: there is no such zone; checks of the model refuse that before. */
export type FindZone = (kind: LimitZoneModel['kind'], name: string) => LimitZone | undefined
