/** One `server` line of an upstream. */
import type { ServerLine } from '../../../model/model.ts'
import { methodsWithoutBackup, methodsWithSlowStart } from '../../../model/names.ts'
import { isIpv4, isIpv6, readAddress, type ReadAddress, type ReadPath } from '../addresses.ts'
import type { Statement } from '../parser.ts'
import type { Draft, Place, UpstreamDraft } from '../place.ts'
import { readMilliseconds, readNumber, readSeconds } from '../values.ts'

export const serverSyntax: string =
  'address [weight=n] [max_conns=n] [max_fails=n] [fail_timeout=time] [backup] [down] [drain] [route=text] ' +
  '[slow_start=time] [priority=n] [zone=name] [resolve] [service=name]'

type Line = Draft<Omit<ServerLine, 'text' | 'address'>>
/** What is wrong with a value; undefined: nothing. */
type Wrong = { readonly message?: string; readonly remedy?: string } | undefined

const NUMBER = 'it takes a whole number'
/** Further tiers than that nobody has, and beyond it ranks would lose their order. */
const MOST_PRIORITY = 1_000_000

const LONGEST_ROUTE = 32

const valued: Readonly<Record<string, (line: Line, value: string) => Wrong>> = {
  weight: (line, value) => put(readNumber(value) || null, NUMBER, amount => (line.weight = amount)),
  max_conns: (line, value) => put(readNumber(value), NUMBER, amount => (line.maxConns = amount)),
  max_fails: (line, value) => put(readNumber(value), NUMBER, amount => (line.maxFails = amount)),
  fail_timeout: (line, value) =>
    put(readSeconds(value), 'it takes whole seconds', amount => (line.failTimeoutSeconds = amount)),
  slow_start: (line, value) =>
    put(readMilliseconds(value), 'it takes a time', amount => {
      if (amount > 0) line.slowStartMs = amount
    }),
  priority: (line, value) => {
    const amount = readNumber(value)
    const remedy = `it takes a whole number up to ${MOST_PRIORITY}, lower ones are used first`
    return put(amount === null || amount > MOST_PRIORITY ? null : amount, remedy, given => (line.priority = given))
  },
  route: (line, value) => {
    if (value === '') return { message: 'route is empty' }
    if (value.length > LONGEST_ROUTE) return { message: `route is longer than ${LONGEST_ROUTE}` }
    line.route = value
    return undefined
  },
  zone: (line, value) => put(value || null, 'it takes a name', text => (line.zone = text)),
  service: (line, value) => {
    if (value === '') return { message: 'service is empty' }
    line.service = value
    return undefined
  },
}

export function readServer(upstream: UpstreamDraft, place: Place, statement: Statement): void {
  const [, text = '', ...parameters] = statement.words
  const line: Line = { weight: 1, maxConns: 0, maxFails: 1, failTimeoutSeconds: 10, backup: false, down: false }
  for (const [index, written] of parameters.entries()) {
    readParameter(line, written, upstream, (message, remedy) => place.fail(statement, index + 2, message, remedy))
  }
  if (line.backup && line.priority !== undefined) {
    place.fail(statement, 0, 'a server is "backup" or has a "priority"', 'backups come after all priorities')
  }
  const address = readAddress(text, { defaultPort: 80 })
  if (typeof address === 'string') place.fail(statement, 1, `${address} in upstream "${text}"`)
  else if (line.service !== undefined) {
    const wrong = wrongService(line, address)
    if (wrong !== null) place.fail(statement, 1, `service upstream "${text}" ${wrong}`)
  } else if (place.inStream && address.kind === 'tcp' && !address.portWritten) {
    place.fail(statement, 1, `no port in upstream "${text}"`, `write ${text}:PORT`)
  }
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

/** What keeps a server with a `service` from being asked for; null: nothing. */
function wrongService(line: Line, address: ReadAddress | ReadPath): string | null {
  if (line.resolve !== true) return 'requires "resolve" parameter'
  if (address.kind === 'tcp' && address.portWritten) return 'may not have port'
  if (address.kind === 'unix' || isIpv4(address.host) || isIpv6(address.host)) return 'requires domain name'
  return null
}

function readParameter(
  line: Line,
  written: string,
  upstream: UpstreamDraft,
  fail: (message: string, remedy?: string) => void,
): void {
  const [name, value] = split(written)
  const method = upstream.method.name
  // As in nginx the method counts only for the lines behind it.
  if ((written === 'backup' && methodsWithoutBackup.has(method)) || (name === 'slow_start' && !climbs(method))) {
    const message = `balancing method does not support parameter "${name}"`
    return fail(message, `remove "${name}", or choose another method than ${method}`)
  }
  if (value !== undefined && Object.hasOwn(valued, name)) {
    const wrong = valued[name]!(line, value)
    if (wrong !== undefined) fail(wrong.message ?? `invalid parameter "${written}"`, wrong.remedy)
  } else if (written === 'backup' || written === 'down' || written === 'drain') line[written] = true
  else if (written === 'resolve') line.resolve = true
  else fail(`invalid parameter "${written}"`)
}

function split(written: string): [name: string, value?: string] {
  const at = written.indexOf('=')
  return at < 0 ? [written] : [written.slice(0, at), written.slice(at + 1)]
}

function climbs(method: string): boolean {
  return methodsWithSlowStart.has(method)
}

function put<Value>(value: Value | null, remedy: string, set: (value: Value) => void): Wrong {
  if (value === null) return { remedy }
  set(value)
  return undefined
}
