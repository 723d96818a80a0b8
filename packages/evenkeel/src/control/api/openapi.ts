/**
 * The API described for machines (OpenAPI 3.1), made from the table that answers it: a path that is added is described
 * with it or does not compile. Members are those that this balancer gives; they are nginx's, except where they say so.
 */
import { cacheOutcomes, limitOutcomes } from '../../model/tallies.ts'
import { ownVersion } from '../version.ts'

type Schema = Readonly<Record<string, unknown>>

const integer: Schema = { type: 'integer' }
const text: Schema = { type: 'string' }
const flag: Schema = { type: 'boolean' }
const time: Schema = { type: 'string', format: 'date-time' }
const classes = members({
  '1xx': integer,
  '2xx': integer,
  '3xx': integer,
  '4xx': integer,
  '5xx': integer,
  total: integer,
})
const countsByCode: Schema = { type: 'object', additionalProperties: integer }
const zone: Readonly<Record<string, Schema>> = {
  requests: integer,
  responses: members({ ...(classes['properties'] as Record<string, Schema>), codes: countsByCode }),
  discarded: integer,
  received: integer,
  sent: integer,
}
const buckets: Schema = {
  ...members({ bounds_ms: list(integer), counts: list(integer) }),
  description:
    'How many responses took how long: up to each bound, and one bucket more for those that were slower. Only in evenkeel.',
}
const peer: Readonly<Record<string, Schema>> = {
  id: integer,
  server: text,
  name: text,
  service: text,
  backup: flag,
  weight: integer,
  state: { type: 'string', enum: ['up', 'draining', 'down', 'unavail', 'checking', 'unhealthy'] },
  active: integer,
  max_conns: integer,
  fails: integer,
  unavail: integer,
  health_checks: members({
    checks: integer,
    fails: integer,
    unhealthy: integer,
    last_passed: flag,
    reason: { type: 'string', description: 'What was wrong with the last check. Only in evenkeel.' },
  }),
  downtime: { type: 'integer', description: 'Milliseconds.' },
  downstart: time,
  selected: time,
}
const settings: Readonly<Record<string, Schema>> = {
  server: { type: 'string', description: 'Address with port, or a name.' },
  service: text,
  weight: { type: 'integer', minimum: 1, default: 1 },
  max_conns: { type: 'integer', minimum: 0, default: 0 },
  max_fails: { type: 'integer', minimum: 0, default: 1 },
  fail_timeout: { type: 'string', default: '10s' },
  slow_start: { type: 'string', default: '0s' },
  route: { type: 'string', maxLength: 32 },
  backup: { type: 'boolean', default: false },
  down: { type: 'boolean', default: false },
  drain: { type: 'boolean', default: false },
  priority: { type: 'integer', minimum: 0 },
  zone: text,
}

