/** `upstream` and what stands in it; methods and server lines have files of their own. */
import type { Statement } from '../parser.ts'
import { Place, type UpstreamDraft } from '../place.ts'
import { ANY, row, type Directive } from '../table.ts'
import { readMilliseconds, readNumber, readSize } from '../values.ts'
import { inUpstream } from './in-upstream.ts'
import { balanceDirective } from './code.ts'
import { methodDirectives } from './upstream-methods.ts'
import { passiveDirectives } from './passive.ts'
import { pressureDirectives } from './pressure.ts'
import { stickyDirectives } from './sticky.ts'
import { upstreamNameDirectives } from './upstream-names.ts'
import { readServer, serverSyntax } from './upstream-server.ts'

export const upstreamDirectives: readonly Directive[] = [
  {
    ...row('upstream', ['http'], 'name { ... }', null, 'A named group of servers that requests are spread over.'),
    block: true,
    apply: readUpstream,
  },
  inUpstream('server', serverSyntax, [1, ANY], 'A server of the group.', readServer),
  inUpstream(
    'zone',
    'name [size]',
    [1, 2],
    'Name of the state that workers share; it is always shared here.',
    readZone,
  ),
  ...methodDirectives,
  balanceDirective,
  ...upstreamNameDirectives,
  ...stickyDirectives,
  ...passiveDirectives,
  ...pressureDirectives,
  inUpstream(
    'prefer_zone',
    'name',
    [1, 1],
    'Servers of this zone (`server … zone=name`) are chosen while any of their priority is to be had. Only in evenkeel.',
    readPreferZone,
  ),
  inUpstream(
    'queue',
    'number [timeout=time]',
    [1, 2],
    'How many requests may wait in each worker while all servers are at max_conns, and how long; 60s.',
    readQueue,
  ),
  inUpstream(
    'keepalive',
    'connections [local]',
    [1, 2],
    'Idle connections each worker keeps to the group; 32 for each of its servers when it is not said.',
    readKeepalive,
  ),
  time('keepalive_time', 'keepaliveTimeMs', 'Longest life of a kept connection.'),
  time('keepalive_timeout', 'keepaliveTimeoutMs', 'How long an idle connection is kept.'),
  inUpstream(
    'keepalive_requests',
    'number',
    [1, 1],
    'Most requests on one kept connection.',
    (upstream, place, statement) => {
      const value = place.once(statement) ? readNumber(statement.words[1] ?? '') : upstream.keepaliveRequests
      if (value === null) place.failDirective(statement, 'invalid number')
      else upstream.keepaliveRequests = value
    },
  ),
]

function time(name: string, key: 'keepaliveTimeMs' | 'keepaliveTimeoutMs', text: string): Directive {
  return inUpstream(name, 'time', [1, 1], text, (upstream, place, statement) => {
    const value = place.once(statement) ? readMilliseconds(statement.words[1] ?? '') : upstream[key]
    if (value === null) place.failDirective(statement, 'invalid value')
    else upstream[key] = value
  })
}

/** keepalive, until the block has said it. */
const UNSAID = -1

function readUpstream(place: Place, statement: Statement): void {
  const http = place.part
  if (http === null) return
  const upstream: UpstreamDraft = {
    name: statement.words[1] ?? '',
    implicit: false,
    servers: [],
    method: { name: 'round_robin', key: null, arguments: [] },
    zone: null,
    keepalive: UNSAID,
    keepaliveRequests: 1000,
    keepaliveTimeMs: 3_600_000,
    keepaliveTimeoutMs: 60_000,
  }
  const inner = new Place(
    place.inStream ? 'stream upstream' : 'upstream',
    place.reading,
    `${place.path}.upstreams.${http.upstreams.length}`,
    { upstream },
  )
  inner.mark('', statement.position)
  http.upstreams.push(upstream)
  place.reading.interpret(inner, statement.block ?? [])
  // What is sent twice has to have a bound; the default is Envoy's.
  if (upstream.hedge !== undefined) upstream.retryBudget ??= { percent: 20, minimum: 3 }
  // nginx keeps 32 a group whatever its size; with more than a few servers that closes connections as fast as they
  // are made. Ours keeps as many for each server unless it is told.
  if (upstream.keepalive === UNSAID) upstream.keepalive = place.inStream ? 0 : 32 * Math.max(1, upstream.servers.length)
}

const SMALLEST_ZONE = 8 * 4096

function readZone(upstream: UpstreamDraft, place: Place, statement: Statement): void {
  const [, name = '', written] = statement.words
  if (name === '') return place.fail(statement, 1, 'invalid zone name ""')
  if (written !== undefined) {
    const bytes = readSize(written)
    if (bytes === null) return place.fail(statement, 2, `invalid zone size "${written}"`)
    if (bytes < SMALLEST_ZONE) return place.fail(statement, 2, `zone "${name}" is too small`, 'give it 32k or more')
  }
  upstream.zone = name
}

function readKeepalive(upstream: UpstreamDraft, place: Place, statement: Statement): void {
  if (!place.once(statement)) return
  const [name, written = '', option] = statement.words
  const value = readNumber(written)
  if (value === null) return place.fail(statement, 1, `invalid value "${written}" in "${name}" directive`)
  if (option !== undefined && option !== 'local') return place.fail(statement, 2, `invalid parameter "${option}"`)
  upstream.keepalive = value
}

function readPreferZone(upstream: UpstreamDraft, place: Place, statement: Statement): void {
  if (!place.once(statement)) return
  const name = statement.words[1] ?? ''
  if (name === '') return place.failDirective(statement, 'invalid value')
  upstream.preferZone = name
}

function readQueue(upstream: UpstreamDraft, place: Place, statement: Statement): void {
  if (!place.once(statement)) return
  const [, written = '', option] = statement.words
  const size = readNumber(written)
  if (size === null || size === 0) return place.fail(statement, 1, `invalid value "${written}" in "queue" directive`)
  const timeout = option === undefined ? '60s' : /^timeout=(.*)$/s.exec(option)?.[1]
  const timeoutMs = timeout === undefined ? null : readMilliseconds(timeout)
  if (timeoutMs === null) return place.fail(statement, 2, `invalid parameter "${option}"`, 'it may be timeout=60s')
  upstream.queue = { size, timeoutMs }
}
