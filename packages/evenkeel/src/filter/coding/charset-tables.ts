/** charset_map as tables: what the bytes of one charset are in another, both ways, over UTF-8 where one of them is that. */
import type { CharsetMapModel } from '../../model/settings/body-settings.ts'

/** Changes one part of a body after the other; holds what is left of a character whose end has not come. */
export interface Recoder {
  recode(part: Uint8Array): Uint8Array
  /** What is held at the end is no character any more. */
  rest(): Uint8Array
}

export interface CharsetTable {
  /** Every byte stays one byte: the length of a body does not change. */
  readonly sameLength: boolean
  start(): Recoder
}

export type CharsetTables = ReadonlyMap<string, CharsetTable>

export function tableKey(from: string, to: string): string {
  return `${from.toLowerCase()}>${to.toLowerCase()}`
}

export function compileCharsetTables(maps: readonly CharsetMapModel[]): CharsetTables {
  const tables = new Map<string, CharsetTable>()
  for (const map of maps) {
    if (isUtf8(map.to)) {
      tables.set(tableKey(map.from, map.to), toUtf8(map))
      tables.set(tableKey(map.to, map.from), fromUtf8(map))
    } else {
      const there = map.pairs.map(({ byte, bytes }) => [byte, bytes[0]!] as const)
      tables.set(tableKey(map.from, map.to), oneToOne(there))
      tables.set(tableKey(map.to, map.from), oneToOne(there.map(([a, b]) => [b, a] as const)))
    }
  }
  return tables
}

const UNKNOWN = 0x3f
const nothing = new Uint8Array(0)

function isUtf8(name: string): boolean {
  return name.toLowerCase() === 'utf-8'
}

/** ASCII is the same everywhere until it is said otherwise; what nobody mapped is a question mark. */
function oneToOne(pairs: readonly (readonly [number, number])[]): CharsetTable {
  const table = Uint8Array.from({ length: 256 }, (_, byte) => (byte < 128 ? byte : UNKNOWN))
  for (const [from, to] of pairs) table[from] = to
  const recoder: Recoder = { recode: part => part.map(byte => table[byte]!), rest: () => nothing }
  return { sameLength: true, start: () => recoder }
}

function toUtf8({ pairs }: CharsetMapModel): CharsetTable {
  const table = Array.from({ length: 256 }, (_, byte): readonly number[] => [byte < 128 ? byte : UNKNOWN])
  for (const { byte, bytes } of pairs) table[byte] = bytes
  const recode = (part: Uint8Array): Uint8Array => {
    const out = Buffer.allocUnsafe(part.length * 4)
    let end = 0
    for (const byte of part) for (const one of table[byte]!) out[end++] = one
    return out.subarray(0, end)
  }
  const recoder: Recoder = { recode, rest: () => nothing }
  return { sameLength: false, start: () => recoder }
}

function fromUtf8({ pairs }: CharsetMapModel): CharsetTable {
  const bytes = new Map<number, number>()
  for (const pair of pairs) {
    const code = Buffer.from(pair.bytes).toString('utf8').codePointAt(0)
    if (code !== undefined) bytes.set(code, pair.byte)
  }
  return { sameLength: false, start: () => new Utf8Recoder(bytes) }
}

/** A character that the other charset lacks becomes `&#8364;`, which a browser still shows. */
class Utf8Recoder implements Recoder {
  readonly #bytes: ReadonlyMap<number, number>
  /** Value so far and bytes to come of a character that was cut. */
  #code = 0
  #missing = 0
  #least = 0

  constructor(bytes: ReadonlyMap<number, number>) {
    this.#bytes = bytes
  }

  recode(part: Uint8Array): Uint8Array {
    let text = ''
    for (const byte of part) text += this.#take(byte)
    return Buffer.from(text, 'latin1')
  }

  rest(): Uint8Array {
    const cut = this.#missing > 0
    this.#missing = 0
    return cut ? Uint8Array.of(UNKNOWN) : nothing
  }

  #take(byte: number): string {
    if (this.#missing > 0) {
      if ((byte & 0xc0) === 0x80) {
        this.#code = (this.#code << 6) | (byte & 0x3f)
        return --this.#missing > 0 ? '' : this.#complete()
      }
      // The character was cut short; this byte begins another.
      this.#missing = 0
      return '?' + this.#take(byte)
    }
    if (byte < 0x80) return this.#mapped(byte) ?? String.fromCharCode(byte)
    if (byte >= 0xc2 && byte < 0xe0) return this.#begin(byte & 0x1f, 1, 0x80)
    if (byte >= 0xe0 && byte < 0xf0) return this.#begin(byte & 0x0f, 2, 0x800)
    if (byte >= 0xf0 && byte < 0xf5) return this.#begin(byte & 0x07, 3, 0x10000)
    return '?'
  }

  #begin(code: number, missing: number, least: number): string {
    this.#code = code
    this.#missing = missing
    this.#least = least
    return ''
  }

  #complete(): string {
    const code = this.#code
    if (code < this.#least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return '?'
    return this.#mapped(code) ?? `&#${code};`
  }

  #mapped(code: number): string | undefined {
    const byte = this.#bytes.get(code)
    return byte === undefined ? undefined : String.fromCharCode(byte)
  }
}
