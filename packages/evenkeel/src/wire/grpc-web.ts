/**
 * gRPC-Web, the form in which pages speak gRPC: the same messages, with the trailers as one more frame behind them, and all
 * of it in base64 where a client can't take bytes. Several pieces of base64, each with padding of its own, may follow one
 * another: whoever sends a message at once has to pad it.
 */
import type { Fields } from '../exchange/fields.ts'

const webType = /^application\/grpc-web(-text)?((?:\+[\w.-]+)?(?:[ \t]*;.*)?)$/i
const grpcType = /^application\/grpc((?:\+[\w.-]+)?(?:[ \t]*;.*)?)$/i
const TRAILERS = 0x80

export interface WebType {
  readonly text: boolean
  /** What stands behind `application/grpc` or its like: `+proto`. */
  readonly rest: string
}

/** null: it is not gRPC-Web. */
export function readWebType(contentType: string | undefined): WebType | null {
  const found = contentType === undefined ? null : webType.exec(contentType)
  return found === null ? null : { text: found[1] !== undefined, rest: found[2] ?? '' }
}

/** The type of a response for such a client; null: the response is no gRPC. */
export function webTypeOf(contentType: string | undefined, text: boolean): string | null {
  const found = contentType === undefined ? null : grpcType.exec(contentType)
  return found === null ? null : `application/grpc-web${text ? '-text' : ''}${found[1] ?? ''}`
}

/** The frame that says the trailers. */
export function trailersFrame(trailers: Fields): Buffer {
  let lines = ''
  trailers.each((name, value) => {
    lines += `${name.toLowerCase()}: ${value}\r\n`
  })
  const frame = Buffer.alloc(5 + lines.length)
  frame[0] = TRAILERS
  frame.writeUInt32BE(lines.length, 1)
  frame.write(lines, 5, 'latin1')
  return frame
}

/** Bytes to base64, part by part: what does not fill three bytes waits for the next, or for `rest`. */
export class Base64Writer {
  #held: Buffer = nothing

  write(part: Uint8Array): Buffer {
    const bytes = this.#held.length === 0 ? Buffer.from(part) : Buffer.concat([this.#held, part])
    const whole = bytes.length - (bytes.length % 3)
    this.#held = bytes.subarray(whole)
    return Buffer.from(bytes.toString('base64', 0, whole), 'latin1')
  }

  /** What was held, padded. */
  rest(): Buffer {
    const held = this.#held
    this.#held = nothing
    return Buffer.from(held.toString('base64'), 'latin1')
  }
}

/** Base64 to bytes, part by part; null: it is none. */
export class Base64Reader {
  #held = ''

  /** Nothing is incomplete. */
  get whole(): boolean {
    return this.#held === ''
  }

  read(part: Uint8Array): Buffer | null {
    const text = this.#held + Buffer.prototype.latin1Slice.call(part, 0, part.length).replace(/[\r\n]/g, '')
    const whole = text.length - (text.length % 4)
    this.#held = text.slice(whole)
    const groups = text.slice(0, whole)
    if (!groups.includes('=')) return alphabet.test(groups) ? Buffer.from(groups, 'base64') : null
    // Padding ends a piece, and that ends on a group of four.
    const pieces: Buffer[] = []
    for (let start = 0; start < whole;) {
      const padding = groups.indexOf('=', start)
      const end = padding < 0 ? whole : padding + 4 - (padding % 4)
      const piece = groups.slice(start, end)
      if (!padded.test(piece)) return null
      pieces.push(Buffer.from(piece, 'base64'))
      start = end
    }
    return Buffer.concat(pieces)
  }
}

const nothing = Buffer.alloc(0)
const alphabet = /^[A-Za-z0-9+/]*$/
const padded = /^[A-Za-z0-9+/]*={0,2}$/
