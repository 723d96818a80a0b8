/** Health checks of `stream`: health_check in a server, match with what is sent and expected, how long an answer may take. */
import type { StreamExpect } from '../../../model/stream/stream-health.ts'
import { readExpect, readSend } from './send-expect.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { ANY, row, type Directive } from '../table.ts'
import { readMilliseconds } from '../values.ts'
import { readCheck, usualCheck, type CheckDraft } from './health.ts'
import { scalar } from './stream-proxy.ts'

export const streamHealthDirectives: readonly Directive[] = [
  {
    ...row(
      'health_check',
      ['stream server'],
      '[interval=time] [jitter=time] [fails=n] [passes=n] [mandatory [persistent]] [match=name] [port=n] [udp]',
      null,
      'Asks every server of the upstream again and again, and keeps sessions from those that fail.',
    ),
    arguments: [0, ANY],
    apply: readStreamCheck,
  },
  scalar(
    'health_check_timeout',
    'time',
    '5s',
    'How long a server may take to answer a health check.',
    readMilliseconds,
    'healthCheckTimeout',
  ),
  {
    ...row(
      'match',
      ['stream'],
      'name { send ...; expect ...; }',
      null,
      'What a health check sends, and what has to come in answer.',
    ),
    block: true,
    apply: readStreamMatch,
  },
]

/** Parameters that only HTTP has a meaning for. */
const HTTP_ONLY = /^(?:uri|type|keepalive_time|grpc_service|grpc_status)=/

function readStreamCheck(place: Place, statement: Statement): void {
  const server = place.streamServer
  if (server === null || !place.once(statement)) return
  const check: CheckDraft = { ...usualCheck, type: 'tcp' }
  readCheck(place, statement, check, (written, fail) => {
    if (written === 'udp') check.type = 'udp'
    else if (HTTP_ONLY.test(written)) {
      fail(`invalid parameter "${written}"`, 'in stream a check connects; what it sends and expects stands in a match')
    } else return false
    return true
  })
  server.healthCheck = check
  place.mark('healthCheck', statement.position)
}

function readStreamMatch(place: Place, statement: Statement): void {
  const { stream } = place.reading
  if (stream === null) return
  const name = statement.words[1] ?? ''
  if (name === '') place.fail(statement, 1, 'a match needs a name')
  let send: string | null = null
  let expect: StreamExpect | null = null
  const met = new Set<string>()
  for (const line of statement.block ?? []) {
    const [kind = ''] = line.words
    if (line.block !== null) place.fail(line, 0, 'unexpected "{"')
    else if (kind !== 'send' && kind !== 'expect') {
      place.fail(line, 0, `unknown directive "${kind}" in "match"`, 'in stream it may be send or expect')
    } else if (met.has(kind)) place.fail(line, 0, `"${kind}" directive is duplicate`)
    else if (kind === 'send') send = readSend(place, line)
    else expect = readExpect(place, line)
    met.add(kind)
  }
  if (met.size === 0) place.fail(statement, 0, `match "${name}" asks for nothing`, 'give it a send, an expect or both')
  stream.matches ??= []
  place.mark(`matches.${stream.matches.length}`, statement.position)
  stream.matches.push({ name, send, expect })
}
