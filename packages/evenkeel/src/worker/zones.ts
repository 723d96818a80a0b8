/**
 * The shared zones of one configuration, as its steps find them: by what they are for and their name.
 */
import { zoneKey, type ZoneKind, type ZoneModel } from '../model/zone.ts'
import { LruTable } from '../shared/lru-table.ts'

export class WorkerZones {
  readonly #tables = new Map<string, LruTable>()

  /** `owner` is the worker's number from 1. */
  constructor(zones: readonly ZoneModel[], buffers: ReadonlyMap<string, SharedArrayBuffer>, owner: number) {
    for (const zone of zones) {
      const buffer = buffers.get(zoneKey(zone))
      if (buffer !== undefined) this.#tables.set(`${zone.kind} ${zone.name}`, new LruTable(buffer, owner))
    }
  }

  /** Undefined: no such zone was declared; checks of the model refuse that before. */
  get(kind: ZoneKind, name: string): LruTable | undefined {
    return this.#tables.get(`${kind} ${name}`)
  }
}
