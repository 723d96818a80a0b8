/**
 * Reads the fields behind a chunked body. They are rare and small, so they are gathered first and read when all are
 * there; what decides about framing, routing or identity is dropped, as it comes too late to be true (RFC 9110, 6.5.1).
 */
import { Fields, MARKS } from '../../exchange/fields.ts'
import { NameSet } from '../../exchange/name-set.ts'
import { CR, latin1, LF } from './bytes.ts'
import { FieldScanner, strictNames } from './field-scanner.ts'

const MAX_SIZE = 16_384
const MAX_FIELDS = 100

/** Names no trailer may have. */
export const untrailing: NameSet = new NameSet([
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'proxy',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

export class TrailerReader {
  done = false
  failed = false
  /** Null when there were none that may stand here. */
  fields: Fields | null = null
  #text = ''
  #size = 0
  #last = 0
  #lineSize = 0

  /** Answers the index behind what was read. */
  read(bytes: Buffer, start: number, end: number): number {
    let p = start
    while (p < end) {
      const c = bytes[p]!
      // Lines end in CRLF here as in all of the chunk framing.
      if ((c === LF) !== (this.#last === CR) || ++this.#size > MAX_SIZE) {
        this.failed = true
        return p
      }
      p++
      this.#last = c
      if (c !== LF) this.#lineSize++
      else if (this.#lineSize === 1) {
        this.#text += latin1(bytes, start, p)
        this.#finish()
        return p
      } else this.#lineSize = 0
    }
    this.#text += latin1(bytes, start, p)
    return p
  }

  #finish(): void {
    this.done = true
    const text = this.#text
    if (text.length === 2) return
    const bytes = Buffer.from(text, 'latin1')
    const scanner = new FieldScanner(strictNames, MAX_SIZE, MAX_FIELDS)
    if (scanner.read(bytes, 0, bytes.length, 0) < 0) {
      this.done = false
      this.failed = true
      return
    }
    const fields = new Fields(text, scanner.marks, scanner.plain)
    let kept = 0
    for (let i = 0; i < scanner.used; i += MARKS) {
      if (untrailing.hasAt(text, scanner.marks[i]!, scanner.marks[i + 1]!)) fields.removeAt(i / MARKS)
      else kept++
    }
    if (kept > 0) this.fields = fields
  }
}
