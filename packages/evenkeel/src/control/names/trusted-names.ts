/**
 * Names in set_real_ip_from become addresses when a configuration is made live, as nginx does once when it reads one.
 * A name that does not resolve trusts nobody, with a warning, so that a missing name keeps nothing from starting.
 */
import { isIP } from 'node:net'
import type { Model } from '../../model/model.ts'
import type { Lookup } from './name-asking.ts'

export interface Resolved {
  readonly model: Model
  readonly warnings: readonly string[]
}

const KEY = 'realIpFrom'

export async function resolveTrusted(model: Model, lookup: Lookup): Promise<Resolved> {
  const names = new Set<string>()
  visit(model.http, list => {
    for (const written of list) if (isName(written)) names.add(written)
    return list
  })
  if (names.size === 0) return { model, warnings: [] }
  const found = new Map(
    await Promise.all([...names].map(async name => [name, await lookup(name).catch(() => [])] as const)),
  )
  const warnings = [...found]
    .filter(([, addresses]) => addresses.length === 0)
    .map(([name]) => `host not found in set_real_ip_from "${name}": it is trusted when a reload finds it`)
  const http = visit(model.http, list => list.flatMap(written => found.get(written) ?? [written])) as Model['http']
  return { model: { ...model, http }, warnings }
}

function isName(written: string): boolean {
  return written !== 'unix:' && !written.includes('/') && isIP(written) === 0
}

/** A copy of a part of a model in which every such list is what `change` made of it. */
function visit(value: unknown, change: (list: readonly string[]) => readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(item => visit(item, change))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === KEY ? change(item as readonly string[]) : visit(item, change),
    ]),
  )
}
