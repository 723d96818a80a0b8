/** Reads what one side of a connection sent with the readers of wire/http1, as the proxy does, from any cuts. */
import { isFailure, type Failure } from '../../src/exchange/failure.ts'
import { RequestHead, UNKNOWN_LENGTH, type ResponseHead } from '../../src/exchange/head.ts'
import { BodyReader } from '../../src/wire/http1/body-reader.ts'
import { RequestReader, type RequestLimits } from '../../src/wire/http1/request-reader.ts'
import { ResponseReader } from '../../src/wire/http1/response-reader.ts'

export const limits: RequestLimits = {
  lineSize: 8192,
  fieldSize: 8192,
  totalSize: 33_792,
  maxFields: 1000,
  underscores: false,
  ignoreInvalid: true,
}

export interface ReadMessage {
  start: string
  fields: [string, string][]
  body: string
  trailers: [string, string][] | null
  complete: boolean
  head: RequestHead | ResponseHead
}

export interface Conversation {
  messages: ReadMessage[]
  /** Code of the failure that ended it; '' none. */
  failure: string
}

export type Kind = 'request' | 'response'

/** Reads the pieces one after another; what a piece lacks is kept, and read again with the next. */
export function converse(kind: Kind, pieces: readonly Buffer[], own: Partial<RequestLimits> = {}): Conversation {
  const reader =
    kind === 'request'
      ? new RequestReader({ ...limits, ...own })
      : new ResponseReader({ totalSize: 33_792, maxFields: 1000 })
  const body = new BodyReader()
  const messages: ReadMessage[] = []
  let current: ReadMessage | null = null
  let kept = Buffer.alloc(0)
  let scanned = 0
  const taker = {
    body(part: Uint8Array): boolean {
      current!.body += Buffer.from(part).toString('latin1')
      return true
    },
  }
  for (const piece of pieces) {
    // Other bytes around the message: a reader must look at nothing but what it was given.
    const bytes = Buffer.concat([Buffer.from('\n\n'), kept, piece, Buffer.from('\r\n\r\nxx')])
    const end = 2 + kept.length + piece.length
    let p = 2
    for (;;) {
      if (current !== null) {
        p = body.read(bytes, p, end, taker)
        if (body.failed) return { messages, failure: 'malformed_chunk' }
        if (!body.done) break
        current.complete = true
        if (body.trailers) current.trailers = list(body.trailers)
        current = null
        scanned = 0
      }
      if (p >= end) break
      const head: RequestHead | ResponseHead | Failure | null = reader.read(bytes, p, end, scanned)
      if (head === null) {
        scanned = end - p
        break
      }
      if (isFailure(head)) return { messages, failure: head.code }
      p += reader.size
      scanned = 0
      current = { start: startOf(head), fields: list(head.fields), body: '', trailers: null, complete: false, head }
      messages.push(current)
      body.begin(bodyOf(head))
    }
    kept = Buffer.from(bytes.subarray(p, end))
  }
  if (current !== null && body.closed()) current.complete = true
  return { messages, failure: '' }
}

function startOf(head: RequestHead | ResponseHead): string {
  return head instanceof RequestHead ? `${head.method} ${head.target} ${head.version}` : `${head.status} ${head.reason}`
}

function bodyOf(head: RequestHead | ResponseHead): number | 'chunked' | 'until-close' {
  if (head instanceof RequestHead) return head.length === UNKNOWN_LENGTH ? 'chunked' : head.length
  if (head.status < 200 || head.status === 204 || head.status === 304) return 0
  if (head.chunked) return 'chunked'
  return head.length === UNKNOWN_LENGTH ? 'until-close' : head.length
}

function list(fields: RequestHead['fields']): [string, string][] {
  const found: [string, string][] = []
  fields.each((name, value) => found.push([name, value]))
  return found
}
