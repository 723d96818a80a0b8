/**
 * Addresses and URLs as nginx takes them apart: `host`, `host:port`, `[v6]:port`, `unix:/path`, with a URI behind where
 * one may stand. Names are not resolved here.
 */
import { readNumber } from './values.ts'

export interface ReadAddress {
  readonly kind: 'tcp'
  /** IPv6 without brackets. */
  readonly host: string
  readonly port: number
  readonly portWritten: boolean
  /** Last port of a range in `listen`; else the port. */
  readonly lastPort: number
  /** From the first `/` or `?` on; '' when there is none. */
  readonly uri: string
}

export interface ReadPath {
  readonly kind: 'unix'
  readonly path: string
  readonly uri: string
}

export interface AddressRules {
  readonly defaultPort: number
  /** In `listen`: `80`, `*:80` and ranges. */
  readonly listen?: boolean
  /** A URI may follow. */
  readonly uri?: boolean
}

/** An address, or what is wrong with it in nginx's words. */
export function readAddress(text: string, rules: AddressRules): ReadAddress | ReadPath | string {
  if (/^unix:/i.test(text)) return readUnix(text.slice(5), rules)
  return text.startsWith('[') ? readIpv6(text, rules) : readInet(text, rules)
}

/** What the system's sockaddr_un can hold, with its final zero. */
const LONGEST_PATH = 107

function readUnix(rest: string, rules: AddressRules): ReadPath | string {
  const colon = rules.uri === true ? rest.indexOf(':') : -1
  const path = colon < 0 ? rest : rest.slice(0, colon)
  if (path === '') return 'no path in the unix domain socket'
  if (path.length > LONGEST_PATH) return 'too long path in the unix domain socket'
  return { kind: 'unix', path, uri: colon < 0 ? '' : rest.slice(colon + 1) }
}

function readIpv6(text: string, rules: AddressRules): ReadAddress | string {
  const close = text.indexOf(']')
  if (close < 0) return 'invalid host'
  const slash = text.indexOf('/', close)
  if (slash >= 0 && rules.uri !== true) return 'invalid host'
  const rest = text.slice(close + 1, slash < 0 ? undefined : slash)
  if (rest !== '' && !rest.startsWith(':')) return 'invalid host'
  const ports = rest === '' ? null : readPorts(rest.slice(1), rules)
  if (typeof ports === 'string') return ports
  const host = text.slice(1, close)
  if (host === '') return 'no host'
  if (!isIpv6(host)) return 'invalid IPv6 address'
  return tcp(host, ports, rules, slash < 0 ? '' : text.slice(slash))
}

function readInet(text: string, rules: AddressRules): ReadAddress | string {
  const uriAt = text.search(/[/?]/)
  if (uriAt >= 0 && rules.uri !== true) return 'invalid host'
  const authority = uriAt < 0 ? text : text.slice(0, uriAt)
  const uri = uriAt < 0 ? '' : text.slice(uriAt)
  const colon = authority.indexOf(':')
  if (colon < 0 && rules.listen === true && /^[0-9]+(-[0-9]+)?$/.test(authority)) {
    const ports = readPorts(authority, rules)
    return typeof ports === 'string' ? ports : tcp('*', ports, rules, '')
  }
  const ports = colon < 0 ? null : readPorts(authority.slice(colon + 1), rules)
  if (typeof ports === 'string') return ports
  const host = colon < 0 ? authority : authority.slice(0, colon)
  if (host === '') return 'no host'
  return tcp(rules.listen === true && host === '0.0.0.0' ? '*' : host, ports, rules, uri)
}

function tcp(host: string, ports: readonly [number, number] | null, rules: AddressRules, uri: string): ReadAddress {
  const [port, lastPort] = ports ?? [rules.defaultPort, rules.defaultPort]
  return { kind: 'tcp', host, port, portWritten: ports !== null, lastPort, uri }
}

function readPorts(text: string, rules: AddressRules): readonly [number, number] | string {
  const dash = rules.listen === true ? text.indexOf('-') : -1
  const first = readNumber(dash < 0 ? text : text.slice(0, dash))
  const last = dash < 0 ? first : readNumber(text.slice(dash + 1))
  if (first === null || last === null || first < 1 || first > 65535 || last < 1 || last > 65535) return 'invalid port'
  return first > last ? 'invalid port range' : [first, last]
}

export function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every(part => /^[0-9]{1,3}$/.test(part) && Number(part) < 256)
}

export function isIpv6(text: string): boolean {
  return readIpv6Bits(text) !== null
}

/** The eight numbers of an IPv6 address. */
function readIpv6Bits(text: string): number[] | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [head = '', tail] = halves
  const before = readGroups(head, tail === undefined)
  const after = tail === undefined ? [] : readGroups(tail, true)
  if (before === null || after === null) return null
  const missing = 8 - before.length - after.length
  if (tail === undefined ? missing !== 0 : missing < 1) return null
  return [...before, ...Array.from({ length: missing }, () => 0), ...after]
}

function readGroups(text: string, mayEndInIpv4: boolean): number[] | null {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [at, part] of parts.entries()) {
    if (mayEndInIpv4 && at === parts.length - 1 && isIpv4(part)) {
      const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number)
      groups.push(a * 256 + b, c * 256 + d)
    } else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16))
    else return null
  }
  return groups.length > 8 ? null : groups
}

/** A network of `allow` and `deny`. `loose`: the address has bits that the mask hides. null: it is none. */
export function readNetwork(text: string): { readonly loose: boolean } | null {
  const slash = text.indexOf('/')
  const address = slash < 0 ? text : text.slice(0, slash)
  const bytes = addressBytes(address)
  if (bytes === null) return null
  const mask = slash < 0 ? bytes.length * 8 : readNumber(text.slice(slash + 1))
  if (mask === null || mask > bytes.length * 8) return null
  const loose = bytes.some((byte, at) => (byte & (0xff >> Math.min(8, Math.max(0, mask - at * 8)))) !== 0)
  return { loose }
}

function addressBytes(text: string): number[] | null {
  if (isIpv4(text)) return text.split('.').map(Number)
  return readIpv6Bits(text)?.flatMap(group => [group >> 8, group & 0xff]) ?? null
}
