/**
 * DNS messages (RFC 1035, 3596, 2782), both ways. Pure and bounds-checked: what comes from the network is hostile, and
 * whoever can forge a reply chooses where requests go.
 */

export const recordTypes = { A: 1, CNAME: 5, SOA: 6, AAAA: 28, SRV: 33 } as const
export type QueryType = 'A' | 'AAAA' | 'SRV'

export interface DnsService {
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: string
}

export interface DnsReply {
  /** RCODE: 0 no error, 1 FORMERR, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED. */
  readonly code: number
  readonly truncated: boolean
  /** For A and AAAA. */
  readonly addresses: readonly string[]
  /** For SRV. */
  readonly services: readonly DnsService[]
  /** Where the chain of aliases leads when the reply says no more of it; '' when it is not an alias. */
  readonly alias: string
  /** Least of the records used; of the SOA record when there are none, -1 without one. */
  readonly ttlSeconds: number
}

/** Aliases followed for one name. */
export const maxAliases = 10
/** An answer with more is not made for load balancing. */
const maxRecords = 1000
const classInternet = 1

/** Null: not a name that can be asked for. */
export function encodeQuery(id: number, name: string, type: QueryType): Uint8Array | null {
  const labels = (name.endsWith('.') ? name.slice(0, -1) : name).split('.')
  const bytes = [id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] // recursion desired, one question
  for (const label of labels) {
    if (label.length === 0 || label.length > 63) return null
    bytes.push(label.length)
    for (let i = 0; i < label.length; i++) {
      const code = label.charCodeAt(i)
      if (code <= 32 || code >= 127) return null
      bytes.push(code)
    }
  }
  // 255 bytes a name (RFC 1035, 2.3.4), root label included.
  if (bytes.length - 12 + 1 > 255) return null
  bytes.push(0, 0, recordTypes[type], 0, classInternet)
  return Uint8Array.from(bytes)
}

/**
 * What a reply says about the question. Null: it is not a reply to it (drop it and wait for the real one), or it is
 * malformed.
 */
export function decodeReply(bytes: Uint8Array, id: number, name: string, type: QueryType): DnsReply | null {
  const reader = new Reader(bytes)
  if (bytes.length < 12 || reader.short() !== id) return null
  const flags = reader.short()
  const isReply = (flags & 0x8000) !== 0 && (flags & 0x7800) === 0
  const questions = reader.short()
  const answers = reader.short()
  const authorities = reader.short()
  reader.at += 2
  if (!isReply) return null
  const code = flags & 15
  const truncated = (flags & 0x0200) !== 0
  // A server that understood nothing may leave the question out.
  if (questions === 0 && code === 1) return empty(code, truncated, -1)
  if (questions !== 1 || reader.name() !== canonical(name)) return null
  if (reader.short() !== recordTypes[type] || reader.short() !== classInternet || reader.failed) return null
  if (code !== 0 && code !== 3) return empty(code, truncated, -1)
  // Cut off: it is asked again over TCP, and half a list is no list.
  if (truncated) return empty(code, true, -1)
  const records = readRecords(reader, answers)
  if (records === null) return null
  const found = code === 0 ? follow(records, canonical(name), type) : null
  if (found !== null && (found.addresses.length > 0 || found.services.length > 0 || found.alias !== '')) return found
  return empty(code, false, negativeTtl(readRecords(reader, authorities)))
}

interface DnsRecord {
  readonly owner: string
  readonly type: number
  readonly ttlSeconds: number
  readonly address: string
  /** Of an alias. */
  readonly target: string
  readonly service: DnsService | null
  /** Of SOA. */
  readonly minimumSeconds: number
}

function readRecords(reader: Reader, count: number): DnsRecord[] | null {
  if (count > maxRecords) return null
  const records: DnsRecord[] = []
  for (let i = 0; i < count; i++) {
    const owner = reader.name()
    const type = reader.short()
    const recordClass = reader.short()
    const ttl = reader.long()
    const length = reader.short()
    const end = reader.at + length
    if (reader.failed || end > reader.bytes.length) return null
    const record = readData(reader, owner, type, ttl, length)
    // Names in it may point elsewhere, but must not run past it.
    if (reader.failed || reader.at > end) return null
    reader.at = end
    if (recordClass === classInternet) records.push(record)
  }
  return records
}

