/**
 * How the fields of responses go out to one client: by their number where it remembers them (RFC 7541, 2.3.2), else with
 * their values in Huffman's code.
 *
 * Most responses of a connection have most fields in common, so one value a name is looked for, the latest: a comparison of
 * two strings and no search. A name whose values keep changing is not tried for ever, and what only one response or one
 * person has is never remembered at all. Blocks have to leave in the order in which they are made.
 */
import { DEFAULT_TABLE_SIZE } from './codes.ts'
import { encodeInteger, type KnownName, type ValueWriter } from './hpack-encoder.ts'
import { encodeHuffman, huffmanLength } from './huffman.ts'
import { STATIC_SIZE } from './static-table.ts'

/** Bytes an entry counts besides its name and value (RFC 7541, 4.1). */
const ENTRY_COST = 32
/** Longer values are told each time: a few of them would push all others out. */
const MAX_VALUE = 256
/** A name whose value was new so often without once being the same is told each time. */
const PATIENCE = 8
/** Shorter strings gain nothing by being coded. */
const WORTH_CODING = 4
/** Longer ones take longer to code than the bytes are worth. */
const MAX_CODED = 4096
const CODED = 0x80

/** Room for coded strings; one serves all connections of a worker, as nothing stays in it. */
export class CodeRoom {
  #bytes: Buffer = Buffer.alloc(0)

  /** At least that many bytes. */
  room(size: number): Buffer {
    if (this.#bytes.length < size) this.#bytes = Buffer.allocUnsafeSlow(Math.max(1024, size))
    return this.#bytes
  }
}

export class FieldTable implements ValueWriter {
  readonly #room: CodeRoom
  /** By the numbers of names: the latest value told, when it was, and how often in a row it was a new one. */
  readonly #values: string[] = []
  readonly #told: number[] = []
  readonly #changes: number[] = []
  /** What the entries count, the oldest first from #first on. */
  #costs: number[] = []
  #first = 0
  #size = 0
  #limit = DEFAULT_TABLE_SIZE
  /** The limits to be told before the next field: the least there was since, and the one that counts; -1: none. */
  #least = -1
  /** Entries told in all. */
  #count = 0

  constructor(room: CodeRoom) {
    this.#room = room
  }

  /** The client's table may have that many bytes, and had `least` for a moment. Ours is never more than the standard's. */
  allow(size: number, least: number): void {
    const limit = Math.min(size, DEFAULT_TABLE_SIZE)
    least = Math.min(least, limit)
    if (limit === this.#limit && least === this.#limit) return
    this.#least = this.#least < 0 ? least : Math.min(this.#least, least)
    this.#limit = limit
    this.#evict(least)
  }

  /** What a block begins with, behind nothing: changes of the table's size. */
  begin(): string {
    if (this.#least < 0) return ''
    const least = this.#least
    this.#least = -1
    const change = encodeInteger(this.#limit, 0x20, 0x1f)
    return least < this.#limit ? encodeInteger(least, 0x20, 0x1f) + change : change
  }

  field(name: KnownName, value: string): string {
    const { id, indexed } = name
    if (indexed === '' || value.length > MAX_VALUE) return name.literal + this.#string(value)
    const told = this.#told[id] ?? 0
    if (told > this.#count - this.#entries && this.#values[id] === value) {
      this.#changes[id] = 0
      const index = STATIC_SIZE + 1 + this.#count - told
      return index < 0x7f ? String.fromCharCode(0x80 | index) : encodeInteger(index, 0x80, 0x7f)
    }
    const changes = (this.#changes[id] ?? 0) + 1
    const cost = name.size + value.length + ENTRY_COST
    if (changes > PATIENCE || cost > this.#limit) return name.literal + this.#string(value)
    this.#changes[id] = changes
    this.#evict(this.#limit - cost)
    this.#costs.push(cost)
    this.#size += cost
    this.#values[id] = value
    this.#told[id] = ++this.#count
    return indexed + this.#string(value)
  }

  get #entries(): number {
    return this.#costs.length - this.#first
  }

  #evict(room: number): void {
    const costs = this.#costs
    while (this.#size > room) this.#size -= costs[this.#first++]!
    if (this.#first < 64) return
    this.#costs = costs.slice(this.#first)
    this.#first = 0
  }

  #string(text: string): string {
    const { length } = text
    if (length >= WORTH_CODING && length <= MAX_CODED) {
      const size = huffmanLength(text)
      if (size < length) {
        const room = this.#room.room(size)
        encodeHuffman(text, room)
        return encodeInteger(size, CODED, 0x7f) + Buffer.prototype.latin1Slice.call(room, 0, size)
      }
    }
    return encodeInteger(length, 0, 0x7f) + text
  }
}
