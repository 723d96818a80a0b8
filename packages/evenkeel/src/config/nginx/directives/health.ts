/** health_check, with the parameters of nginx's commercial edition, and the match blocks it may name. */
import type { GrpcCheckModel, HealthCheckModel } from '../../../model/health.ts'
import type { Statement } from '../parser.ts'
import type { Draft, Place } from '../place.ts'
import { ANY, row, type Directive } from '../table.ts'
import { readMilliseconds, readNumber } from '../values.ts'
import { readMatch } from './match.ts'

export const healthDirectives: readonly Directive[] = [
  {
    ...row(
      'health_check',
      ['location'],
      '[interval=time] [jitter=time] [fails=n] [passes=n] [uri=uri] [mandatory [persistent]] [match=name] [port=n] ' +
        '[type=http | type=tcp | type=grpc [grpc_service=name] [grpc_status=code]] [keepalive_time=time]',
      null,
      'Asks every server of the upstream again and again, and keeps requests from those that fail.',
    ),
    arguments: [0, ANY],
    apply: readHealthCheck,
  },
  {
    ...row(
      'match',
      ['http'],
      'name { status ...; header ...; body ...; }',
      null,
      'What the answer to a health check must be like.',
    ),
    block: true,
    apply: readMatch,
  },
]

export type CheckDraft = Draft<HealthCheckModel>
type Check = CheckDraft
/** What is wrong with a value; undefined: nothing. */
type Wrong = string | undefined

const valued: Readonly<Record<string, (check: Check, value: string) => Wrong>> = {
  interval: (check, value) =>
    put(readMilliseconds(value) || null, 'it takes a time above 0', time => (check.intervalMs = time)),
  jitter: (check, value) => put(readMilliseconds(value), 'it takes a time', time => (check.jitterMs = time)),
  keepalive_time: (check, value) =>
    put(readMilliseconds(value), 'it takes a time', time => (check.keepaliveTimeMs = time)),
  fails: (check, value) => put(readNumber(value) || null, COUNT, count => (check.fails = count)),
  passes: (check, value) => put(readNumber(value) || null, COUNT, count => (check.passes = count)),
  uri: (check, value) =>
    put(/^\/[^\0-\x20\x7f#]*$/.test(value) ? value : null, 'it begins with "/" and has no blanks', uri => {
      check.uri = uri
    }),
  match: (check, value) => put(value || null, 'it takes the name of a match block', name => (check.match = name)),
  port: (check, value) => {
    const port = readNumber(value)
    const valid = port !== null && port > 0 && port <= 65_535
    return put(valid ? port : null, 'it takes a number from 1 to 65535', given => (check.port = given))
  },
  type: (check, value) => {
    if (value !== 'http' && value !== 'tcp' && value !== 'grpc') return 'it may be http, tcp or grpc'
    check.type = value
    return undefined
  },
  grpc_service: (check, value) => {
    const valid = /^[\x21-\x7e]+$/.test(value) && value.length <= LONGEST_SERVICE
    return put(
      valid ? value : null,
      'it takes the name of a service',
      service => (check.grpc = { ...grpcOf(check), service }),
    )
  },
  grpc_status: (check, value) => {
    const code = readNumber(value)
    const remedy = 'it takes a number from 0 to 16'
    return put(code === null || code > 16 ? null : code, remedy, status => (check.grpc = { ...grpcOf(check), status }))
  },
}

const COUNT = 'it takes a whole number above 0'
/** One byte tells its length (probe-grpc). */
const LONGEST_SERVICE = 127
/** What has no meaning with a type, and what to do instead. */
const pointless: Readonly<Record<string, readonly [RegExp, string]>> = {
  tcp: [
    /^(?:uri|keepalive_time|grpc_service|grpc_status)=/,
    'such a check asks for no page: leave it out, or use type=http',
  ],
  grpc: [
    /^(?:uri|match|keepalive_time)=/,
    "such a check asks as gRPC's health checking says: leave it out, or use type=http",
  ],
  http: [/^(?:grpc_service|grpc_status)=/, 'it goes with type=grpc'],
}

function grpcOf({ grpc }: Check): GrpcCheckModel {
  return grpc ?? { service: '', status: 0 }
}

export const usualCheck: HealthCheckModel = {
  type: 'http',
  intervalMs: 5_000,
  jitterMs: 0,
  fails: 1,
  passes: 1,
  uri: '/',
  mandatory: false,
  persistent: false,
  match: null,
  port: null,
  keepaliveTimeMs: 0,
}

/** All parameters of the statement that `takes` does not take. */
export function readCheck(
  place: Place,
  statement: Statement,
  check: CheckDraft,
  takes: (written: string, fail: (message: string, remedy?: string) => void) => boolean = () => false,
): void {
  for (const [index, written] of statement.words.slice(1).entries()) {
    const fail = (message: string, remedy?: string): void => place.fail(statement, index + 1, message, remedy)
    if (!takes(written, fail)) readParameter(check, written, fail)
  }
  if (check.persistent && !check.mandatory) {
    place.fail(statement, 0, '"persistent" goes with "mandatory"', 'write "mandatory persistent"')
  }
}

function readHealthCheck(place: Place, statement: Statement): void {
  if (place.location === null || !place.once(statement)) return
  const check: Check = { ...usualCheck }
  readCheck(place, statement, check)
  const [pattern, remedy] = pointless[check.type]!
  const found = statement.words.findIndex(word => pattern.test(word))
  if (found > 0) {
    place.fail(statement, found, `"${statement.words[found]}" has no meaning with type=${check.type}`, remedy)
  }
  place.location.healthCheck = check
  place.mark('healthCheck', statement.position)
}

function readParameter(check: Check, written: string, fail: (message: string, remedy?: string) => void): void {
  const at = written.indexOf('=')
  const name = written.slice(0, Math.max(0, at))
  if (at > 0 && Object.hasOwn(valued, name)) {
    const wrong = valued[name]!(check, written.slice(at + 1))
    if (wrong !== undefined) fail(`invalid parameter "${written}"`, wrong)
  } else if (written === 'mandatory' || written === 'persistent') check[written] = true
  else fail(`invalid parameter "${written}"`)
}

function put<Value>(value: Value | null, remedy: string, set: (value: Value) => void): Wrong {
  if (value === null) return remedy
  set(value)
  return undefined
}
