/** Variables from a PROXY protocol head: who the balancer in front says the client is, and its extensions by name. */
import type { ProxiedAddress } from '../../exchange/exchange.ts'
import type { OfClient } from './client-variables.ts'
import type { Evaluator } from '../ports.ts'
import type { FamilyMaker } from './variable-maker.ts'

export const proxyProtocolVariables: Readonly<Record<string, () => Evaluator<OfClient>>> = {
  proxy_protocol_addr: () => subject => subject.connection.proxied?.remoteAddress,
  proxy_protocol_port: () => subject => portOf(subject.connection.proxied?.remotePort),
  proxy_protocol_server_addr: () => subject => subject.connection.proxied?.localAddress,
  proxy_protocol_server_port: () => subject => portOf(subject.connection.proxied?.localPort),
}

export const proxyProtocolFamilies: Readonly<Record<string, FamilyMaker<OfClient>>> = {
  proxy_protocol_tlv_: name => {
    const find = tlvFinder(name)
    return ({ connection }) => find(connection.proxied)
  },
}

/**
 * Looks an extension up by what follows `$proxy_protocol_tlv_`: a name, `ssl_…` for one inside the extension about
 * TLS, or a number as `0x…`. The value is Latin-1, one character a byte.
 */
export function tlvFinder(name: string): (proxied: ProxiedAddress | null) => string | undefined {
  if (!name.startsWith('ssl_')) {
    const type = typeOf(name, types)
    return proxied => latin1(find(proxied?.tlvs, type))
  }
  const rest = name.slice(4)
  if (rest === 'verify') {
    return proxied => {
      const bytes = ssl(proxied)
      return bytes === undefined ? undefined : String(new DataView(bytes.buffer, bytes.byteOffset).getUint32(1))
    }
  }
  const type = typeOf(rest, sslTypes)
  return proxied => latin1(find(ssl(proxied)?.subarray(SSL_FIXED), type))
}

const SSL = 0x20
/** Flags, then the result of the verification in four bytes. */
const SSL_FIXED = 5
const types: Readonly<Record<string, number>> = { alpn: 1, authority: 2, unique_id: 5, ssl: SSL, netns: 0x30 }
const sslTypes: Readonly<Record<string, number>> = {
  version: 0x21,
  cn: 0x22,
  cipher: 0x23,
  sig_alg: 0x24,
  key_alg: 0x25,
}

/** -1: a type that no extension has. */
function typeOf(name: string, names: Readonly<Record<string, number>>): number {
  if (/^0x[0-9a-f]+$/.test(name)) return Number(name)
  return Object.hasOwn(names, name) ? names[name]! : -1
}

function ssl(proxied: ProxiedAddress | null): Uint8Array | undefined {
  const bytes = find(proxied?.tlvs, SSL)
  return bytes === undefined || bytes.length < SSL_FIXED ? undefined : bytes
}

function find(tlvs: Uint8Array | undefined, type: number): Uint8Array | undefined {
  if (tlvs === undefined) return undefined
  for (let at = 0; at + 3 <= tlvs.length;) {
    const end = at + 3 + ((tlvs[at + 1]! << 8) | tlvs[at + 2]!)
    // The outer ones were looked at when they were read, those inside the one about TLS were not.
    if (end > tlvs.length) return undefined
    if (tlvs[at] === type) return tlvs.subarray(at + 3, end)
    at = end
  }
  return undefined
}

function latin1(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : String.fromCharCode(...bytes)
}

/** Unix sockets have no port. */
function portOf(value: number | undefined): string | undefined {
  return value === undefined || value > 0 ? value?.toString() : ''
}
