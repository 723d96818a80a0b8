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
  /** Data of the chunk that is being gathered: many small parts leave as one chunk. */
  #chunk = ''

  constructor(channel: Channel) {
    this.#channel = channel
  }

  add(text: string): void {
    if (this.#chunk !== '') this.#seal()
    this.#text += text
  }

  /** A part of a body, framed as a chunk where the message is chunked. */
  part(part: Uint8Array, chunked: boolean): void {
    if (part.length > SMALL) return this.#long(part, chunked)
    const text = Buffer.prototype.latin1Slice.call(part, 0, part.length)
    if (chunked) this.#chunk += text
    else this.#text += text
    if (this.#text.length + this.#chunk.length >= ENOUGH) this.flush()
  }

  flush(): void {
    if (this.#chunk !== '') this.#seal()
    const text = this.#text
    if (text.length === 0) return
    this.#text = ''
    this.#write(text)
  }

  /** Forgets what has not gone out. */
  drop(): void {
    this.#text = ''
    this.#chunk = ''
  }

  #seal(): void {
    this.#text += chunkHead(this.#chunk.length) + this.#chunk + '\r\n'
    this.#chunk = ''
  }

  #long(part: Uint8Array, chunked: boolean): void {
    if (this.#chunk !== '') this.#seal()
    if (chunked) this.#text += chunkHead(part.length)
    this.flush()
    this.#write(part)
    if (chunked) this.#text = '\r\n'
  }

  #write(data: string | Uint8Array): void {
    this.sent += data.length
    this.#channel.write(data)
  }
}
