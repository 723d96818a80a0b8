/**
 * Writes header blocks as Latin-1 text (RFC 7541), one character a byte.
 *
 * No field is ever told to be remembered: the table of the other side stays empty, so a block costs no search, keeps no
 * state of a connection, and what the fields of one response say can't be guessed from the length of another's (RFC
 * 7541, 7.1). Names go out by their number in the static table where they have one.
 */
import { MARKS, HIDDEN, type Fields } from '../../exchange/fields.ts'
import { staticFields, staticNames } from './static-table.ts'

/** A literal that nobody may put into a table on the way (RFC 7541, 6.2.3). */
const NEVER_INDEXED = 0x10

const secrets: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization'])

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

/** A string as it is: bytes for Huffman's code cost more to find than they save. */
export function encodeString(text: string): string {
  const { length } = text
  return (length < SHORT ? shortLengths[length]! : encodeInteger(length, 0, 0x7f)) + text
}

/** A whole field; `name` is lower-case. */
export function encodeField(name: string, value: string): string {
  return encodeName(name) + encodeString(value)
}

function encodeName(name: string): string {
  const first = secrets.has(name) ? NEVER_INDEXED : 0
  const index = staticNames.get(name)
  return index === undefined ? String.fromCharCode(first) + encodeString(name) : encodeInteger(index, first, 0x0f)
}

/** One for a worker: how names as origins write them go out. */
export class FieldEncoder {
  readonly #names = new Map<string, string>()

  /** All fields that go on, in order. */
  fields(fields: Fields): string {
    const { before, after, text, marks } = fields
    let block = ''
    for (let i = 0; i < before.length; i += 2) block += this.field(before[i]!, before[i + 1]!)
    for (let i = 0; i < marks.length; i += MARKS) {
      const start = marks[i]!
      if (start === HIDDEN || fields.hides(start, marks[i + 1]!)) continue
      block += this.field(text.slice(start, marks[i + 1]!), text.slice(marks[i + 2]!, marks[i + 3]!))
    }
    for (let i = 0; i < after.length; i += 2) block += this.field(after[i]!, after[i + 1]!)
    return block
  }

  field(name: string, value: string): string {
    const known = this.#names.get(name) ?? this.#learn(name)
    const { length } = value
    return known + (length < SHORT ? shortLengths[length]! : encodeInteger(length, 0, 0x7f)) + value
  }

  #learn(name: string): string {
    const encoded = encodeName(name.toLowerCase())
    if (this.#names.size < MAX_NAMES) this.#names.set(name, encoded)
    return encoded
  }
}

const SHORT = 0x7f
const shortLengths: readonly string[] = Array.from({ length: SHORT }, (_, length) => String.fromCharCode(length))

function encodeStatus(status: number): string {
  const text = String(status)
  const index = staticFields.findIndex(field => field.name === ':status' && field.value === text)
  return index > 0 ? String.fromCharCode(0x80 | index) : String.fromCharCode(0x08, text.length) + text
}
