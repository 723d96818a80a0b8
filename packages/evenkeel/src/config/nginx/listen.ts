/** The `listen` directive. */
import type { ListenAddress, ListenModel } from '../../model/model.ts'
import { readAddress } from './addresses.ts'
import type { Statement } from './parser.ts'
import type { Draft, Place } from './place.ts'
import { readNumber, readSeconds, readSize } from './values.ts'

/** Ports of one `listen`: a range of all of them is a slip, and would open every one. */
const MOST_PORTS = 65_535

export function readListen(place: Place, statement: Statement): void {
  const written = statement.words[1] ?? ''
  const read = readAddress(written, { defaultPort: 80, listen: true })
  if (typeof read === 'string') {
    return place.fail(statement, 1, `${read} in "${written}" of the "listen" directive`)
  }
  const options: Draft<Omit<ListenModel, 'address'>> = {
    defaultServer: false,
    ssl: false,
    http2: false,
    proxyProtocol: false,
    backlog: null,
    ipv6Only: null,
    reusePort: false,
    keepaliveProbe: null,
  }
  for (let word = 2; word < statement.words.length; word++) {
    // A listener with a bad option still stands, so that its server is not taken for one without.
    if (!readOption(place, statement, word, options)) break
  }
  // One with a mistake still stands, here too.
  if (place.inStream) checkStream(place, statement, read.kind === 'unix' || read.portWritten, options)
  const addresses: ListenAddress[] =
    read.kind === 'unix'
      ? [{ path: read.path }]
      : Array.from({ length: Math.min(MOST_PORTS, read.lastPort - read.port + 1) }, (_, at) => ({
          host: read.host,
          port: read.port + at,
        }))
  const listens = place.server?.listens ?? place.streamServer?.listens ?? []
  for (const address of addresses) {
    place.mark(`listens.${listens.length}`, statement.position)
    listens.push({ address, ...options })
  }
}

/** Options of connections, which datagrams are none of. */
const CONNECTION_OPTION = /^(fastopen|backlog|accept_filter|deferred|multipath|ssl|so_keepalive|proxy_protocol)\b/

function checkStream(place: Place, statement: Statement, hasPort: boolean, options: { readonly udp?: boolean }): void {
  const [, written = '', ...words] = statement.words
  if (!hasPort) {
    place.fail(statement, 1, `no port in "${written}" of the "listen" directive`, `write ${written}:PORT`)
  }
  const other = options.udp === true ? words.findIndex(word => CONNECTION_OPTION.test(word)) : -1
  if (other < 0) return
  const name = CONNECTION_OPTION.exec(words[other]!)![1]
  place.fail(statement, other + 2, `"listen" directive "${name}" parameter is incompatible with "udp"`)
}

const LATER: Readonly<Record<string, string>> = {
  quic: 'HTTP/3 is not supported yet by evenkeel: leave "quic" out, clients fall back to TCP',
}

/** Options of sockets that Node does not offer; checked and recorded. */
const UNUSED: readonly (readonly [prefix: string, read: (value: string) => number | null])[] = [
  ['setfib', readNumber],
  ['fastopen', readNumber],
  ['rcvbuf', readSize],
  ['sndbuf', readSize],
]

function readOption(
  place: Place,
  statement: Statement,
  word: number,
  options: Draft<Omit<ListenModel, 'address'>>,
): boolean {
  const written = statement.words[word] ?? ''
  const fail = (message: string): false => {
    place.fail(statement, word, message)
    return false
  }
  const later = Object.hasOwn(LATER, written) ? LATER[written] : undefined
  if (later !== undefined) return fail(`the "${written}" parameter of "listen" is refused: ${later}`)
  const [key, value] = splitOnce(written)
  const unused = UNUSED.find(([prefix]) => value !== undefined && prefix === key)
  if (unused !== undefined) {
    if (unused[1](value ?? '') === null) return fail(`invalid ${key} "${written}"`)
    return ignore(place, statement, key)
  }
  switch (value === undefined ? written : `${key}=`) {
    case 'default_server':
    case 'default':
      options.defaultServer = true
      return true
    case 'http2':
      place.warn(statement, word, 'the "listen ... http2" directive is deprecated, use the "http2" directive instead')
      options.http2 = true
      return true
    case 'proxy_protocol':
      options.proxyProtocol = true
      return true
    case 'ssl':
      options.ssl = true
      return true
    case 'udp':
      if (!place.inStream) break
      options.udp = true
      return true
    case 'reuseport':
      options.reusePort = true
      return true
    case 'bind':
    case 'deferred':
    case 'multipath':
    case 'accept_filter=':
      return ignore(place, statement, key)
    case 'backlog=': {
      const backlog = readNumber(value ?? '')
      if (backlog === null || backlog === 0) return fail(`invalid backlog "${written}"`)
      options.backlog = backlog
      return true
    }
    case 'ipv6only=':
      if (value !== 'on' && value !== 'off')
        return fail(
          value?.startsWith('o') === true ? `invalid ipv6only flags "${value}"` : `invalid parameter "${written}"`,
        )
      options.ipv6Only = value === 'on'
      return true
    case 'so_keepalive=': {
      const probe = readProbe(value ?? '')
      if (probe === null) return fail(`invalid so_keepalive value: "${value}"`)
      options.keepaliveProbe = probe
      return true
    }
  }
  return fail(`invalid parameter "${written}"`)
}

function ignore(place: Place, statement: Statement, key: string): true {
  place.reading.ignored.push({ name: `listen ... ${key}`, position: statement.position })
  return true
}

/** on, off, or idle:interval:count of which any may be left out. Only the idle time can be set on a socket here. */
function readProbe(text: string): ListenModel['keepaliveProbe'] {
  if (text === 'on' || text === 'off') return text === 'on'
  const [idle = '', interval = '', count = '', ...more] = text.split(':')
  const numbers = [
    idle === '' ? 0 : readSeconds(idle),
    interval === '' ? 0 : readSeconds(interval),
    count === '' ? 0 : readNumber(count),
  ]
  if (more.length > 0 || numbers.includes(null) || numbers.every(one => one === 0)) return null
  const seconds = numbers[0] ?? 0
  return seconds === 0 ? true : { idleMs: seconds * 1000 }
}

function splitOnce(text: string): readonly [string, string | undefined] {
  const at = text.indexOf('=')
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
