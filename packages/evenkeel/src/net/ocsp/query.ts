/**
 * One question to an OCSP responder, over HTTP/1.0 in the clear: answers are signed. Nothing here is believed, only
 * bounded, in bytes and in time.
 */
import { connect } from 'node:net'

export interface Responder {
  /** Numeric. */
  readonly address: string
  readonly port: number
  /** As its URL has it. */
  readonly host: string
  /** Without a slash at the end. */
  readonly path: string
}

/** Answers have some kilobytes, with a certificate in them. */
const MOST_BYTES = 65_536
const PATIENCE_MS = 10_000

/** Calls `done` once, never from inside: with the body, or with why there is none. */
export function queryOcsp(
  { address, port, host, path }: Responder,
  request: Buffer,
  done: (answer: Buffer | string) => void,
): void {
  const socket = connect({ host: address, port })
  const received: Buffer[] = []
  let size = 0
  let told = false
  const tell = (answer: Buffer | string): void => {
    if (told) return
    told = true
    socket.destroy()
    done(answer)
  }
  socket.setTimeout(PATIENCE_MS, () => tell('no answer in time'))
  socket.on('error', error => tell(error.message))
  socket.on('connect', () => {
    const target = `${path}/${encodeURIComponent(request.toString('base64'))}`
    socket.write(`GET ${target} HTTP/1.0\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, 'latin1')
  })
  socket.on('data', (part: Buffer) => {
    size += part.length
    if (size > MOST_BYTES) return tell('an answer of too many bytes')
    received.push(part)
    const whole = bodyOf(Buffer.concat(received), false)
    if (whole !== null) tell(whole)
  })
  socket.on('close', () => tell(bodyOf(Buffer.concat(received), true) ?? 'the connection ended before the answer did'))
}

/** null: more is to come. Responders that nobody looks after end lines as they like. */
function bodyOf(bytes: Buffer, ended: boolean): Buffer | string | null {
  const text = bytes.toString('latin1')
  const end = /\r?\n\r?\n/.exec(text)
  if (end === null) return null
  const head = text.slice(0, end.index)
  const body = bytes.subarray(end.index + end[0].length)
  const [, status = ''] = /^HTTP\/1\.\d (\d{3})\b/.exec(head) ?? []
  if (status !== '200') return `the responder answered with status ${status || 'none'}`
  const [, length] = /^content-length:\s*(\d{1,9})\s*$/im.exec(head) ?? []
  if (length === undefined) return ended ? body : null
  return body.length < Number(length) ? null : body.subarray(0, Number(length))
}
