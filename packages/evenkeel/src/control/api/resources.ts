/**
 * What can be read: the tree of nginx's API, each path with what makes its value. What is not in use is there and empty,
 * since clients ask for it all the same.
 */
import { cacheOutcomes, limitOutcomes } from '../../model/tallies.ts'
import type { CacheView, Side, UpstreamView, View } from '../status/view.ts'
import type { FaultShares } from './fault-shares.ts'
import { notFound } from './answers.ts'
import {
  codeJson,
  connectionsJson,
  nginxJson,
  processesJson,
  requestsJson,
  sslJson,
  workersJson,
} from './state-json.ts'

import { serverJson, streamUpstreamJson, upstreamJson } from './upstream-json.ts'
import { locationZoneJson, serverZoneJson, streamZoneJson } from './zone-json.ts'

/** `object`: `fields` chooses among its members; `map` and `list`: among those of each of its values. */
export type Shape = 'object' | 'map' | 'list' | 'names'

export interface Resource {
  readonly shape: Shape
  readonly value: unknown
}

export interface ReadPorts {
  readonly view: View
  /** What the client connected to. */
  readonly address: string
  readonly faults: FaultShares
}

type Reader = (ports: ReadPorts, names: readonly string[]) => Resource

/** `*` stands for any name. */
const readers: Readonly<Record<string, Reader>> = {
  '': () => names('nginx', 'processes', 'connections', 'slabs', 'http', 'stream', 'resolvers', 'ssl', 'workers'),
  nginx: ({ view, address }) => object(nginxJson(view.process(), address)),
  processes: ({ view }) => object(processesJson(view)),
  connections: ({ view }) => object(connectionsJson(view.sums())),
  slabs: () => map({}),
  resolvers: () => map({}),
  ssl: ({ view }) => object(sslJson(view.sums())),
  workers: ({ view }) => ({ shape: 'list', value: workersJson(view) }),
  'workers/*': ({ view }, [id]) =>
    object(
      workersJson(view).find(worker => String(worker['id']) === id) ?? missing('WorkerNotFound', 'worker not found'),
    ),
  explain: ({ view }) => names(...(view.stories()?.ids() ?? [])),
  'explain/*': ({ view }, [id = '']) => {
    const story = view.stories()?.find(id)
    return object(
      story === undefined
        ? missing('RequestNotFound', 'nothing is known of that request: see the "explain" directive')
        : (JSON.parse(story) as unknown),
    )
  },
  faults: ({ faults }) => map(faults.read()),
  'faults/*': ({ faults }, [name]) => object(one(faults.read(), name, 'FaultNotFound', 'fault not found')),
  code: ({ view }) => ({ shape: 'list', value: codeJson(view) }),
  http: () => names('requests', 'server_zones', 'location_zones', 'caches', 'limit_conns', 'limit_reqs', 'upstreams'),
  'http/requests': ({ view }) => object(requestsJson(view.sums())),
  'http/server_zones': ({ view }) => map(byName(view.zones('server'), serverZoneJson)),
  'http/server_zones/*': ({ view }, [name]) =>
    object(one(byName(view.zones('server'), serverZoneJson), name, 'ServerZoneNotFound', 'server zone not found')),
  'http/location_zones': ({ view }) => map(byName(view.zones('location'), locationZoneJson)),
  'http/location_zones/*': ({ view }, [name]) =>
    object(
      one(byName(view.zones('location'), locationZoneJson), name, 'LocationZoneNotFound', 'location zone not found'),
    ),
  'http/caches': ({ view }) => map(cachesJson(view.caches())),
  'http/caches/*': ({ view }, [name]) =>
    object(one(cachesJson(view.caches()), name, 'CacheNotFound', 'cache not found')),
  'http/limit_conns': ({ view }) => map(limitsJson(view, 'limit_conn')),
  'http/limit_conns/*': ({ view }, [name]) =>
    object(one(limitsJson(view, 'limit_conn'), name, 'LimitConnNotFound', 'limit_conn not found')),
  'http/limit_reqs': ({ view }) => map(limitsJson(view, 'limit_req')),
  'http/limit_reqs/*': ({ view }, [name]) =>
    object(one(limitsJson(view, 'limit_req'), name, 'LimitReqNotFound', 'limit_req not found')),
  ...upstreamReaders('http'),
  stream: () => names('server_zones', 'limit_conns', 'upstreams'),
  'stream/server_zones': ({ view }) => map(byName(view.zones('stream'), streamZoneJson)),
  'stream/server_zones/*': ({ view }, [name]) =>
    object(one(byName(view.zones('stream'), streamZoneJson), name, 'ServerZoneNotFound', 'server zone not found')),
  'stream/limit_conns': () => map({}),
  ...upstreamReaders('stream'),
}

