/**
 * A model without what a look at it must not touch: certificates that only its owner may read, sessions of TCP and UDP,
 * and folders of caches and stores, which are the running process's.
 */
import type { Model } from '../../model/model.ts'

export interface Harmless {
  readonly model: Model
  /** It has something to cache or store. */
  readonly cacheless: boolean
}

export function harmless(model: Model): Harmless {
  if (model.http === null) return { model, cacheless: false }
  const { stream: _, ...rest } = model
  const servers = model.http.servers.map(server => ({
    ...server,
    listens: server.listens.map(listen => ({ ...listen, ssl: false, proxyProtocol: false })),
  }))
  const found = { any: false }
  const http = withoutStores({ ...model.http, servers }, found)
  return { model: { ...rest, http }, cacheless: found.any }
}

const STORES: ReadonlySet<string> = new Set(['proxyCache', 'proxyStore'])

/** Settings stand at every depth: in servers, locations, exceptions and `if`. */
function withoutStores<T>(value: T, found: { any: boolean }): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: unknown) => withoutStores(item, found)) as T
  const entries = Object.entries(value).map(([key, inner]) => {
    if (!STORES.has(key)) return [key, withoutStores(inner as unknown, found)]
    found.any ||= inner !== null
    return [key, null]
  })
  return Object.fromEntries(entries) as T
}
