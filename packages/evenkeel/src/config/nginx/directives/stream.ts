/**
 * `stream`: TCP and UDP. The directives that mean the same there as in http are the same rows (see in-stream.ts); here are
 * those that only it has.
 */
import type { Statement } from '../parser.ts'
import { Place, type StreamServerDraft } from '../place.ts'
import { row, type Directive } from '../table.ts'
import { readAddress } from '../addresses.ts'
import { newVariable } from './rewrite.ts'
import { streamHealthDirectives } from './stream-health.ts'
import { streamProxyDirectives } from './stream-proxy.ts'
import { streamTlsDirectives } from './stream-tls.ts'

export const streamDirectives: readonly Directive[] = [
  {
    ...row('stream', ['main'], '{ ... }', null, 'Servers of TCP and UDP, and what they share.'),
    arguments: [0, 0],
    block: true,
    apply: openStream,
  },
  {
    ...row('server', ['stream'], '{ ... }', null, 'What happens with the sessions of some listeners.'),
    arguments: [0, 0],
    block: true,
    apply: readServer,
  },
  {
    ...row('return', ['stream server'], 'value', null, 'Sends a text to the client and closes.'),
    apply: (place, statement) => {
      const text = content(place, statement) ? place.template(statement, 1) : null
      if (text !== null) setContent(place, statement, { kind: 'return', text })
    },
  },
  {
    ...row('pass', ['stream server'], 'address', null, 'Hands the connection to another listener, one of http too.'),
    apply: readPass,
  },
  {
    ...row('set', ['stream server'], '$variable value', null, 'Gives a variable a value.'),
    arguments: [2, 2],
    apply: (place, statement) => {
      const variable = newVariable(place, statement, 1)
      const value = place.template(statement, 2)
      if (variable !== null && value !== null) place.streamServer?.assignments.push({ variable, value })
    },
  },
  ...streamProxyDirectives,
  ...streamTlsDirectives,
  ...streamHealthDirectives,
]

function openStream(place: Place, statement: Statement): void {
  if (!place.once(statement)) return
  const streamSettings = {}
  place.reading.stream = { settings: streamSettings, upstreams: [], servers: [], maps: [], logFormats: [] }
  const inner = new Place('stream', place.reading, 'stream', { streamSettings })
  inner.mark('', statement.position)
  place.reading.interpret(inner, statement.block ?? [])
}

function readServer(place: Place, statement: Statement): void {
  const { stream } = place.reading
  if (stream === null) return
  const streamSettings = {}
  const server: StreamServerDraft = { listens: [], names: [], settings: streamSettings, assignments: [], content: null }
  const path = `stream.servers.${stream.servers.length}`
  const inner = new Place('stream server', place.reading, path, { streamServer: server, streamSettings })
  inner.mark('', statement.position)
  stream.servers.push(server)
  place.reading.interpret(inner, statement.block ?? [])
}

function readPass(place: Place, statement: Statement): void {
  if (!content(place, statement)) return
  const written = statement.words[1] ?? ''
  if (!written.includes('$')) {
    const address = readAddress(written, { defaultPort: 0, listen: true })
    if (typeof address === 'string') {
      return place.fail(statement, 1, `${address} in "${written}" of the "pass" directive`)
    }
    if (address.kind === 'tcp' && !address.portWritten) return place.failDirective(statement, 'has no port')
  }
  const to = place.template(statement, 1)
  if (to !== null) setContent(place, statement, { kind: 'pass', to, written })
}

/** Whether the place still waits for its content: the last one of different kinds would win silently otherwise. */
function content(place: Place, statement: Statement): boolean {
  const said = place.streamServer?.content?.kind
  if (said === undefined) return true
  const name = statement.words[0] ?? ''
  if (said === name || (said === 'proxy' && name === 'proxy_pass')) place.failDirective(statement, 'is duplicate')
  else place.fail(statement, 0, `"${name}" stands beside another that decides what is done`, 'remove one of them')
  return false
}

function setContent(place: Place, statement: Statement, made: NonNullable<StreamServerDraft['content']>): void {
  if (place.streamServer !== null) place.streamServer.content = made
  place.mark('content', statement.position)
}
