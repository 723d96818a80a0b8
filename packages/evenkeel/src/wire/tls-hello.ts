/**
 * The first message of a TLS client, read without TLS: which server it wants, and what it offers.
 *
 * A virtual server may differ in everything from its neighbour on the same address, protocols and client certificates
 * included; so it is chosen before TLS begins, and the bytes then go to TLS as if nobody had seen them. RFC 8446, 4.1.2
 * and 5.1; RFC 6066, 3; RFC 7301.
 */

export interface ClientHello {
  /** As it was sent; '' when there is none. */
  readonly serverName: string
  /** What ALPN offers. */
  readonly protocols: readonly string[]
  /** Highest version offered: 0x0304 is TLS 1.3. */
  readonly version: number
  readonly ciphers: readonly number[]
  /** Groups for the key exchange, in the client's order. */
  readonly groups: readonly number[]
  /** Groups it sent a key share for. */
  readonly keyShares: readonly number[]
  readonly signatures: readonly number[]
  /** Latin-1, one character a byte: what TLS 1.2 knows a session by, and a random text in TLS 1.3. */
  readonly sessionId: string
  /** Latin-1: what TLS 1.3 knows sessions by that it would take up again (RFC 8446, 4.2.11). */
  readonly identities: readonly string[]
}

/** Largest hello that is waited for; real ones have 200 to 2,000 bytes. */
export const MOST_HELLO = 16_384

/** The hello [start, end) begins with; null: there is more to come; a string says why it is none. */
export function readClientHello(bytes: Uint8Array, start: number, end: number): ClientHello | string | null {
  const message = new Pieces()
  let size = -1
  for (let at = start; ;) {
    if (at < end && bytes[at] !== HANDSHAKE) return 'not a TLS handshake'
    if (at + 1 < end && bytes[at + 1] !== 3) return 'not a TLS record'
    if (end - at < 5) return end - start > MOST_HELLO ? 'a hello of too many bytes' : null
    const length = (bytes[at + 3]! << 8) | bytes[at + 4]!
    if (length === 0 || length > MOST_HELLO) return 'a TLS record of a wrong size'
    message.add(bytes, at + 5, Math.min(end, at + 5 + length))
    if (size < 0 && message.size >= 4) {
      if (message.at(0) !== CLIENT_HELLO) return 'not a client hello'
      size = (message.at(1) << 16) | (message.at(2) << 8) | message.at(3)
      if (size > MOST_HELLO) return 'a hello of too many bytes'
    }
    if (size >= 0 && message.size >= 4 + size) return readBody(message.bytes(4, 4 + size))
    if (end - at < 5 + length) return end - start > 2 * MOST_HELLO ? 'a hello of too many bytes' : null
    at += 5 + length
  }
}

const HANDSHAKE = 0x16
const CLIENT_HELLO = 1

/** A message may be cut over records. */
class Pieces {
  size = 0
  readonly #parts: Uint8Array[] = []

  add(bytes: Uint8Array, start: number, end: number): void {
    if (end <= start) return
    this.#parts.push(bytes.subarray(start, end))
    this.size += end - start
  }

  at(index: number): number {
    let rest = index
    for (const part of this.#parts) {
      if (rest < part.length) return part[rest]!
      rest -= part.length
    }
    return 0
  }

  bytes(start: number, end: number): Uint8Array {
    const [first] = this.#parts
    if (first !== undefined && first.length >= end) return first.subarray(start, end)
    const all = new Uint8Array(this.size)
    let at = 0
    for (const part of this.#parts) {
      all.set(part, at)
      at += part.length
    }
    return all.subarray(start, end)
  }
}

const EXTENSION = {
  serverName: 0,
  groups: 10,
  signatures: 13,
  alpn: 16,
  preShared: 41,
  versions: 43,
  keyShare: 51,
} as const

function readBody(body: Uint8Array): ClientHello | string {
  const reader = new Reader(body)
  let version = reader.short()
  reader.skip(32)
  const sessionId = reader.vector(1).text()
  const ciphers = reader.vector(2).shorts()
  reader.vector(1)
  let serverName = ''
  let protocols: string[] = []
  let groups: number[] = []
  let signatures: number[] = []
  const keyShares: number[] = []
  let identities: string[] = []
  const extensions = reader.left > 0 ? reader.vector(2) : new Reader(new Uint8Array(0))
  while (extensions.left > 0) {
    const type = extensions.short()
    const data = extensions.vector(2)
    if (type === EXTENSION.serverName) serverName = readServerName(data)
    else if (type === EXTENSION.alpn) protocols = readProtocols(data.vector(2))
    else if (type === EXTENSION.groups) groups = data.vector(2).shorts()
    else if (type === EXTENSION.signatures) signatures = data.vector(2).shorts()
    else if (type === EXTENSION.versions) version = Math.max(0, ...data.vector(1).shorts().filter(isVersion))
    else if (type === EXTENSION.preShared) identities = readIdentities(data.vector(2))
    else if (type === EXTENSION.keyShare) {
      const shares = data.vector(2)
      while (shares.left > 0) {
        keyShares.push(shares.short())
        shares.vector(2)
      }
      if (shares.broken) extensions.broken = true
    }
    if (data.broken) extensions.broken = true
  }
  if (reader.broken || extensions.broken) return 'a broken client hello'
  return { serverName, protocols, version, ciphers, groups, keyShares, signatures, sessionId, identities }
}

/** Clients mix values that mean nothing into their lists (RFC 8701). */
function isVersion(version: number): boolean {
  return version >= 0x0300 && version <= 0x0304
}

function readServerName(data: Reader): string {
  const names = data.vector(2)
  while (names.left > 0) {
    const type = names.byte()
    const name = names.vector(2)
    if (type === 0) return name.text()
  }
  return ''
}

/** Each has an age behind it. */
function readIdentities(list: Reader): string[] {
  const identities: string[] = []
  while (list.left > 0) {
    identities.push(list.vector(2).text())
    list.skip(4)
  }
  return identities
}

function readProtocols(list: Reader): string[] {
  const protocols: string[] = []
  while (list.left > 0) protocols.push(list.vector(1).text())
  return protocols
}

/** Reads beyond the end give zeros and say so afterwards. */
class Reader {
  broken = false
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.broken ? 0 : this.#bytes.length - this.#at
  }

  byte(): number {
    if (this.left < 1) {
      this.broken = true
      return 0
    }
    return this.#bytes[this.#at++]!
  }

  short(): number {
    return (this.byte() << 8) | this.byte()
  }

  skip(count: number): void {
    if (this.left < count) this.broken = true
    else this.#at += count
  }

  /** What a length of so many bytes stands before. */
  vector(lengthSize: 1 | 2): Reader {
    const length = lengthSize === 1 ? this.byte() : this.short()
    const from = this.#at
    this.skip(length)
    return new Reader(this.broken ? new Uint8Array(0) : this.#bytes.subarray(from, from + length))
  }

  shorts(): number[] {
    const values: number[] = []
    while (this.left > 1) values.push(this.short())
    return values
  }

  text(): string {
    return String.fromCharCode(...this.#bytes.subarray(this.#at))
  }
}