export const schemas: Readonly<Record<string, Schema>> = {
  Nginx: members({
    version: text,
    build: text,
    address: text,
    generation: integer,
    load_timestamp: time,
    timestamp: time,
    pid: integer,
    ppid: integer,
  }),
  Processes: members({
    respawned: integer,
    retiring: {
      ...list(
        members({
          generation: integer,
          workers: integer,
          since: time,
          cut_at: time,
          idle: integer,
          requests: integer,
          tunnels: integer,
          sessions: integer,
        }),
      ),
      description: 'Configurations before this one that somebody is still served by, and by what. Only in evenkeel.',
    },
  }),
  Connections: members({ accepted: integer, dropped: integer, active: integer, idle: integer }),
  Requests: members({ total: integer, current: integer }),
  Ssl: members({ handshakes: integer, session_reuses: integer, handshakes_failed: integer }),
  Worker: members({
    id: integer,
    pid: integer,
    connections: of('Connections'),
    http: members({ requests: of('Requests') }),
  }),
  Explanation: { type: 'object', description: 'Server, location, limits, cache, candidates, attempts, status.' },
  Fault: members({ percent: { type: 'number' } }),
  Code: members({
    kind: text,
    module: text,
    export: text,
    calls: integer,
    failures: integer,
    timeouts: integer,
    slow: { type: 'integer', description: 'Calls that held their worker up for 50 ms or more.' },
    time_ms: { type: 'integer', description: 'Without what was waited for.' },
  }),
  ServerZone: members({ processing: integer, ...zone }),
  LocationZone: members(zone),
  Cache: members({
    size: integer,
    max_size: integer,
    cold: flag,
    ...Object.fromEntries(cacheOutcomes.map(outcome => [outcome, members({ responses: integer, bytes: integer })])),
  }),
  LimitReq: members(Object.fromEntries(limitOutcomes.map(outcome => [outcome, integer]))),
  LimitConn: members({ passed: integer, rejected: integer, rejected_dry_run: integer }),
  Upstream: members({
    peers: list(
      members({
        ...peer,
        requests: integer,
        header_time: { type: 'integer', description: 'Milliseconds, an average of late.' },
        response_time: { type: 'integer', description: 'Milliseconds, an average of late.' },
        response_time_histogram: buckets,
        responses: classes,
        sent: integer,
        received: integer,
      }),
    ),
    keepalive: integer,
    zombies: integer,
    zone: text,
  }),
  StreamZone: members({
    processing: integer,
    connections: integer,
    sessions: members({ '2xx': integer, '4xx': integer, '5xx': integer, total: integer }),
    discarded: integer,
    received: integer,
    sent: integer,
  }),
  StreamUpstream: members({
    peers: list(
      members({
        ...peer,
        connections: integer,
        connect_time: { type: 'integer', description: 'Milliseconds, an average of late.' },
        first_byte_time: { type: 'integer', description: 'Milliseconds, an average of late.' },
        response_time: { type: 'integer', description: 'Milliseconds, an average of late.' },
        response_time_histogram: buckets,
        sent: integer,
        received: integer,
      }),
    ),
    zombies: integer,
    zone: text,
  }),
  Server: members({ id: integer, ...settings, resolve: flag }),
  ServerSettings: members(settings),
  Names: list(text),
  None: { type: 'object', description: 'Nothing is told here yet.' },
  Error: members({ error: members({ status: integer, text, code: text }), href: text }),
}

/** What each path answers: a schema, a map of it by name, or a list of it. */
const reads: Readonly<Record<string, readonly [summary: string, schema: Schema]>> = {
  '': ['What there is.', of('Names')],
  nginx: ['Versions, process and configuration.', of('Nginx')],
  processes: ['Workers that were replaced.', of('Processes')],
  connections: ['Connections of clients.', of('Connections')],
  slabs: ['Nothing: shared memory is not in slabs here.', of('None')],
  resolvers: ['Nothing yet.', of('None')],
  ssl: ['TLS handshakes with clients.', of('Ssl')],
  workers: ['Each worker thread.', list(of('Worker'))],
  'workers/*': ['One worker thread.', of('Worker')],
  explain: ['Ids of requests that are explained.', of('Names')],
  'explain/*': ['What became of a request, by its $request_id.', of('Explanation')],
  faults: ['Named faults (`fault … name=`).', byName('Fault')],
  'faults/*': ['One of them; PATCH `{"percent": 20}` changes it.', of('Fault')],
  code: ['Functions in TypeScript that the configuration names.', list(of('Code'))],
  http: ['What there is of http.', of('Names')],
  'http/requests': ['Requests of clients.', of('Requests')],
  'http/server_zones': ['Requests by status_zone of servers.', byName('ServerZone')],
  'http/server_zones/*': ['One of them.', of('ServerZone')],
  'http/location_zones': ['Requests by status_zone of locations.', byName('LocationZone')],
  'http/location_zones/*': ['One of them.', of('LocationZone')],
  'http/caches': ['Caches.', byName('Cache')],
  'http/caches/*': ['One cache.', of('Cache')],
  'http/limit_conns': ['Zones of limit_conn.', byName('LimitConn')],
  'http/limit_conns/*': ['One zone of limit_conn.', of('LimitConn')],
  'http/limit_reqs': ['Zones of limit_req.', byName('LimitReq')],
  'http/limit_reqs/*': ['One zone of limit_req.', of('LimitReq')],
  'http/upstreams': ['All upstreams with their peers.', byName('Upstream')],
  'http/upstreams/*': ['One upstream.', of('Upstream')],
  'http/upstreams/*/servers': ['The servers of an upstream.', list(of('Server'))],
  'http/upstreams/*/servers/*': ['One server.', of('Server')],
  stream: ['What there is of stream.', of('Names')],
  'stream/server_zones': ['Sessions by status_zone of servers.', byName('StreamZone')],
  'stream/server_zones/*': ['One of them.', of('StreamZone')],
  'stream/limit_conns': ['Nothing yet.', of('None')],
  'stream/upstreams': ['All upstreams of TCP and UDP.', byName('StreamUpstream')],
  'stream/upstreams/*': ['One of them.', of('StreamUpstream')],
  'stream/upstreams/*/servers': ['Its servers.', list(of('Server'))],
  'stream/upstreams/*/servers/*': ['One server.', of('Server')],
}

