/**
 * Reads response heads from bytes (RFC 9112), stricter than nginx: what is not plainly an HTTP/1 response is none.
 *
 * An SSH banner or a bare page is not passed on as HTTP/0.9, and framing that two readers could take differently
 * (two lengths, a length and chunks, an unknown coding) is refused, as it is how a response becomes two.
 */
import { failure, type Failure } from '../../exchange/failure.ts'
import { Fields, HIDDEN, MARKS } from '../../exchange/fields.ts'
import { ResponseHead, UNKNOWN_LENGTH } from '../../exchange/head.ts'
import { CR, decimal, HTAB, INCOMPLETE, isWord, latin1, LF, MALFORMED, SPACE, TOO_LARGE, word } from './bytes.ts'
import { ConnectionOptions } from './connection-options.ts'
import { FieldScanner, strictNames } from './field-scanner.ts'
import { hasHeadEnd } from './head-end.ts'

export interface ResponseLimits {
  readonly totalSize: number
  readonly maxFields: number
}

const SWITCHING_PROTOCOLS = 101
const protocol = new Uint8Array(Buffer.from('HTTP/1.'))
const upgrade = word('upgrade')
const connection = word('connection')
const keepAlive = word('keep-alive')
const contentLength = word('content-length')
const transferEncoding = word('transfer-encoding')
const chunked = word('chunked')

/** One serves all connections of an upstream: nothing of a head is kept when it has been answered, but `size`. */
export class ResponseReader {
  /** Bytes of the head read last. */
  size = 0
  readonly #limits: ResponseLimits
  readonly #scanner: FieldScanner
  readonly #options = new ConnectionOptions()

  // What the head at hand says.
  #version = 11
  #status = 0
  #reasonStart = 0
  #reasonEnd = 0
  #length = UNKNOWN_LENGTH
  #chunked = false
  #upgrade = -1

  constructor(limits: ResponseLimits) {
    this.#limits = limits
    this.#scanner = new FieldScanner(strictNames, limits.totalSize, limits.maxFields)
  }

  /** As RequestReader.read. */
  read(bytes: Buffer, start: number, end: number, scanned: number): ResponseHead | Failure | null {
    if (scanned > 0 && !hasHeadEnd(bytes, start, start + scanned, end)) {
      // Its first bytes were seen before; a garbled status line behind them is found when its end has come.
      const lineEnd = bytes.indexOf(LF, start)
      if (scanned < protocol.length || (lineEnd >= start + scanned && lineEnd < end)) {
        if (this.#statusLine(bytes, start, end) === MALFORMED) return malformed
      }
      return end - start >= this.#limits.totalSize ? tooLarge : null
    }
    const fieldsStart = this.#statusLine(bytes, start, end)
    if (fieldsStart === MALFORMED) return malformed
    const headEnd = fieldsStart < 0 ? fieldsStart : this.#scanner.read(bytes, fieldsStart, end, start)
    if (headEnd < 0) {
      if (headEnd === INCOMPLETE) return end - start >= this.#limits.totalSize ? tooLarge : null
      return headEnd === TOO_LARGE ? tooLarge : malformed
    }
    if (headEnd - start > this.#limits.totalSize) return tooLarge
    if (!this.#understand(bytes, start)) return malformed
    this.size = headEnd - start
    return this.#head(bytes, start, headEnd)
  }

  /** Answers the index behind the line, or INCOMPLETE or MALFORMED. */
  #statusLine(bytes: Buffer, start: number, end: number): number {
    let p = start
    for (let i = 0; i < protocol.length; i++, p++) {
      if (p >= end) return INCOMPLETE
      if (bytes[p] !== protocol[i]) return MALFORMED
    }
    if (p + 6 > end) return INCOMPLETE
    const minor = bytes[p]! - 0x30
    if (minor < 0 || minor > 9 || bytes[p + 1] !== SPACE) return MALFORMED
    this.#version = minor === 0 ? 10 : 11
    const status = decimal(bytes, p + 2, p + 5)
    if (status < 100 || status > 599) return MALFORMED
    this.#status = status
    p += 5
    if (bytes[p] !== SPACE && bytes[p] !== CR && bytes[p] !== LF) return MALFORMED
    while (p < end && bytes[p] === SPACE) p++
    this.#reasonStart = p
    // A reason with controls in it is left out: nobody needs it, and logs and terminals may trip over it.
    let clean = true
    for (; p < end && bytes[p] !== CR && bytes[p] !== LF; p++) {
      const c = bytes[p]!
      if (c === 0) return MALFORMED
      if ((c < SPACE && c !== HTAB) || c === 0x7f) clean = false
    }
    this.#reasonEnd = clean ? p : this.#reasonStart
    if (p < end && bytes[p] === CR) p++
    if (p >= end) return INCOMPLETE
    return bytes[p] === LF ? p + 1 : MALFORMED
  }

  /** Takes in the fields about framing and this connection, and hides them. False: the response is malformed. */
  #understand(bytes: Buffer, base: number): boolean {
    this.#length = UNKNOWN_LENGTH
    this.#chunked = false
    this.#upgrade = -1
    this.#options.clear()
    const { marks, used } = this.#scanner
    for (let i = 0; i < used; i += MARKS) {
      const name = marks[i]! + base
      const nameEnd = marks[i + 1]! + base
      const value = marks[i + 2]! + base
      const valueEnd = marks[i + 3]! + base
      switch (nameEnd - name) {
        case 7:
          if (this.#upgrade < 0 && isWord(bytes, name, nameEnd, upgrade)) this.#upgrade = i
          break
        case 10:
          if (isWord(bytes, name, nameEnd, connection)) this.#options.read(bytes, value, valueEnd)
          else if (!isWord(bytes, name, nameEnd, keepAlive)) break
          marks[i] = HIDDEN
          break
        case 14:
          if (!isWord(bytes, name, nameEnd, contentLength)) break
          if (this.#length >= 0) return false
          this.#length = decimal(bytes, value, valueEnd)
          if (this.#length < 0) return false
          marks[i] = HIDDEN
          break
        case 17:
          if (!isWord(bytes, name, nameEnd, transferEncoding)) break
          if (this.#chunked || !isWord(bytes, value, valueEnd, chunked)) return false
          this.#chunked = true
          marks[i] = HIDDEN
      }
    }
    return !(this.#chunked && this.#length >= 0)
  }

  #head(bytes: Buffer, base: number, end: number): ResponseHead {
    const { marks, used, plain } = this.#scanner
    const options = this.#options
    const text = latin1(bytes, base, end)
    const fields = new Fields(text, marks.slice(0, used), plain)
    for (const name of options.nominated) fields.remove(name)
    // HTTP/1.0 has no chunks: what sent them can't be trusted to end where we think (RFC 9112, 6.1).
    const persistent = !options.close && (this.#version > 10 || (options.keepAlive && !this.#chunked))
    const reason = text.slice(this.#reasonStart - base, this.#reasonEnd - base)
    const head = new ResponseHead(this.#status, fields, this.#length, reason, persistent)
    head.chunked = this.#chunked
    if (this.#status === SWITCHING_PROTOCOLS && this.#upgrade >= 0) {
      head.upgrade = text.slice(marks[this.#upgrade + 2], marks[this.#upgrade + 3])
    }
    return head
  }
}

const malformed: Failure = failure('malformed_response')
const tooLarge: Failure = failure('response_head_too_large')
