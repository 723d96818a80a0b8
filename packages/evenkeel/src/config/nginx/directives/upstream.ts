/** `upstream` and what stands in it. */
import type { MethodModel } from '../../../model/model.ts'
import { methodsWithoutBackup } from '../../../model/names.ts'
import { readAddress } from '../addresses.ts'
import type { Statement } from '../parser.ts'
import { Place, type UpstreamDraft } from '../place.ts'
import { ANY, row, type Directive } from '../table.ts'
import { readMilliseconds, readNumber, readSeconds, readSize } from '../values.ts'

export const upstreamDirectives: readonly Directive[] = [
  {
    ...row('upstream', ['http'], 'name { ... }', null, 'A named group of servers that requests are spread over.'),
    block: true,
    apply: readUpstream,
  },
  inUpstream(
    'server',
    'address [weight=n] [max_conns=n] [max_fails=n] [fail_timeout=time] [backup] [down]',
    [1, ANY],
    'A server of the group.',
    readServer,
  ),
  inUpstream(
    'zone',
    'name [size]',
    [1, 2],
    'Name of the state that workers share; it is always shared here.',
    readZone,
  ),
  method('least_conn', '', [0, 0], 'The server with the fewest requests in flight, by weight.', () => null),
  method('ip_hash', '', [0, 0], 'Clients of one network stay with one server.', () => null),
  method('hash', 'key [consistent]', [1, 2], 'Requests with the same key go to the same server.', word =>
    word === 2 ? ['consistent'] : null,
  ),
  method('random', '[two [least_conn]]', [0, 2], 'A random server, or the better of two.', word =>
    word === 1 ? ['two'] : ['least_conn'],
  ),
  inUpstream(
    'keepalive',
    'connections [local]',
    [1, 2],
    'Idle connections each worker keeps to the group; 32 when it is not said.',
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

type Apply = (upstream: UpstreamDraft, place: Place, statement: Statement) => void

function inUpstream(
  name: string,
  syntax: string,
  count: readonly [number, number],
  text: string,
  apply: Apply,
): Directive {
  return {
    ...row(name, ['upstream'], syntax, null, text),
    arguments: count,
    apply: (place, statement) => {
      if (place.upstream !== null) apply(place.upstream, place, statement)
    },
  }
}

function time(name: string, key: 'keepaliveTimeMs' | 'keepaliveTimeoutMs', text: string): Directive {
  return inUpstream(name, 'time', [1, 1], text, (upstream, place, statement) => {
    const value = place.once(statement) ? readMilliseconds(statement.words[1] ?? '') : upstream[key]
    if (value === null) place.failDirective(statement, 'invalid value')
    else upstream[key] = value
  })
}

/** `words` tells which words may stand at a place; null: any, as a template that is the method's key. */
function method(
  name: string,
  syntax: string,
  count: readonly [number, number],
  text: string,
  words: (word: number) => readonly string[] | null,
): Directive {
  return inUpstream(name, syntax, count, text, (upstream, place, statement) => {
    if (place.met.has('method')) {
      place.warn(statement, 0, 'load balancing method redefined', 'the last one counts; remove the others')
    }
    place.met.add('method')
    let key: MethodModel['key'] = null
    const others: string[] = []
    for (const [index, written] of statement.words.slice(1).entries()) {
      const allowed = words(index + 1)
      if (allowed === null) key = place.template(statement, index + 1)
      else if (allowed.includes(written)) others.push(written)
      else return place.fail(statement, index + 1, `invalid parameter "${written}"`, `it may be ${allowed.join(', ')}`)
    }
    upstream.method = { name, key, arguments: others }
    place.mark('method', statement.position)
  })
}

function readUpstream(place: Place, statement: Statement): void {
  const { http } = place.reading
  if (http === null) return
  const upstream: UpstreamDraft = {
    name: statement.words[1] ?? '',
    implicit: false,
    servers: [],
    method: { name: 'round_robin', key: null, arguments: [] },
    zone: null,
    keepalive: 32,
    keepaliveRequests: 1000,
    keepaliveTimeMs: 3_600_000,
    keepaliveTimeoutMs: 60_000,
  }
  const inner = new Place('upstream', place.reading, `http.upstreams.${http.upstreams.length}`, { upstream })
  inner.mark('', statement.position)
  http.upstreams.push(upstream)
  place.reading.interpret(inner, statement.block ?? [])
}

/** Parameters that nginx (or its commercial edition) has and we do not have yet. */
const LATER = /^(?:resolve|drain|route=.*|service=.*|slow_start=.*)$/s

function readServer(upstream: UpstreamDraft, place: Place, statement: Statement): void {
  const [, text = '', ...parameters] = statement.words
  const line = { weight: 1, maxConns: 0, maxFails: 1, failTimeoutSeconds: 10, backup: false, down: false }
  for (const [index, written] of parameters.entries()) {
    const word = index + 2
    const [, key, value = ''] = /^(weight|max_conns|max_fails|fail_timeout)=(.*)$/s.exec(written) ?? []
    const amount = key === 'fail_timeout' ? readSeconds(value) : readNumber(value)
    if (key !== undefined && (amount === null || (key === 'weight' && amount === 0))) {
      place.fail(
        statement,
        word,
        `invalid parameter "${written}"`,
        key === 'fail_timeout' ? 'it takes whole seconds' : 'it takes a whole number',
      )
    } else if (key !== undefined && amount !== null) {
      if (key === 'weight') line.weight = amount
      else if (key === 'max_conns') line.maxConns = amount
      else if (key === 'max_fails') line.maxFails = amount
      else line.failTimeoutSeconds = amount
    } else if (written === 'backup') {
      // As in nginx the method counts only for the lines behind it.
      if (methodsWithoutBackup.has(upstream.method.name)) {
        place.fail(
          statement,
          word,
          'balancing method does not support parameter "backup"',
          `remove "backup", or choose another method than ${upstream.method.name}`,
        )
      } else line.backup = true
    } else if (written === 'down') line.down = true
    else if (LATER.test(written)) {
      place.fail(
        statement,
        word,
        `parameter "${written.replace(/=.*/s, '')}" of "server" is not supported yet by evenkeel`,
      )
    } else place.fail(statement, word, `invalid parameter "${written}"`)
  }
  const address = readAddress(text, { defaultPort: 80 })
  if (typeof address === 'string') place.fail(statement, 1, `${address} in upstream "${text}"`)
  // A line that is wrong still counts, so that its group is not called empty on top of it.
  place.mark(`servers.${upstream.servers.length}`, statement.position)
  upstream.servers.push({
    text,
    address:
      typeof address === 'string'
        ? { host: text, port: 80 }
        : address.kind === 'unix'
          ? { path: address.path }
          : { host: address.host, port: address.port },
    ...line,
  })
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
