/** How sessions of `stream` are passed on, and what is read of them before. */
import type { StreamPass } from '../../../model/stream/stream.ts'
import type { StreamSettings } from '../../../model/stream/stream-settings.ts'
import { readAddress } from '../addresses.ts'
import type { Statement } from '../parser.ts'
import type { Context, Draft, Place } from '../place.ts'
import { row, takeFlag, type Directive } from '../table.ts'
import { readMilliseconds, readNumber, readSize } from '../values.ts'

export const inStream: readonly Context[] = ['stream', 'stream server']

export const streamProxyDirectives: readonly Directive[] = [
  {
    ...row('proxy_pass', ['stream server'], 'address', null, 'The upstream or server that sessions are passed to.'),
    apply: readProxyPass,
  },
  scalar('proxy_timeout', 'time', '10m', 'Longest silence before a session ends.', readMilliseconds, 'proxyTimeout'),
  flag('proxy_next_upstream', 'on', 'Whether a failed connection is tried at the next server.', 'proxyNextUpstreamOn'),
  flag(
    'proxy_half_close',
    'off',
    'Whether the end of one direction of a TCP connection leaves the other one open.',
    'proxyHalfClose',
  ),
  scalar(
    'proxy_requests',
    'number',
    '0',
    'Datagrams of a client after which the next begins a new session; 0: no number.',
    readNumber,
    'proxyRequests',
  ),
  scalar(
    'proxy_responses',
    'number',
    null,
    'Datagrams expected from the server in answer to each of the client; then the session ends.',
    readNumber,
    'proxyResponses',
  ),
  rate('proxy_upload_rate', 'Bytes a second that are read from the client; 0: no limit.', 'proxyUploadRate'),
  rate('proxy_download_rate', 'Bytes a second that are read from the server; 0: no limit.', 'proxyDownloadRate'),
  {
    ...row('proxy_protocol', inStream, 'off | on | v2', 'off', 'Tells servers the client by the PROXY protocol.'),
    apply: readProxyProtocol,
  },
  scalar(
    'proxy_protocol_timeout',
    'time',
    '30s',
    'How long a client may take for its PROXY protocol head.',
    readMilliseconds,
    'proxyProtocolTimeout',
  ),
  scalar(
    'preread_buffer_size',
    'size',
    '16k',
    'Most that is read of a client before it is decided where to pass it.',
    readSize,
    'prereadBufferSize',
  ),
  scalar(
    'preread_timeout',
    'time',
    '30s',
    'How long a client may take for what is read before.',
    readMilliseconds,
    'prereadTimeout',
  ),
  flag('ssl_preread', 'off', 'Reads the name and protocols a TLS client asks for, without ending TLS.', 'sslPreread'),
]

type Key<Value> = { [K in keyof StreamSettings]: Value extends StreamSettings[K] ? K : never }[keyof StreamSettings]

function flag(name: string, standard: 'on' | 'off', text: string, key: Key<boolean>): Directive {
  return {
    ...row(name, inStream, 'on | off', standard, text),
    apply: (place, statement) => {
      const value = once(place, statement, key) ? takeFlag(place, statement) : null
      if (value !== null) put(place, statement, key, value)
    },
  }
}

export function scalar(
  name: string,
  syntax: string,
  standard: string | null,
  text: string,
  read: (text: string) => number | null,
  key: Key<number>,
): Directive {
  return {
    ...row(name, inStream, syntax, standard, text),
    apply: (place, statement) => {
      if (!once(place, statement, key)) return
      const value = read(statement.words[1] ?? '')
      if (value === null) place.failDirective(statement, syntax === 'number' ? 'invalid number' : 'invalid value')
      else put(place, statement, key, value)
    },
  }
}

function rate(name: string, text: string, key: 'proxyUploadRate' | 'proxyDownloadRate'): Directive {
  return {
    ...row(name, inStream, 'rate', '0', text),
    apply: (place, statement) => {
      if (!once(place, statement, key)) return
      const written = statement.words[1] ?? ''
      if (written.includes('$')) {
        const value = place.template(statement, 1)
        if (value !== null) put(place, statement, key, value)
        return
      }
      const value = readSize(written)
      if (value === null) place.failDirective(statement, 'invalid value')
      else put(place, statement, key, [String(value)])
    },
  }
}

function readProxyProtocol(place: Place, statement: Statement): void {
  if (!once(place, statement, 'proxyProtocol')) return
  const written = statement.words[1] ?? ''
  if (written === 'off') put(place, statement, 'proxyProtocol', 'off')
  else if (written === 'on') put(place, statement, 'proxyProtocol', 'v1')
  else if (written === 'v2') put(place, statement, 'proxyProtocol', 'v2')
  else place.fail(statement, 1, `invalid value "${written}"`, 'it may be off, on or v2')
}

function readProxyPass(place: Place, statement: Statement): void {
  const server = place.streamServer
  if (server === null) return
  if (server.content?.kind === 'proxy') return place.failDirective(statement, 'is duplicate')
  if (server.content !== null) {
    return place.fail(
      statement,
      0,
      '"proxy_pass" stands beside another that decides what is done',
      'remove one of them',
    )
  }
  const written = statement.words[1] ?? ''
  place.mark('content', statement.position)
  if (written.includes('$')) {
    const address = place.template(statement, 1)
    if (address !== null) server.content = { kind: 'proxy', pass: { kind: 'variable', address, written } }
    return
  }
  const address = readAddress(written, { defaultPort: 0 })
  if (typeof address === 'string') return place.fail(statement, 1, `${address} in upstream "${written}"`)
  const pass: Draft<Extract<StreamPass, { kind: 'fixed' }>> = { kind: 'fixed', upstream: '', written }
  server.content = { kind: 'proxy', pass }
  place.reading.streamPasses.push({ pass, address, position: statement.position })
}

export function put<K extends keyof StreamSettings>(
  place: Place,
  statement: Statement,
  key: K,
  value: StreamSettings[K],
): void {
  place.streamSettings[key] = value
  place.mark(`settings.${key}`, statement.position)
}

export function once(place: Place, statement: Statement, key: keyof StreamSettings): boolean {
  if (!(key in place.streamSettings)) return true
  place.failDirective(statement, 'is duplicate')
  return false
}
