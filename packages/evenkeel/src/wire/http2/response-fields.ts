/**
 * Makes a response of the fields of a header block (RFC 9113, 8.3.2), as strict as the reader of HTTP/1 responses: an
 * origin whose answer means two things has sent none.
 *
 * The fields become the lines of an HTTP/1 head, so that they go on to a client of any version as one piece of text.
 */
import { failure, type Failure } from '../../exchange/failure.ts'
import { Fields } from '../../exchange/fields.ts'
import { hasBody, ResponseHead, UNKNOWN_LENGTH } from '../../exchange/head.ts'
import { kinds, names, type HeaderField } from './header-field.ts'
import type { FieldTaker } from './hpack-decoder.ts'

export interface ResponseFieldLimits {
  /** Bytes of all names and values, with what they take as lines. */
  readonly totalSize: number
  readonly maxFields: number
}

/** What a line takes besides its name and value. */
const LINE = 4
const SWITCHING_PROTOCOLS = 101
const threeDigits = /^[1-5]\d\d$/
const digits = /^\d+$/

/** One serves all connections of a worker: nothing of a response stays in it. */
export class ResponseFields implements FieldTaker {
  /** What is wrong with the response; null: nothing. */
  problem: Failure | null = null
  #limits: ResponseFieldLimits = unlimited
  #size = 0
  #status = 0
  /** A field that is no pseudo-header has come. */
  #regular = false
  #length = UNKNOWN_LENGTH
  #text = ''
  #marks: number[] = []

  begin(limits: ResponseFieldLimits): void {
    this.#limits = limits
    this.problem = null
    this.#size = 0
    this.#status = 0
    this.#regular = false
    this.#length = UNKNOWN_LENGTH
    this.#text = ''
    this.#marks = []
  }

  field(field: HeaderField): void {
    const { kind, nameClass, name, value } = field
    if (this.problem !== null) return
    this.#size += name.length + value.length + LINE
    if (this.#size > this.#limits.totalSize) {
      this.problem = failure('response_head_too_large')
      return
    }
    if (nameClass >= names.strange) return this.#malformed('invalid field name')
    if (!field.valueGood) return this.#malformed(`control in the value of "${name}"`)
    if (kind >= kinds.method && kind <= kinds.unknownPseudo) return this.#pseudo(field)
    this.#regular = true
    // About one connection, of which there is none of that sort (RFC 9113, 8.2.2).
    if (kind === kinds.hopByHop) return this.#malformed(`"${name}" field`)
    if (kind === kinds.contentLength) return this.#contentLength(value)
    this.#add(field)
  }

  /** The response, when there is no problem with it. */
  finish(method: string, endStream: boolean): ResponseHead {
    const status = this.#status
    if (this.problem === null) {
      if (status === 0) this.#malformed('no :status')
      else if (status === SWITCHING_PROTOCOLS) this.#malformed('status 101')
      else if (status < 200 && endStream) this.#malformed('stream ended before its response')
      else if (endStream && this.#length > 0 && hasBody(status, method)) this.#malformed('stream ended before its body')
    }
    // A head that is all there is goes on as such: to clients of gRPC its fields mean the call's end only then.
    const length = endStream && this.#length === UNKNOWN_LENGTH && hasBody(status, method) ? 0 : this.#length
    const head = new ResponseHead(status, new Fields(this.#text, this.#marks, true), length)
    this.#text = ''
    this.#marks = []
    return head
  }

  #pseudo({ kind, name, value }: HeaderField): void {
    if (kind !== kinds.status) return this.#malformed(`pseudo-header "${name}"`)
    if (this.#regular) return this.#malformed('pseudo-header out of order')
    if (this.#status !== 0) return this.#malformed('duplicate :status')
    if (!threeDigits.test(value)) return this.#malformed(`invalid :status "${value}"`)
    this.#status = Number(value)
  }

  #contentLength(value: string): void {
    if (this.#length !== UNKNOWN_LENGTH) return this.#malformed('duplicate "content-length"')
    const length = digits.test(value) ? Number(value) : -1
    if (length < 0 || !Number.isSafeInteger(length)) return this.#malformed('invalid "content-length"')
    this.#length = length
  }

  #add(field: HeaderField): void {
    const at = this.#text.length
    const value = at + field.name.length + 2
    if (this.#marks.push(at, value - 2, value, value + field.value.length) > this.#limits.maxFields * 4) {
      this.problem = failure('response_head_too_large', 'too many fields')
      return
    }
    this.#text += field.line
  }

  #malformed(cause: string): void {
    this.problem ??= failure('malformed_response', cause)
  }
}

const unlimited: ResponseFieldLimits = { totalSize: 0, maxFields: 0 }
