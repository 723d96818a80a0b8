/**
 * The shared zones of the configuration that runs, kept by name, kind and size over reloads.
 */
import { randomBytes } from 'node:crypto'
import { zoneKey, zoneWords, type ZoneModel } from '../model/zone.ts'
import { createTable, emptyTable, freeTable } from '../shared/lru-table.ts'

/** As the owner of a lock: no worker has this number. */
const MAIN = 0x3fff_ffff

export class Zones {
  #buffers: ReadonlyMap<string, SharedArrayBuffer> = new Map()

  /**
   * Buffers for these, by zoneKey. What no configuration names any more is let go; workers that still serve with it
   * hold on to it for as long.
   */
  provide(zones: readonly ZoneModel[]): ReadonlyMap<string, SharedArrayBuffer> {
    this.#buffers = new Map(
      zones.map(zone => {
        const key = zoneKey(zone)
        return [key, this.#buffers.get(key) ?? makeZone(zone)]
      }),
    )
    return this.#buffers
  }

  /**
   * A worker died: its locks are freed. Nobody knows which of the connections counted were its own, so they are all
   * counted anew: for a moment too many get in, rather than somebody never again.
   */
  freeDead(owner: number): void {
    for (const [key, buffer] of this.#buffers) {
      freeTable(buffer, owner)
      if (key.startsWith('limit_conn ')) emptyTable(buffer, MAIN)
    }
  }
}

function makeZone({ kind, size }: ZoneModel): SharedArrayBuffer {
  const secret = randomBytes(8)
  const key = { first: secret.readInt32LE(0), second: secret.readInt32LE(4) }
  return createTable({ bytes: size, words: zoneWords[kind] }, key)
}