function readData(reader: Reader, owner: string, type: number, ttl: number, length: number): DnsRecord {
  // A negative TTL is zero (RFC 2181, 8).
  const ttlSeconds = ttl > 0x7fffffff ? 0 : ttl
  const record = { owner, type, ttlSeconds, address: '', target: '', service: null, minimumSeconds: 0 }
  if (type === recordTypes.A) return { ...record, address: length === 4 ? reader.ipv4() : reader.fail() }
  if (type === recordTypes.AAAA) return { ...record, address: length === 16 ? reader.ipv6() : reader.fail() }
  if (type === recordTypes.CNAME) return { ...record, target: reader.name() }
  if (type === recordTypes.SRV) {
    const [priority, weight, port] = [reader.short(), reader.short(), reader.short()]
    return { ...record, service: { priority, weight, port, target: reader.name() } }
  }
  if (type === recordTypes.SOA) {
    reader.name()
    reader.name()
    reader.at += 16
    return { ...record, minimumSeconds: reader.long() }
  }
  return record
}

/** Goes from alias to alias, so that records nobody asked for are left out. */
function follow(records: readonly DnsRecord[], name: string, type: QueryType): DnsReply {
  let owner = name
  let ttlSeconds = 0x7fffffff
  for (let hop = 0; hop <= maxAliases; hop++) {
    const found = records.filter(record => record.type === recordTypes[type] && record.owner === owner)
    for (const record of found) ttlSeconds = Math.min(ttlSeconds, record.ttlSeconds)
    if (found.length > 0) {
      const addresses = type === 'SRV' ? [] : found.map(record => record.address)
      const services = found.flatMap(record => record.service ?? [])
      return { code: 0, truncated: false, addresses, services, alias: '', ttlSeconds }
    }
    const next = records.find(record => record.type === recordTypes.CNAME && record.owner === owner)
    if (next === undefined) break
    owner = next.target
    ttlSeconds = Math.min(ttlSeconds, next.ttlSeconds)
  }
  const alias = owner === name ? '' : owner
  return { code: 0, truncated: false, addresses: [], services: [], alias, ttlSeconds }
}

/** RFC 2308, 5: the lesser of the SOA's own TTL and its minimum. */
function negativeTtl(records: readonly DnsRecord[] | null): number {
  const soa = records?.find(record => record.type === recordTypes.SOA)
  return soa === undefined ? -1 : Math.min(soa.ttlSeconds, soa.minimumSeconds)
}

function empty(code: number, truncated: boolean, ttlSeconds: number): DnsReply {
  return { code, truncated, addresses: [], services: [], alias: '', ttlSeconds }
}

/** Case says nothing in names (RFC 4343). */
function canonical(name: string): string {
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase()
}

/** Reads forward; after the first read out of bounds everything is 0 and `failed` stays true. */
class Reader {
  readonly bytes: Uint8Array
  at = 0
  failed = false

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  fail(): '' {
    this.failed = true
    return ''
  }

  byte(): number {
    const value = this.bytes[this.at++]
    if (value === undefined) this.failed = true
    return value ?? 0
  }

  short(): number {
    return this.byte() * 256 + this.byte()
  }

  long(): number {
    return this.short() * 65_536 + this.short()
  }

  ipv4(): string {
    return `${this.byte()}.${this.byte()}.${this.byte()}.${this.byte()}`
  }

  ipv6(): string {
    const groups = Array.from({ length: 8 }, () => this.short().toString(16))
    // The longest run of zeros is left out (RFC 5952, 4.2), or one address would have two names.
    let best = ''
    for (const [run] of groups.join(':').matchAll(/\b0(?::0)+\b/g)) if (run.length > best.length) best = run
    const text = groups.join(':')
    if (best === '') return text
    const from = new RegExp(`\\b${best}\\b`).exec(text)!.index
    return text.slice(0, from).replace(/:$/, '') + '::' + text.slice(from + best.length).replace(/^:/, '')
  }

  /** Lower-case, without the root's dot. Pointers must lead backwards, which rules loops out. */
  name(): string {
    const labels: string[] = []
    let at = this.at
    let lowest = this.at
    let after = -1
    let size = 0
    for (;;) {
      const length = this.bytes[at]
      if (length === undefined) return this.fail()
      if (length >= 0xc0) {
        const low = this.bytes[at + 1]
        if (low === undefined) return this.fail()
        if (after < 0) after = at + 2
        const target = (length & 0x3f) * 256 + low
        if (target >= lowest) return this.fail()
        at = lowest = target
        continue
      }
      if (length > 63) return this.fail()
      at += 1
      if (length === 0) break
      size += length + 1
      if (size > 255 || at + length > this.bytes.length) return this.fail()
      let label = ''
      for (let i = at; i < at + length; i++) label += String.fromCharCode(this.bytes[i]!)
      // A dot inside a label would make two names look alike.
      if (label.includes('.')) return this.fail()
      labels.push(label)
      at += length
    }
    this.at = after < 0 ? at : after
    return labels.join('.').toLowerCase()
  }
}
