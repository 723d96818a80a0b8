/**
 * A stored response, and the form it has in a file:
 *
 *     magic 8 · bytes reserved for the head 4 · of the head 4 · CRC of the head 4 · spare 4 · length of the body 8 · CRC of these 4
 *     head: JSON, one byte a character · padding · body
 *
 * Its first bytes are written last, when the body is there whole: a file that was cut short, by a crash or a full disk,
 * has none, and a file whose length is not what they say is no entry. The room behind the head is for a head that a 304
 * makes longer.
 */
import { crc32 } from 'node:zlib'
import { Fields } from '../../exchange/fields.ts'
import type { NameSet } from '../../exchange/name-set.ts'
import { ResponseHead } from '../../exchange/head.ts'
import type { Lifetime } from './freshness.ts'

export interface Entry {
  readonly key: string
  /** What it was asked with: a response to HEAD has no body to give. */
  readonly method: string
  readonly status: number
  readonly reason: string
  readonly fields: Fields
  /** In seconds. */
  readonly storedAt: number
  readonly lifetime: Lifetime
  /** Fields of the request it was selected by (vary.ts). */
  readonly variant: string
  /** What the other responses to the same key are named by: new when the first of them is, so that they go with it. */
  readonly family: string
  /** Validators; '' none. */
  readonly lastModified: string
  readonly etag: string
  /** Bytes of the body. */
  readonly length: number
}

export const FIXED_BYTES: number = 36

/** Where the body stands, and what is before it; `room` null: as much as this head needs and a little more. */
export function encodeEntry(entry: Entry, room: number | null): Buffer | null {
  const { fields, length, ...rest } = entry
  const head: StoredHead = { ...rest, lines: fields.render() }
  const json = Buffer.from(JSON.stringify(head), 'latin1')
  const reserved = room ?? Math.ceil((json.length + SPARE) / ALIGN) * ALIGN
  if (json.length > reserved) return null
  const bytes = Buffer.alloc(FIXED_BYTES + reserved)
  bytes.write(MAGIC, 0, 'latin1')
  bytes.writeUInt32LE(reserved, 8)
  bytes.writeUInt32LE(json.length, 12)
  bytes.writeUInt32LE(crc32(json), 16)
  bytes.writeDoubleLE(length, 24)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CHECKED)), CHECKED)
  json.copy(bytes, FIXED_BYTES)
  return bytes
}

export interface Decoded {
  readonly entry: Entry
  /** Where the body begins in the file. */
  readonly bodyStart: number
}

/** A number: so many bytes have to be there first. Null: it is no entry. */
export function decodeEntry(bytes: Buffer): Decoded | number | null {
  if (bytes.length < FIXED_BYTES) return FIXED_BYTES
  if (bytes.toString('latin1', 0, 8) !== MAGIC) return null
  if (bytes.readUInt32LE(CHECKED) !== crc32(bytes.subarray(0, CHECKED))) return null
  const reserved = bytes.readUInt32LE(8)
  const size = bytes.readUInt32LE(12)
  if (size > reserved || reserved > LARGEST_HEAD) return null
  if (bytes.length < FIXED_BYTES + size) return FIXED_BYTES + size
  const json = bytes.subarray(FIXED_BYTES, FIXED_BYTES + size)
  if (crc32(json) !== bytes.readUInt32LE(16)) return null
  const head = parse(json.toString('latin1'))
  if (head === null) return null
  const { lines, ...rest } = head
  const entry = { ...rest, fields: readLines(lines), length: bytes.readDoubleLE(24) }
  return { entry, bodyStart: FIXED_BYTES + reserved }
}

/** The stored response as a head of its own: what is done to it on its way leaves the entry as it is. */
export function headOf(entry: Entry, hide: NameSet): ResponseHead {
  const { text, marks } = entry.fields
  const fields = new Fields(text, marks.slice())
  fields.hide = hide
  return new ResponseHead(entry.status, fields, entry.length, entry.reason)
}

/** Seconds since the origin made it (RFC 9111, 4.2.3). */
export function ageOf(entry: Entry, now: number): number {
  return entry.lifetime.initialAge + Math.max(0, now - entry.storedAt)
}

/** Fields as lines that were rendered here, back to marks. */
export function readLines(lines: string): Fields {
  const marks: number[] = []
  for (let at = 0; at < lines.length;) {
    const end = lines.indexOf('\r\n', at)
    const colon = lines.indexOf(': ', at)
    if (end < 0 || colon < 0 || colon > end) break
    marks.push(at, colon, colon + 2, end)
    at = end + 2
  }
  return new Fields(lines, marks)
}

type StoredHead = Omit<Entry, 'fields' | 'length'> & { readonly lines: string }

function parse(json: string): StoredHead | null {
  try {
    const head = JSON.parse(json) as StoredHead
    return typeof head.key === 'string' && typeof head.lines === 'string' && typeof head.lifetime === 'object'
      ? head
      : null
  } catch {
    return null
  }
}

const MAGIC = 'EKCACHE1'
const CHECKED = 32
const ALIGN = 128
const SPARE = 256
/** No head is read that is larger: proxy_buffer_size is far below. */
const LARGEST_HEAD = 16 * 1024 * 1024
