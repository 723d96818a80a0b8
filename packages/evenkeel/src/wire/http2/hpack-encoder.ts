/**
 * Writes header blocks as Latin-1 text (RFC 7541), one character a byte.
 *
 * To origins no field is ever told to be remembered: their table stays empty, so a block costs no search and keeps no state
 * of a connection. What clients are told to remember is in FieldTable. Names go out by their number in the static table
 * where they have one.
 */
import { MARKS, HIDDEN, type Fields } from '../../exchange/fields.ts'
import { staticFields, staticNames } from './static-table.ts'

/** A literal that nobody may put into a table on the way (RFC 7541, 6.2.3). */
const NEVER_INDEXED = 0x10

/** A literal that the other side remembers (RFC 7541, 6.2.1). */
const INDEXED = 0x40

const secrets: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization'])

/** Values that say something about one person, or about one response only: nobody needs to remember those. */
const single: ReadonlySet<string> = new Set([...secrets, 'set-cookie', 'content-length', 'content-range', 'etag'])

/** A name that has been seen, and how fields with it begin. */
export interface KnownName {
  /** Counted from 0. */
  readonly id: number
  /** Bytes a table counts for it. */
  readonly size: number
  /** Of a field that nobody remembers. */
  readonly literal: string
  /** Of one that is to be remembered; '': such a field never is. */
  readonly indexed: string
}

/** Names known before; more would let a stranger who makes them up fill memory. */
const MAX_NAMES = 1024

const statusBlocks: readonly string[] = Array.from({ length: 1000 }, (_, status) => encodeStatus(status))

/** `:status`, which is a block's first field. */
export function statusField(status: number): string {
  return statusBlocks[status] ?? statusBlocks[500]!
}

export function encodeInteger(value: number, first: number, mask: number): string {
  if (value < mask) return String.fromCharCode(first | value)
  let text = String.fromCharCode(first | mask)
  for (value -= mask; value >= 0x80; value = Math.floor(value / 128)) {
    text += String.fromCharCode((value & 0x7f) | 0x80)
  }
  return text + String.fromCharCode(value)
}

/** A string as it is. */
export function encodeString(text: string): string {
  const { length } = text
  return (length < SHORT ? shortLengths[length]! : encodeInteger(length, 0, 0x7f)) + text
}

/** A whole field; `name` is lower-case. */
export function encodeField(name: string, value: string): string {
  return literalName(name) + encodeString(value)
}

function encodeName(name: string, first: number, mask: number): string {
  const index = staticNames.get(name)
  return index === undefined ? String.fromCharCode(first) + encodeString(name) : encodeInteger(index, first, mask)
}

const literalName = (name: string): string => encodeName(name, secrets.has(name) ? NEVER_INDEXED : 0, 0x0f)

/** What comes behind the names: how values go out. */
export interface ValueWriter {
  field(name: KnownName, value: string): string
}

/** One for a worker: how names as origins write them go out. */
export class FieldEncoder {
  readonly #names = new Map<string, KnownName>()

  /** All fields that go on, in order. */
  fields(fields: Fields, writer: ValueWriter = plain): string {
    const { before, after, text, marks } = fields
    let block = ''
    for (let i = 0; i < before.length; i += 2) block += writer.field(this.name(before[i]!), before[i + 1]!)
    for (let i = 0; i < marks.length; i += MARKS) {
      const start = marks[i]!
      if (start === HIDDEN || fields.hides(start, marks[i + 1]!)) continue
      block += writer.field(this.name(text.slice(start, marks[i + 1]!)), text.slice(marks[i + 2]!, marks[i + 3]!))
    }
    for (let i = 0; i < after.length; i += 2) block += writer.field(this.name(after[i]!), after[i + 1]!)
    return block
  }

  field(name: string, value: string): string {
    return plain.field(this.name(name), value)
  }

  name(name: string): KnownName {
    return this.#names.get(name) ?? this.#learn(name)
  }

  #learn(written: string): KnownName {
    const name = written.toLowerCase()
    const id = this.#names.size
    // One too many is not remembered, and so has no place in tables.
    const room = id < MAX_NAMES
    const indexed = room && !single.has(name) ? encodeName(name, INDEXED, 0x3f) : ''
    const known = { id, size: name.length, literal: literalName(name), indexed }
    if (room) this.#names.set(written, known)
    return known
  }
}

const plain: ValueWriter = {
  field({ literal }, value) {
    const { length } = value
    return literal + (length < SHORT ? shortLengths[length]! : encodeInteger(length, 0, 0x7f)) + value
  },
}

const SHORT = 0x7f
const shortLengths: readonly string[] = Array.from({ length: SHORT }, (_, length) => String.fromCharCode(length))

function encodeStatus(status: number): string {
  const text = String(status)
  const index = staticFields.findIndex(field => field.name === ':status' && field.value === text)
  return index > 0 ? String.fromCharCode(0x80 | index) : String.fromCharCode(0x08, text.length) + text
}
