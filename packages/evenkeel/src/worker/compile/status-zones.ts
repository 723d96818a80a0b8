/** The status zones of one configuration, as this worker counts in them. */
import type { FindStatusZone } from '../../filter/status-zone.ts'
import { statusZoneKey } from '../../model/status-zones.ts'
import { ZoneCounters } from '../../shared/zone-counters.ts'

export function openStatusZones(buffers: ReadonlyMap<string, SharedArrayBuffer>, column: number): FindStatusZone {
  const zones = new Map([...buffers].map(([key, buffer]) => [key, new ZoneCounters(buffer, column)]))
  return (kind, name) => zones.get(statusZoneKey(kind, name))
}
