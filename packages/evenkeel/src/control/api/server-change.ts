/** The body of a request that adds or changes a server: JSON to what a server line says, or nginx's word for the mistake. */
import { methodsWithoutBackup, methodsWithSlowStart } from '../../model/names.ts'
import type { ServerLine, UpstreamModel } from '../../model/model.ts'
import { readMilliseconds, readSeconds } from '../../config/nginx/values.ts'
import { ApiError } from './answers.ts'

/** What it says; what it does not say is left out. */
export interface ServerChange extends Partial<Settings> {
  /** Address with port, as written. */
  readonly server?: string
  readonly service?: string
}

type Settings = Omit<ServerLine, 'text' | 'address' | 'id' | 'resolve' | 'service'>
type Draft = { -readonly [Key in keyof ServerChange]: ServerChange[Key] }

/** Of addresses, routes and the like: nothing that a configuration file would have to quote. */
const PLAIN = /^[\w.:/@%+~=,[\]-]+$/
const LONGEST_TEXT = 255
const LONGEST_ROUTE = 32
const LARGEST = 2 ** 31 - 1

/** Throws an ApiError. */
export function readServerChange(body: string): ServerChange {
  const change: Draft = {}
  for (const [name, value] of Object.entries(parse(body))) {
    if (typeof value === 'object') throw format('nested object or list')
    const read = Object.hasOwn(parameters, name) ? parameters[name] : undefined
    if (read === undefined) throw format(`unknown parameter "${name}"`)
    read(change, value)
  }
  return change
}

/** What does not go together with the rest of its upstream. */
export function checkLine({ method, name }: UpstreamModel, line: ServerLine): void {
  if (line.backup && methodsWithoutBackup.has(method.name)) {
    throw new ApiError(400, 'UpstreamNoBackup', `upstream "${name}" has no backup`)
  }
  if (line.backup && line.priority !== undefined) throw format('a server is "backup" or has a "priority"')
  if ((line.slowStartMs ?? 0) > 0 && !methodsWithSlowStart.has(method.name)) {
    throw new ApiError(400, 'UpstreamBadSlowStart', `balancing method "${method.name}" does not support "slow_start"`)
  }
}

export function format(text: string): ApiError {
  return new ApiError(400, 'UpstreamConfFormatError', text)
}

type Read = (change: Draft, value: unknown) => void

const parameters: Readonly<Record<string, Read>> = {
  server: text('server', LONGEST_TEXT, 'UpstreamBadAddress', (change, value) => (change.server = value)),
  service: text('service', LONGEST_TEXT, 'UpstreamBadService', (change, value) => (change.service = value)),
  route: text('route', LONGEST_ROUTE, 'UpstreamBadRoute', (change, value) => (change.route = value)),
  zone: text('zone', LONGEST_TEXT, 'UpstreamConfFormatError', (change, value) => (change.zone = value)),
  weight: count('weight', 1, 'UpstreamBadWeight', (change, value) => (change.weight = value)),
  max_conns: count('max_conns', 0, 'UpstreamBadMaxConns', (change, value) => (change.maxConns = value)),
  max_fails: count('max_fails', 0, 'UpstreamBadMaxFails', (change, value) => (change.maxFails = value)),
  priority: count('priority', 0, 'UpstreamConfFormatError', (change, value) => (change.priority = value)),
  fail_timeout: (change, value) => {
    const seconds = readSeconds(String(value))
    if (seconds === null) throw new ApiError(400, 'UpstreamBadFailTimeout', 'invalid "fail_timeout"')
    change.failTimeoutSeconds = seconds
  },
  slow_start: (change, value) => {
    const ms = readMilliseconds(String(value))
    if (ms === null) throw new ApiError(400, 'UpstreamBadSlowStart', 'invalid "slow_start"')
    change.slowStartMs = ms
  },
  backup: flag('backup', (change, value) => (change.backup = value)),
  down: flag('down', (change, value) => (change.down = value)),
  drain: flag('drain', (change, value) => (change.drain = value)),
  // What was read before may be sent back; the path says which server is meant.
  id: () => {},
  resolve: () => {},
}

function parse(body: string): object {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw new ApiError(415, 'JsonError', 'the request body is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw format('the request body is no object')
  return value
}

/** '' is the same as not there for what may be empty. */
function text(name: string, most: number, code: string, set: (change: Draft, value: string) => void): Read {
  return (change, value) => {
    if (value === '' && name === 'route') return set(change, '')
    if (typeof value !== 'string' || !PLAIN.test(value) || value.length > most) {
      throw new ApiError(400, code, `invalid "${name}"`)
    }
    set(change, value)
  }
}

function count(name: string, least: number, code: string, set: (change: Draft, value: number) => void): Read {
  return (change, value) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > LARGEST) {
      throw new ApiError(400, code, `invalid "${name}"`)
    }
    set(change, value)
  }
}

function flag(name: string, set: (change: Draft, value: boolean) => void): Read {
  return (change, value) => {
    if (typeof value !== 'boolean') throw format(`invalid "${name}" value`)
    set(change, value)
  }
}
