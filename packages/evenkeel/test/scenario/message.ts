/**
 * Reads one HTTP/1 message out of the bytes that have arrived, for tests.
 *
 * Written apart from the reader under test, on purpose: a harness that shared its parser would share its mistakes. It is
 * plain and slow, accepts only what is well-formed, and throws on the rest, since a malformed message fails the test.
 */

export interface Message {
  /** `HTTP/1.1 200 OK` or `GET / HTTP/1.1`. */
  readonly startLine: string
  /** As sent, in order. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
  readonly trailers: readonly (readonly [name: string, value: string])[]
  readonly framing: 'none' | 'length' | 'chunked' | 'close'
  /** False when the connection ended before the message did: what a client must be able to see. */
  readonly complete: boolean
  /** How many bytes of the input it took. */
  readonly size: number
}

export type Ending = 'open' | 'fin' | 'reset'

export interface Head {
  readonly startLine: string
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly size: number
}

/** The head at the start of `bytes`, or undefined while it is not all there. A bare LF ends a line, as it may. */
export function readHead(bytes: Buffer): Head | undefined {
  const text = bytes.toString('latin1')
  const end = /\r?\n\r?\n/.exec(text)
  if (end === null) return undefined
  const [startLine = '', ...lines] = text.slice(0, end.index).split(/\r?\n/)
  return { startLine, fields: lines.map(readField), size: end.index + end[0].length }
}

/** All values of a field, joined as RFC 9110, 5.3 joins them; undefined when it is not there. */
export function fieldOf(fields: Head['fields'], name: string): string | undefined {
  const values = fields.filter(field => field[0].toLowerCase() === name.toLowerCase()).map(field => field[1])
  return values.length === 0 ? undefined : values.join(', ')
}

/**
 * The message at the start of `bytes`, or undefined while more has to come. `bodyless` is for answers to HEAD, which look
 * as if a body followed.
 */
export function readMessage(bytes: Buffer, ending: Ending, bodyless: boolean): Message | undefined {
  const head = readHead(bytes)
  if (head === undefined) return undefined
  const rest = bytes.subarray(head.size)
  const framing = framingOf(head, bodyless)
  const body = readBody(framing, rest, head, ending)
  if (body === undefined) return undefined
  return { ...head, framing, trailers: [], ...body, size: head.size + body.size }
}

function readField(line: string): readonly [string, string] {
  const colon = line.indexOf(':')
  if (colon < 1) throw new Error(`not a header line: ${JSON.stringify(line)}`)
  return [line.slice(0, colon), line.slice(colon + 1).trim()]
}

function framingOf(head: Head, bodyless: boolean): Message['framing'] {
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head.startLine)?.[1]
  if (bodyless || (status !== undefined && /^1|204|304/.test(status))) return 'none'
  if (fieldOf(head.fields, 'transfer-encoding') === 'chunked') return 'chunked'
  if (fieldOf(head.fields, 'content-length') !== undefined) return 'length'
  return status === undefined ? 'none' : 'close'
}

type Body = Pick<Message, 'body' | 'complete' | 'size'> & Partial<Pick<Message, 'trailers'>>

function readBody(framing: Message['framing'], rest: Buffer, head: Head, ending: Ending): Body | undefined {
  const cutShort = { body: rest, complete: false, size: rest.length }
  switch (framing) {
    case 'none':
      return { body: Buffer.alloc(0), complete: true, size: 0 }
    case 'close':
      return ending === 'open' ? undefined : { ...cutShort, complete: ending === 'fin' }
    case 'length': {
      const length = Number(fieldOf(head.fields, 'content-length'))
      if (rest.length >= length) return { body: rest.subarray(0, length), complete: true, size: length }
      return ending === 'open' ? undefined : cutShort
    }
    case 'chunked':
      return readChunks(rest, ending)
  }
}

function readChunks(rest: Buffer, ending: Ending): Body | undefined {
  const parts: Buffer[] = []
  let at = 0
  while (true) {
    const lineEnd = rest.indexOf('\r\n', at)
    const line = lineEnd < 0 ? undefined : rest.toString('latin1', at, lineEnd)
    if (line !== undefined && !/^[0-9a-f]+(;.*)?$/i.test(line))
      throw new Error(`not a chunk size: ${JSON.stringify(line)}`)
    const size = line === undefined ? NaN : parseInt(line, 16)
    if (size === 0) {
      const trailers = readTrailers(rest, lineEnd + 2)
      if (trailers !== undefined) return { ...trailers, body: Buffer.concat(parts), complete: true }
    } else if (rest.length >= lineEnd + 2 + size + 2) {
      parts.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size))
      at = lineEnd + 2 + size + 2
      if (rest.toString('latin1', at - 2, at) !== '\r\n') throw new Error('no CRLF after a chunk')
      continue
    }
    return ending === 'open' ? undefined : { body: Buffer.concat(parts), complete: false, size: rest.length }
  }
}

function readTrailers(rest: Buffer, at: number): Required<Pick<Body, 'trailers' | 'size'>> | undefined {
  if (rest.toString('latin1', at, at + 2) === '\r\n') return { trailers: [], size: at + 2 }
  const end = rest.indexOf('\r\n\r\n', at)
  if (end < 0) return undefined
  return { trailers: rest.toString('latin1', at, end).split('\r\n').map(readField), size: end + 4 }
}
