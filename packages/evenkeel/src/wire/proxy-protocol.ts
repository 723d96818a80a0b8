/**
 * The PROXY protocol, read and written: what a balancer in front says of the connection before its first byte.
 *
 * Versions 1 (a line) and 2 (binary) of the HAProxy specification. Unlike nginx, which wants the whole head in one
 * segment, a head may come in any pieces; and one that says something impossible ends the connection, since what is
 * forwarded as the client's address is what access rules believe.
 */
import type { ProxiedAddress } from '../exchange/exchange.ts'
import type { Extension } from '../exchange/client-tls.ts'
import { failure, type Failure } from '../exchange/failure.ts'
import { ipBytes, ipText } from '../exchange/ip-address.ts'
import { crc32c } from './crc32c.ts'

export interface ProxyHead {
  /** Bytes of the head: what the client itself sent begins behind them. */
  readonly size: number
  /** null: the sender speaks for itself (LOCAL), or does not know (UNKNOWN and other address families). */
  readonly proxied: ProxiedAddress | null
}

/** Bytes that a head may have at most, extensions included; as in nginx. */
export const MOST_PROXY_HEAD = 4096

/** The head that [start, end) begins with; null: there is more to come. */
export function readProxyHead(bytes: Uint8Array, start: number, end: number): ProxyHead | Failure | null {
  if (start === end) return null
  return bytes[start] === signature[0] ? readBinary(bytes, start, end) : readLine(bytes, start, end)
}

/** Version 1; text that is no address, as of a Unix socket, makes it `UNKNOWN`. */
export function proxyLine(address: ProxiedAddress): string {
  const family = familyOf(address)
  if (family === 0) return 'PROXY UNKNOWN\r\n'
  const { remoteAddress, localAddress, remotePort, localPort } = address
  return `PROXY TCP${family} ${remoteAddress} ${localAddress} ${remotePort} ${localPort}\r\n`
}

/** Version 2 with these extensions and, as nginx has it, a checksum behind them. */
export function proxyHeadBytes(
  told: ProxiedAddress,
  tlvs: readonly Extension[] = [],
  transport: 'stream' | 'datagrams' = 'stream',
): Uint8Array {
  const address = unmapped(told)
  const { remoteAddress, localAddress } = address
  const family = familyOf(address)
  const wide = family === 6
  const addresses = family === 0 ? '' : packed(remoteAddress, wide) + packed(localAddress, wide)
  const size = family === 0 ? 0 : wide ? 36 : 12
  const length = size + tlvs.reduce((sum, { value }) => sum + 3 + value.length, 0) + CHECKSUM_SIZE
  const bytes = new Uint8Array(FIXED + length)
  bytes.set(signature)
  // Without addresses the sender speaks for itself, as in nginx.
  bytes[12] = family === 0 ? 0x20 : 0x21
  bytes[13] = family === 0 ? 0 : (wide ? 0x20 : 0x10) | (transport === 'stream' ? 1 : 2)
  putShort(bytes, 14, length)
  let at = FIXED
  if (family !== 0) {
    for (let i = 0; i < addresses.length; i++) bytes[at++] = addresses.charCodeAt(i)
    putShort(bytes, at, address.remotePort)
    putShort(bytes, at + 2, address.localPort)
    at += 4
  }
  for (const { type, value } of tlvs) {
    bytes[at] = type
    putShort(bytes, at + 1, value.length)
    bytes.set(value, at + 3)
    at += 3 + value.length
  }
  bytes[at] = CHECKSUM
  putShort(bytes, at + 1, 4)
  const sum = crc32c(bytes)
  for (let i = 0; i < 4; i++) bytes[at + 3 + i] = sum >>> (24 - 8 * i)
  return bytes
}

const signature = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a)
/** Signature, version and command, family and transport, length. */
const FIXED = 16
const CHECKSUM = 0x03
const CHECKSUM_SIZE = 7
/** Longest line of version 1, CRLF included. */
const LONGEST_LINE = 107
const CR = 0x0d
const LF = 0x0a

const LINE = /^PROXY TCP([46]) ([0-9a-fA-F:.]+) ([0-9a-fA-F:.]+) (\d{1,5}) (\d{1,5})$/

function readLine(bytes: Uint8Array, start: number, end: number): ProxyHead | Failure | null {
  const most = Math.min(end, start + LONGEST_LINE)
  let text = ''
  for (let at = start; at < most; at++) {
    const byte = bytes[at]!
    if (byte === LF) return broken(text)
    if (byte === CR) {
      if (at + 1 === end) return null
      return bytes[at + 1] === LF ? lineHead(text, at + 2 - start) : broken(text)
    }
    text += String.fromCharCode(byte)
    // Garbage is told from a head that comes in pieces at its first byte that differs.
    if (text.length <= WORD.length && !WORD.startsWith(text)) return broken(text)
  }
  return end - start < LONGEST_LINE ? null : broken(text)
}

const WORD = 'PROXY '

