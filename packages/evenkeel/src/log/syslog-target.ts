/** Targets of logs of the form `syslog:server=address[:port],facility=…,severity=…,tag=…,nohostname`. */
import { isIPv6 } from 'node:net'

export interface SyslogTarget {
  readonly host: string
  readonly port: number
  readonly facility: number
  readonly severity: number
  readonly tag: string
  readonly withHostname: boolean
}

// Numbers are places in these lists (RFC 3164, 4.1.1); the ones between have no name.
const facilities =
  'kern user mail daemon auth intern lpr news uucp clock authpriv ftp ntp audit alert cron local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  )
const severities = 'emerg alert crit error warn notice info debug'.split(' ')
const PORT = 514
const LOCAL7 = 23
const INFO = 6

/** A string says what is wrong with the target. */
export function readSyslogTarget(written: string): SyslogTarget | string {
  const given = new Map<string, string>()
  for (const parameter of written.slice('syslog:'.length).split(',')) {
    const equals = parameter.indexOf('=')
    const name = equals < 0 ? parameter : parameter.slice(0, equals)
    if (equals < 0 ? name !== 'nohostname' : !['server', 'facility', 'severity', 'tag'].includes(name)) {
      return `unknown syslog parameter "${parameter}"`
    }
    if (given.has(name) && name !== 'nohostname') return `duplicate syslog "${name}"`
    given.set(name, parameter.slice(equals + 1))
  }
  const server = given.get('server')
  if (server === undefined) return 'no syslog server specified'
  if (server.startsWith('unix:')) {
    return `syslog server "${server}" cannot be used: Node has no Unix datagram sockets, name an address instead (server=127.0.0.1)`
  }
  const address = readAddress(server)
  if (address === undefined) return `invalid address in syslog server "${server}"`
  const facility = numberOf(facilities, given.get('facility'), LOCAL7)
  if (facility < 0) return `unknown syslog facility "${given.get('facility')}"`
  const severity = numberOf(severities, given.get('severity'), INFO)
  if (severity < 0) return `unknown syslog severity "${given.get('severity')}"`
  const tag = given.get('tag') ?? 'nginx'
  if (tag.length > 32) return 'syslog tag length exceeds 32'
  if (!/^\w*$/.test(tag)) return 'syslog "tag" only allows alphanumeric characters and underscore'
  return { ...address, facility, severity, tag, withHostname: !given.has('nohostname') }
}

function numberOf(names: readonly string[], name: string | undefined, unnamed: number): number {
  return name === undefined ? unnamed : names.indexOf(name)
}

function readAddress(text: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  if (match === null || host === undefined || (match[1] !== undefined && !isIPv6(match[1]))) return undefined
  const port = match[3] === undefined ? PORT : Number(match[3])
  return port > 0 && port < 65536 ? { host, port } : undefined
}