function upstreamReaders(side: Side): Readonly<Record<string, Reader>> {
  const find = (view: View, name = ''): UpstreamView =>
    view.upstream(side, name) ?? missing('UpstreamNotFound', 'upstream not found')
  const make = side === 'http' ? upstreamJson : streamUpstreamJson
  return {
    [`${side}/upstreams`]: ({ view }) => map(byName(view.upstreams(side), make)),
    [`${side}/upstreams/*`]: ({ view }, [name]) => object(make(find(view, name))),
    [`${side}/upstreams/*/servers`]: ({ view }, [name]) => {
      return { shape: 'list', value: find(view, name).model.servers.map(serverJson) }
    },
    [`${side}/upstreams/*/servers/*`]: ({ view }, [name, id = '']) => {
      const servers = find(view, name).model.servers.map(serverJson)
      const found = servers.find(server => String(server['id']) === id)
      return object(found ?? missing('UpstreamServerNotFound', `server with ID "${id}" does not exist`))
    },
  }
}

export const resourcePaths: readonly string[] = Object.keys(readers)

/** Throws an ApiError for what is not there. */
export function readResource(path: string, ports: ReadPorts): Resource {
  const found = matchPath(path, resourcePaths)
  if (found === null) throw notFound('PathNotFound', 'path not found')
  return readers[found.pattern]!(ports, found.names)
}

/** The pattern that a path is of, with the names in it. Exact ones go before. */
export function matchPath(
  path: string,
  patterns: readonly string[],
): { readonly pattern: string; readonly names: readonly string[] } | null {
  const parts = path === '' ? [''] : path.split('/')
  for (const pattern of patterns) {
    const wanted = pattern.split('/')
    if (wanted.length !== parts.length || !wanted.every((part, at) => part === '*' || part === parts[at])) continue
    return { pattern, names: parts.filter((_, at) => wanted[at] === '*') }
  }
  return null
}

/** nginx tells of limit_conn only what can become of it. */
function limitsJson(view: View, kind: 'limit_req' | 'limit_conn'): Record<string, unknown> {
  const told = limitOutcomes.filter(outcome => kind === 'limit_req' || !outcome.startsWith('delayed'))
  const entries = view.limits(kind).map(({ zone, counts }) => {
    return [zone, Object.fromEntries(told.map(outcome => [outcome, counts[limitOutcomes.indexOf(outcome)] ?? 0]))]
  })
  return Object.fromEntries(entries)
}

function cachesJson(caches: readonly CacheView[]): Record<string, unknown> {
  const entries = caches.map(({ zone, bytes, maxBytes, cold, counts }) => {
    const outcomes = cacheOutcomes.map((outcome, place) => {
      return [outcome, { responses: counts[place] ?? 0, bytes: counts[cacheOutcomes.length + place] ?? 0 }] as const
    })
    const size = { size: bytes, ...(maxBytes > 0 ? { max_size: maxBytes } : {}), cold }
    return [zone, { ...size, ...Object.fromEntries(outcomes) }] as const
  })
  return Object.fromEntries(entries)
}

function byName<Item extends { readonly name: string }>(
  items: readonly Item[],
  make: (item: Item) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(items.map(item => [item.name, make(item)]))
}

function one(values: Record<string, unknown>, name: string | undefined, code: string, text: string): unknown {
  return name !== undefined && Object.hasOwn(values, name) ? values[name] : missing(code, text)
}

function names(...list: readonly string[]): Resource {
  return { shape: 'names', value: list }
}

function object(value: unknown): Resource {
  return { shape: 'object', value }
}

function map(value: unknown): Resource {
  return { shape: 'map', value }
}

function missing(code: string, text: string): never {
  throw notFound(code, text)
}
