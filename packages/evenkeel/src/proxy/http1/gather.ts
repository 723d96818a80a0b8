/**
 * Writes a message's pieces to a channel in as few system calls as they fit in: small pieces gather as text and leave
 * together, long ones go out as they are. Text is cheapest while it stays within what libuv writes from its stack.
 */
import type { Channel } from '../../net/channel.ts'
import { chunkHead } from '../../wire/http1/writer.ts'

/** Parts up to this size are gathered. */
const SMALL = 8 * 1024
/** Gathered text goes out at this size. */
const ENOUGH = 14 * 1024

export class Gather {
  /** Bytes handed to the channel; whoever counts sets it back. */
  sent = 0
  readonly #channel: Channel
  #text = ''

  constructor(channel: Channel) {
    this.#channel = channel
  }

  add(text: string): void {
    this.#text += text
  }

  /** A part of a body, framed as a chunk where the message is chunked. */
  part(part: Uint8Array, chunked: boolean): void {
    if (chunked) this.#text += chunkHead(part.length)
    if (part.length > SMALL) {
      this.flush()
      this.#write(part)
      if (chunked) this.#text = '\r\n'
      return
    }
    this.#text += Buffer.prototype.latin1Slice.call(part, 0, part.length)
    if (chunked) this.#text += '\r\n'
    if (this.#text.length >= ENOUGH) this.flush()
  }

  flush(): void {
    const text = this.#text
    if (text.length === 0) return
    this.#text = ''
    this.#write(text)
  }

  /** Forgets what has not gone out. */
  drop(): void {
    this.#text = ''
  }

  #write(data: string | Uint8Array): void {
    this.sent += data.length
    this.#channel.write(data)
  }
}
