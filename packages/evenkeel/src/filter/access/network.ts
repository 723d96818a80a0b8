/**
 * IP addresses and networks as bytes, so that a request's address is compared and not spelled.
 *
 * An IPv4 address mapped into IPv6 (`::ffff:10.0.0.1`, as dual-stack sockets tell it) is the IPv4 address: rules for
 * that must not be got around by the socket it came over.
 */
import { binaryAddress } from '../../route/address.ts'

export interface Network {
  /** 4 or 16 bytes, one character a byte. */
  readonly bytes: string
  /** How many bits at the start have to be the same. */
  readonly bits: number
}

/** 4 or 16 bytes, one character a byte; null: not an address. */
export function parseAddress(text: string): string | null {
  const bytes = binaryAddress(text)
  if (bytes === text) return null
  return bytes.length === 16 && bytes.startsWith(MAPPED) ? bytes.slice(MAPPED.length) : bytes
}

/** `10.0.0.0/8`, `10.0.0.1`, `2001:db8::/32`; null: none of these. */
export function parseNetwork(text: string): Network | null {
  const slash = text.indexOf('/')
  const written = slash < 0 ? text : text.slice(0, slash)
  const bytes = binaryAddress(written)
  if (bytes === written) return null
  const most = bytes.length * 8
  if (slash < 0) return { bytes, bits: most }
  const bits = text.slice(slash + 1)
  return /^\d{1,3}$/.test(bits) && Number(bits) <= most ? { bytes, bits: Number(bits) } : null
}

export function isInside(address: string, { bytes, bits }: Network): boolean {
  if (address.length !== bytes.length) return false
  const whole = bits >> 3
  for (let i = 0; i < whole; i++) if (address.charCodeAt(i) !== bytes.charCodeAt(i)) return false
  const rest = bits & 7
  return rest === 0 || (address.charCodeAt(whole) ^ bytes.charCodeAt(whole)) >> (8 - rest) === 0
}

const MAPPED = '\0'.repeat(10) + '\xff\xff'
