/**
 * Reads message bodies: so many bytes, chunks, or all there is until the connection ends (RFC 9112, 6.3 and 7.1).
 *
 * Chunk framing is read to the letter: CRLF and nothing else, hexadecimal digits and nothing before or behind them,
 * since every liberty here was once a way to smuggle a request. Extensions are dropped, and bounded over the whole
 * message: by one byte a chunk they would else be a free way to keep us busy (CVE-2024-22019).
 */
import type { Fields } from '../../exchange/fields.ts'
import { CR, HTAB, LF, SPACE } from './bytes.ts'
import { TrailerReader } from './trailer-reader.ts'

export interface BodyTaker {
  /** Takes bytes that are valid during the call; false asks for a pause, which is the caller's to do. */
  body(part: Uint8Array): boolean
}

const MAX_EXTENSIONS = 16_384
/** Enough for the largest size we count exactly, 2^53 - 1, with zeros before it. */
const MAX_DIGITS = 16
const SEMICOLON = 0x3b

/** What is read next. */
type State = (typeof states)[keyof typeof states]
const states = {
  idle: 0,
  length: 1,
  untilClose: 2,
  size: 3,
  extension: 4,
  sizeEnd: 5,
  data: 6,
  dataCr: 7,
  dataLf: 8,
  trailers: 9,
} as const

/** One for a connection, begun anew for each message. */
export class BodyReader {
  /** The body has come to its end. */
  done = true
  /** The chunk framing is malformed: where the message ends can't be known. */
  failed = false
  /** The trailer fields, once done, when there were any. */
  trailers: Fields | null = null
  /** Bytes left of a body of known length, or of the chunk at hand. */
  remaining = 0

  #state: State = states.idle
  #chunkSize = 0
  #digits = 0
  #extensions = 0
  /** Changes when a body is begun or cancelled: a taker may do that while it is being handed bytes. */
  #turn = 0
  #trailerReader: TrailerReader | null = null

  begin(length: number | 'chunked' | 'until-close'): void {
    this.#turn++
    this.done = length === 0
    this.failed = false
    this.trailers = null
    this.remaining = 0
    if (length === 'chunked') {
      this.#nextChunk()
      this.#extensions = 0
      this.#trailerReader = null
    } else if (length === 'until-close') this.#state = states.untilClose
    else {
      this.#state = length === 0 ? states.idle : states.length
      this.remaining = length
    }
  }

  /** Hands the data in [start, end) to `taker` and answers the index behind what was read, which ends with the message. */
  read(bytes: Buffer, start: number, end: number, taker: BodyTaker): number {
    switch (this.#state) {
      case states.idle:
        return start
      case states.length:
        return this.#data(bytes, start, end, taker, states.idle)
      case states.untilClose:
        if (start < end) taker.body(part(bytes, start, end))
        return end
      default:
        return this.#chunks(bytes, start, end, taker)
    }
  }

  /** Nobody wants the rest: nothing more is read, nothing handed on. `done` stays as it is. */
  cancel(): void {
    this.#turn++
    this.#state = states.idle
  }

  /** The connection ended. True: and with it the message. */
  closed(): boolean {
    if (this.#state === states.untilClose) this.#finish()
    return this.done
  }

  #finish(): void {
    this.#state = states.idle
    this.done = true
  }

  #nextChunk(): void {
    this.#state = states.size
    this.#chunkSize = 0
    this.#digits = 0
  }

  #fail(at: number): number {
    this.#state = states.idle
    this.failed = true
    return at
  }

  /** Hands on as much of `remaining` as there is; `next` follows when that was all. */
  #data(bytes: Buffer, start: number, end: number, taker: BodyTaker, next: State): number {
    if (start >= end) return start
    const size = Math.min(end - start, this.remaining)
    const turn = this.#turn
    this.remaining -= size
    taker.body(part(bytes, start, start + size))
    if (this.#turn === turn && this.remaining === 0) {
      if (next === states.idle) this.#finish()
      else this.#state = next
    }
    return start + size
  }

  #chunks(bytes: Buffer, start: number, end: number, taker: BodyTaker): number {
    const turn = this.#turn
    let p = start
    while (p < end) {
      const c = bytes[p]!
      switch (this.#state) {
        case states.size: {
          const digit = hexDigits[c]!
          if (digit < 16) {
            this.#chunkSize = this.#chunkSize * 16 + digit
            if (++this.#digits > MAX_DIGITS || this.#chunkSize > Number.MAX_SAFE_INTEGER) return this.#fail(p)
          } else if (this.#digits === 0) return this.#fail(p)
          else if (c === CR) this.#state = states.sizeEnd
          else if (c === SEMICOLON) this.#state = states.extension
          else return this.#fail(p)
          p++
          break
        }
        case states.extension:
          if (c === CR) this.#state = states.sizeEnd
          else if ((c < SPACE && c !== HTAB) || c === 0x7f || ++this.#extensions > MAX_EXTENSIONS) return this.#fail(p)
          p++
          break
        case states.sizeEnd:
          if (c !== LF) return this.#fail(p)
          this.remaining = this.#chunkSize
          this.#state = this.#chunkSize === 0 ? states.trailers : states.data
          p++
          break
        case states.data:
          p = this.#data(bytes, p, end, taker, states.dataCr)
          if (this.#turn !== turn) return p
          break
        case states.dataCr:
          if (c !== CR) return this.#fail(p)
          this.#state = states.dataLf
          p++
          break
        case states.dataLf:
          if (c !== LF) return this.#fail(p)
          this.#nextChunk()
          p++
          break
        default:
          return this.#trailers(bytes, p, end)
      }
    }
    return p
  }

  #trailers(bytes: Buffer, start: number, end: number): number {
    if (this.#trailerReader === null && start + 1 < end && bytes[start] === CR && bytes[start + 1] === LF) {
      this.#finish()
      return start + 2
    }
    const reader = (this.#trailerReader ??= new TrailerReader())
    const p = reader.read(bytes, start, end)
    if (reader.failed) return this.#fail(p)
    if (reader.done) {
      this.trailers = reader.fields
      this.#finish()
    }
    return p
  }
}

/** The value of each character as a hexadecimal digit; 255: it is none. */
const hexDigits = hexClass()

function hexClass(): Uint8Array {
  const table = new Uint8Array(256).fill(255)
  for (let i = 0; i < 16; i++) {
    const digit = i.toString(16)
    table[digit.charCodeAt(0)] = i
    table[digit.toUpperCase().charCodeAt(0)] = i
  }
  return table
}

function part(bytes: Buffer, start: number, end: number): Uint8Array {
  return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end)
}
