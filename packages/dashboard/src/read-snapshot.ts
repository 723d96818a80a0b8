/**
 * Answers of the API to a snapshot. What is missing counts as nothing rather than as a mistake: older balancers tell
 * less, newer ones more, and a page that shows half is worth more than one that shows none.
 */
import type { Cache, Checks, Histogram, Limit, Peer, PeerState, Snapshot, Upstream, Zone } from './snapshot.ts'

/** JSON by path; undefined: that path is not there. */
export type Answers = Readonly<Record<string, unknown>>

/** What is asked for, below the version. The first ones are everywhere, the others only where there is something. */
export const snapshotPaths: readonly string[] = [
  'nginx',
  'processes',
  'connections',
  'ssl',
  'http/requests',
  'http/upstreams',
  'http/server_zones',
  'http/location_zones',
  'http/caches',
  'http/limit_reqs',
  'http/limit_conns',
  'stream/upstreams',
  'stream/server_zones',
  'stream/limit_conns',
]

export function readSnapshot(answers: Answers, atMs: number): Snapshot {
  const [nginx, connections, requests, ssl] = ['nginx', 'connections', 'http/requests', 'ssl'].map(path =>
    objectOf(answers[path]),
  ) as [Json, Json, Json, Json]
  return {
    atMs,
    build: textOf(nginx['build']) || `nginx-${textOf(nginx['version'])}`,
    generation: numberOf(nginx['generation']),
    pid: numberOf(nginx['pid']),
    loadedMs: timeOf(nginx['load_timestamp']),
    respawned: numberOf(objectOf(answers['processes'])['respawned']),
    connections: {
      accepted: numberOf(connections['accepted']),
      dropped: numberOf(connections['dropped']),
      active: numberOf(connections['active']),
      idle: numberOf(connections['idle']),
    },
    requests: { total: numberOf(requests['total']), current: numberOf(requests['current']) },
    handshakes: {
      done: numberOf(ssl['handshakes']),
      failed: numberOf(ssl['handshakes_failed']),
      reused: numberOf(ssl['session_reuses']),
    },
    upstreams: [
      ...entriesOf(answers['http/upstreams']).map(entry => readUpstream('http', entry)),
      ...entriesOf(answers['stream/upstreams']).map(entry => readUpstream('stream', entry)),
    ],
    zones: [
      ...entriesOf(answers['http/server_zones']).map(entry => readZone('server', entry)),
      ...entriesOf(answers['http/location_zones']).map(entry => readZone('location', entry)),
      ...entriesOf(answers['stream/server_zones']).map(entry => readZone('stream', entry)),
    ],
    caches: entriesOf(answers['http/caches']).map(readCache),
    limits: [
      ...entriesOf(answers['http/limit_reqs']).map(entry => readLimit('requests', entry)),
      ...entriesOf(answers['http/limit_conns']).map(entry => readLimit('connections', entry)),
      ...entriesOf(answers['stream/limit_conns']).map(entry => readLimit('stream connections', entry)),
    ],
  }
}

type Json = Readonly<Record<string, unknown>>

function readUpstream(kind: Upstream['kind'], [name, value]: [string, Json]): Upstream {
  const { peers, queue } = value
  return {
    kind,
    name,
    peers: (Array.isArray(peers) ? peers : []).map(peer => readPeer(objectOf(peer))),
    queued: queue === undefined ? null : numberOf(objectOf(queue)['size']),
  }
}

function readPeer(peer: Json): Peer {
  const state = textOf(peer['state'])
  return {
    id: numberOf(peer['id']),
    server: textOf(peer['server']),
    name: textOf(peer['name']),
    backup: peer['backup'] === true,
    weight: numberOf(peer['weight']),
    state: isState(state) ? state : 'down',
    active: numberOf(peer['active']),
    mostActive: numberOf(peer['max_conns']),
    requests: numberOf(peer['requests'] ?? peer['connections']),
    classes: readClasses(peer['responses']),
    headerMs: maybeNumber(peer['header_time'] ?? peer['first_byte_time']),
    responseMs: maybeNumber(peer['response_time']),
    histogram: readHistogram(peer['response_time_histogram']),
    sent: numberOf(peer['sent']),
    received: numberOf(peer['received']),
    fails: numberOf(peer['fails']),
    unavailable: numberOf(peer['unavail']),
    checks: readChecks(objectOf(peer['health_checks'])),
    downtimeMs: numberOf(peer['downtime']),
    downSinceMs: timeOf(peer['downstart']),
  }
}

const states: readonly string[] = ['up', 'draining', 'down', 'unavail', 'checking', 'unhealthy']

function isState(text: string): text is PeerState {
  return states.includes(text)
}

function readChecks(checks: Json): Checks {
  const passed = checks['last_passed']
  return {
    done: numberOf(checks['checks']),
    fails: numberOf(checks['fails']),
    unhealthy: numberOf(checks['unhealthy']),
    lastPassed: typeof passed === 'boolean' ? passed : null,
    reason: textOf(checks['reason']),
  }
}

function readHistogram(value: unknown): Histogram | null {
  const { bounds_ms: bounds, counts } = objectOf(value)
  if (!Array.isArray(bounds) || !Array.isArray(counts) || counts.length !== bounds.length + 1) return null
  return { boundsMs: bounds.map(numberOf), counts: counts.map(numberOf) }
}

function readZone(kind: Zone['kind'], [name, zone]: [string, Json]): Zone {
  return {
    kind,
    name,
    processing: numberOf(zone['processing']),
    requests: numberOf(zone['requests'] ?? zone['connections']),
    classes: readClasses(zone['responses'] ?? zone['sessions']),
    discarded: numberOf(zone['discarded']),
    received: numberOf(zone['received']),
    sent: numberOf(zone['sent']),
  }
}

function readCache([name, cache]: [string, Json]): Cache {
  const count = (...kinds: readonly string[]): number =>
    kinds.reduce((sum, kind) => sum + numberOf(objectOf(cache[kind])['responses']), 0)
  return {
    name,
    size: numberOf(cache['size']),
    most: numberOf(cache['max_size']),
    cold: cache['cold'] === true,
    hit: count('hit', 'revalidated'),
    stale: count('stale', 'updating'),
    miss: count('miss', 'expired'),
    bypass: count('bypass'),
  }
}

function readLimit(kind: Limit['kind'], [name, limit]: [string, Json]): Limit {
  return {
    kind,
    name,
    passed: numberOf(limit['passed']),
    delayed: numberOf(limit['delayed']),
    rejected: numberOf(limit['rejected']),
    dryRun: numberOf(limit['rejected_dry_run']) + numberOf(limit['delayed_dry_run']),
  }
}

function readClasses(value: unknown): number[] {
  const classes = objectOf(value)
  return ['1xx', '2xx', '3xx', '4xx', '5xx'].map(name => numberOf(classes[name]))
}

function entriesOf(value: unknown): [string, Json][] {
  return Object.entries(objectOf(value)).map(([name, one]) => [name, objectOf(one)])
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}

function maybeNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function timeOf(value: unknown): number {
  const time = typeof value === 'string' ? Date.parse(value) : NaN
  return Number.isNaN(time) ? 0 : time
}