function lineHead(line: string, size: number): ProxyHead | Failure {
  if (size > LONGEST_LINE) return broken(line)
  if (line === 'PROXY UNKNOWN' || line.startsWith('PROXY UNKNOWN ')) return { size, proxied: null }
  const match = LINE.exec(line)
  if (match === null) return broken(line)
  const [, family, remoteAddress = '', localAddress = '', remote, local] = match
  const length = family === '4' ? 4 : 16
  if (ipBytes(remoteAddress)?.length !== length || ipBytes(localAddress)?.length !== length) return broken(line)
  const remotePort = Number(remote)
  const localPort = Number(local)
  if (remotePort > 65_535 || localPort > 65_535) return broken(line)
  return { size, proxied: { remoteAddress, remotePort, localAddress, localPort } }
}

function readBinary(bytes: Uint8Array, start: number, end: number): ProxyHead | Failure | null {
  const known = Math.min(end - start, signature.length)
  for (let i = 0; i < known; i++) if (bytes[start + i] !== signature[i]) return broken('no signature')
  if (end - start <= 12) return null
  const command = bytes[start + 12]!
  if (command >> 4 !== 2) return broken(`version ${command >> 4}`)
  if ((command & 0x0f) > 1) return broken(`command ${command & 0x0f}`)
  if (end - start < FIXED) return null
  const size = FIXED + short(bytes, start + 14)
  if (size > MOST_PROXY_HEAD) return broken(`${size} bytes`)
  if (end - start < size) return null
  const kind = bytes[start + 13]!
  const family = kind >> 4
  // Only streams over IP are of use; the others are passed over, as the specification wants it.
  if (!isWhole(bytes, start, size, family)) return broken('the checksum is wrong')
  if (command === 0x20 || (kind & 0x0f) !== 1 || (family !== 1 && family !== 2)) return { size, proxied: null }
  const length = family === 1 ? 4 : 16
  const at = start + FIXED
  const rest = at + 2 * length + 4
  if (rest > start + size) return broken('no room for its addresses')
  if (!areTlvs(bytes, rest, start + size)) return broken('an extension is longer than the head')
  const proxied: ProxiedAddress = {
    remoteAddress: ipText(bytes, at, length),
    remotePort: short(bytes, rest - 4),
    localAddress: ipText(bytes, at + length, length),
    localPort: short(bytes, rest - 2),
  }
  // The bytes are the reader's to use again: what is kept is a copy.
  const tlvs = rest < start + size ? Uint8Array.from(bytes.subarray(rest, start + size)) : null
  return { size, proxied: tlvs === null ? proxied : { ...proxied, tlvs } }
}

function areTlvs(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  while (end - at >= 3) at += 3 + short(bytes, at + 1)
  return at === end
}

/**
 * Whether the head is what was sent, where its sender has put a checksum into it. One that is no use to us otherwise is
 * looked at as well: what follows it is the client's only if its length is right.
 */
function isWhole(bytes: Uint8Array, start: number, size: number, family: number): boolean {
  const end = start + size
  let at = start + FIXED + (ADDRESS_SIZES[family] ?? size)
  while (end - at >= CHECKSUM_SIZE) {
    const length = short(bytes, at + 1)
    if (bytes[at] === CHECKSUM && length === 4 && at + CHECKSUM_SIZE <= end) {
      const head = Uint8Array.from(bytes.subarray(start, end))
      const value = head.subarray(at + 3 - start, at + CHECKSUM_SIZE - start)
      const said = ((value[0]! << 24) | (value[1]! << 16) | (value[2]! << 8) | value[3]!) >>> 0
      value.fill(0)
      return crc32c(head) === said
    }
    at += 3 + length
  }
  return true
}

/** Bytes of the addresses and ports of each family: none, IPv4, IPv6, Unix sockets. */
const ADDRESS_SIZES: readonly number[] = [0, 12, 36, 216]

/** What a listener of both families says of an IPv4 client is an IPv4 address. */
function unmapped(address: ProxiedAddress): ProxiedAddress {
  const { remoteAddress, localAddress } = address
  if (!remoteAddress.startsWith(MAPPED) || !localAddress.startsWith(MAPPED)) return address
  const remote = remoteAddress.slice(MAPPED.length)
  const local = localAddress.slice(MAPPED.length)
  return remote.includes('.') && local.includes('.')
    ? { ...address, remoteAddress: remote, localAddress: local }
    : address
}

const MAPPED = '::ffff:'

function familyOf({ remoteAddress, localAddress }: ProxiedAddress): 0 | 4 | 6 {
  const remote = ipBytes(remoteAddress)?.length
  const local = ipBytes(localAddress)?.length
  if (remote === undefined || local === undefined) return 0
  return remote === 4 && local === 4 ? 4 : 6
}

/** An IPv4 address beside an IPv6 one is written as IPv6. */
function packed(text: string, wide: boolean): string {
  const bytes = ipBytes(text)!
  return wide && bytes.length === 4 ? '\0'.repeat(10) + '\xff\xff' + bytes : bytes
}

function short(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

function putShort(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8
  bytes[at + 1] = value
}

/** What came is for the log: of garbage the beginning is enough. */
function broken(text: string): Failure {
  return failure('malformed_proxy_head', JSON.stringify(text.slice(0, 60)))
}
