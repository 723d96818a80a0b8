/**
 * A configuration made ready for a worker that has no network, for explanations: names are not asked for, each is one
 * address, and whatever a main thread would share is shared with nobody.
 */
import type { Model } from '../model/model.ts'
import { RowRegistry } from '../shared/registry.ts'
import { createRows, mainColumn, Rows } from '../shared/rows.ts'
import type { Configuration } from '../worker/messages.ts'
import { planUpstreams } from './plan.ts'
import { resolveTrusted } from './names/trusted-names.ts'
import { Zones } from './zones.ts'

export interface Offline {
  readonly configuration: Configuration
  readonly rows: SharedArrayBuffer
}

/** Throws when there is no room for its peers. */
export async function makeOffline(written: Model): Promise<Offline> {
  const { model } = await resolveTrusted(written, async () => [])
  const rows = createRows({ columns: 1 })
  const { plans, problems } = planUpstreams(model.http, 1, new RowRegistry(new Rows(rows, mainColumn)), (_, line) =>
    'host' in line.address ? [{ host: line.address.host }] : [],
  )
  if (problems.length > 0) throw new Error(problems.join('; '))
  // Caches are the running process's: their folders are not looked into.
  const zones = (model.zones ?? []).filter(({ kind }) => kind !== 'cache')
  return { configuration: { generation: 1, model, plans, zones: new Zones().provide(zones) }, rows }
}