/** What is described; the resources have to be the same. */
export const describedPaths: readonly string[] = Object.keys(reads)

export function schemaOf(path: string): Schema {
  return reads[path]![1]
}

export function openApi(): Schema {
  const paths = Object.entries(reads).map(([path, [summary, schema]]) => [
    written(path),
    operations(path, summary, schema),
  ])
  return {
    openapi: '3.1.0',
    info: {
      title: 'evenkeel',
      version: ownVersion(),
      description:
        'The state of the balancer, and servers changed while they are in use: version 9 of the REST API of nginx.',
    },
    servers: [{ url: '/api/9', description: 'Where a location says: location /api { api write=on; }' }],
    paths: Object.fromEntries(paths),
    components: { schemas },
  }
}

function operations(path: string, summary: string, schema: Schema): Schema {
  const count = path.split('*').length - 1
  const names = count === 0 ? [] : count === 1 ? ['name'] : ['name', 'id']
  const parameters = names.map(name => ({ name, in: 'path', required: true, schema: text }))
  const fields = { name: 'fields', in: 'query', schema: text, description: 'Members to tell, separated by commas.' }
  const get = { summary, parameters: [fields], responses: answers(200, schema) }
  const body = { required: true, content: { 'application/json': { schema: of('ServerSettings') } } }
  const servers = path.endsWith('/servers')
  const server = path.endsWith('/servers/*')
  const fault = { required: true, content: { 'application/json': { schema: of('Fault') } } }
  return {
    ...(parameters.length > 0 ? { parameters } : {}),
    get,
    ...(servers
      ? { post: { summary: 'Adds a server.', requestBody: body, responses: answers(201, of('Server')) } }
      : {}),
    ...(path === 'faults/*'
      ? { patch: { summary: 'Changes its share.', requestBody: fault, responses: answers(200, of('Fault')) } }
      : {}),
    ...(server ? { patch: { summary: 'Changes it.', requestBody: body, responses: answers(200, of('Server')) } } : {}),
    ...(server
      ? { delete: { summary: 'Removes it; answers with those left.', responses: answers(200, list(of('Server'))) } }
      : {}),
  }
}

function answers(status: number, schema: Schema): Schema {
  const content = (one: Schema): Schema => ({ 'application/json': { schema: one } })
  return {
    [status]: { description: 'Done.', content: content(schema) },
    default: { description: 'Refused.', content: content(of('Error')) },
  }
}

function written(path: string): string {
  const [first = '', ...rest] = path.split('*')
  const names = rest.length === 1 ? ['{name}'] : ['{name}', '{id}']
  return `/${first}${rest.map((part, at) => names[at] + part).join('')}`
}

function members(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', properties }
}

function list(items: Schema): Schema {
  return { type: 'array', items }
}

function of(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` }
}

function byName(name: string): Schema {
  return { type: 'object', additionalProperties: of(name) }
}
