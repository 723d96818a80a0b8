/**
 * Reads header blocks (RFC 7541): one for each direction of a connection, as its table remembers what was sent.
 *
 * A block is read to its end even where the message is refused, since the next one builds on the table. What a field
 * means, and how much of them is too much, is the business of who takes them.
 */
import { latin1 } from '../http1/bytes.ts'
import { COMPRESSION_ERROR, FRAME_SIZE_ERROR, NO_ERROR, type ErrorCode } from './codes.ts'
import { DynamicTable } from './dynamic-table.ts'
import { HeaderField } from './header-field.ts'
import { decodeHuffman } from './huffman.ts'
import { STATIC_SIZE, staticFields } from './static-table.ts'

export interface FieldTaker {
  field(field: HeaderField): void
}

/** Room for decoded strings; one serves all connections of a thread, as nothing stays in it. */
export class HuffmanScratch {
  #bytes: Buffer = Buffer.alloc(0)

  /** At least that many bytes. */
  room(size: number): Buffer {
    if (this.#bytes.length < size) this.#bytes = Buffer.allocUnsafeSlow(Math.max(4096, size))
    return this.#bytes
  }
}

/** Larger integers mean nothing here: every length is bounded by the block's. */
const MAX_INTEGER = 0x0fff_ffff
/** Changes of the table's size before a block's first field: two is all that can make sense (RFC 7541, 4.2). */
const MAX_UPDATES = 2

export class HpackDecoder {
  readonly #table: DynamicTable
  /** What our settings allow the sender's table to be. */
  readonly #maxTableSize: number
  readonly #scratch: HuffmanScratch
  /** Where the block is read, and what went wrong with it. */
  #at = 0
  #error: ErrorCode = NO_ERROR

  constructor(maxTableSize: number, scratch: HuffmanScratch) {
    this.#maxTableSize = maxTableSize
    this.#table = new DynamicTable(maxTableSize)
    this.#scratch = scratch
  }

  /** Reads the block in [start, end). NO_ERROR, or what the connection has to end with. */
  decode(bytes: Buffer, start: number, end: number, taker: FieldTaker): ErrorCode {
    this.#at = start
    this.#error = NO_ERROR
    let updates = 0
    while (this.#at < end) {
      const first = bytes[this.#at]!
      if (first >= 0x80) {
        const field = this.#indexed(this.#integer(bytes, end, 0x7f))
        if (field === undefined) return this.#failed()
        taker.field(field)
        updates = MAX_UPDATES
      } else if (first >= 0x40) {
        const field = this.#literal(bytes, end, 0x3f)
        if (field === undefined) return this.#failed()
        this.#table.add(field)
        taker.field(field)
        updates = MAX_UPDATES
      } else if (first >= 0x20) {
        const size = this.#integer(bytes, end, 0x1f)
        if (this.#error !== NO_ERROR || size > this.#maxTableSize || ++updates > MAX_UPDATES) return this.#failed()
        this.#table.limit = size
      } else {
        const field = this.#literal(bytes, end, 0x0f)
        if (field === undefined) return this.#failed()
        taker.field(field)
        updates = MAX_UPDATES
      }
    }
    return NO_ERROR
  }

  #failed(): ErrorCode {
    return this.#error === NO_ERROR ? COMPRESSION_ERROR : this.#error
  }

  #indexed(index: number): HeaderField | undefined {
    if (index <= 0) return undefined
    return index <= STATIC_SIZE ? staticFields[index] : this.#table.get(index - STATIC_SIZE - 1)
  }

  #literal(bytes: Buffer, end: number, mask: number): HeaderField | undefined {
    const index = this.#integer(bytes, end, mask)
    if (this.#error !== NO_ERROR) return undefined
    if (index > 0) {
      const like = this.#indexed(index)
      const value = this.#string(bytes, end)
      return like === undefined || value === undefined ? undefined : new HeaderField(like.name, value, like)
    }
    const name = this.#string(bytes, end)
    if (name === undefined || name === '') return undefined
    const value = this.#string(bytes, end)
    return value === undefined ? undefined : new HeaderField(name, value)
  }

  /** An integer in the low bits of the byte at hand and in those that follow (RFC 7541, 5.1). */
  #integer(bytes: Buffer, end: number, mask: number): number {
    let value = bytes[this.#at++]! & mask
    if (value < mask) return value
    for (let shift = 0; ; shift += 7) {
      if (this.#at >= end) return this.#fail(FRAME_SIZE_ERROR)
      const byte = bytes[this.#at++]!
      value += (byte & 0x7f) * 2 ** shift
      if (value > MAX_INTEGER || shift > 28) return this.#fail(COMPRESSION_ERROR)
      if (byte < 0x80) return value
    }
  }

  #fail(code: ErrorCode): number {
    this.#error = code
    return -1
  }

  #string(bytes: Buffer, end: number): string | undefined {
    if (this.#at >= end) return undefined
    const coded = bytes[this.#at]! >= 0x80
    const length = this.#integer(bytes, end, 0x7f)
    const start = this.#at
    if (this.#error !== NO_ERROR || length > end - start) return undefined
    this.#at = start + length
    if (!coded) return latin1(bytes, start, start + length)
    const scratch = this.#scratch.room(((length * 8) / 5 + 1) | 0)
    const written = decodeHuffman(bytes, start, start + length, scratch, 0)
    return written < 0 ? undefined : latin1(scratch, 0, written)
  }
}
