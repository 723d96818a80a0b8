/**
 * A stream of a client as a channel: what CONNECT asks for (RFC 9113, 8.5; RFC 8441), so that it can be joined with a
 * connection to an origin like any other. What comes before somebody reads it waits here, within the stream's window.
 */
import type { Channel, ChannelUser } from '../../net/channel.ts'
import { CONNECT_ERROR, NO_ERROR, type ErrorCode } from '../../wire/http2/codes.ts'
import { Stash } from '../body/stash.ts'

/** The stream under it. */
export interface ChannelStream {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  readonly sentBytes: number
  readonly stalled: boolean
  /** False: it was taken, and more should wait. */
  sendPart(part: Uint8Array): boolean
  sendEndOfStream(): void
  /** So much of the client's data was taken. */
  taken(size: number): void
  /** Nothing more is sent or wanted. */
  leaveTunnel(code: ErrorCode): void
}

export class StreamChannel implements Channel {
  bytesRead = 0
  bytesWritten = 0
  dead = false
  readonly #stream: ChannelStream
  readonly #stash = new Stash()
  #user: ChannelUser | null = null
  #paused = true
  /** The client has ended its side, and its user knows. */
  #inEnded = false
  #toldEnd = false
  #outEnded = false
  /** A write answered false. */
  #owes = false
  #delivering = false

  constructor(stream: ChannelStream) {
    this.#stream = stream
  }

  get remoteAddress(): string {
    return this.#stream.remoteAddress
  }

  get remotePort(): number {
    return this.#stream.remotePort
  }

  get localAddress(): string {
    return this.#stream.localAddress
  }

  get localPort(): number {
    return this.#stream.localPort
  }

  get backlogged(): boolean {
    return this.#stream.stalled
  }

  attach(user: ChannelUser): void {
    this.#user = user
    this.#paused = true
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#deliver()
  }

  write(data: string | Uint8Array): boolean {
    if (this.dead || this.#outEnded) return false
    const part = typeof data === 'string' ? Buffer.from(data, 'latin1') : data
    this.bytesWritten += part.length
    if (this.#stream.sendPart(part)) return true
    this.#owes = true
    return false
  }

  expectBulk(): void {}

  end(): void {
    if (this.dead || this.#outEnded) return
    this.#outEnded = true
    this.#stream.sendEndOfStream()
  }

  destroy(reset = false): void {
    if (this.dead) return
    this.dead = true
    this.#stash.consumedTo(this.#stash.end)
    if (!reset && !this.#outEnded && !this.#stream.stalled) this.#stream.sendEndOfStream()
    this.#stream.leaveTunnel(reset ? CONNECT_ERROR : NO_ERROR)
    this.#gone('')
  }

  // === the stream's side

  arrived(bytes: Buffer, start: number, end: number): void {
    this.bytesRead += end - start
    if (this.#user === null || this.#paused || this.#delivering || !this.#stash.empty)
      this.#stash.add(bytes, start, end)
    else this.#hand(bytes.subarray(start, end))
  }

  /** The client has ended its side. */
  ended(): void {
    this.#inEnded = true
    if (!this.#paused) this.#deliver()
  }

  /** Some of what waited has gone out. */
  moved(): void {
    if (!this.#owes || this.backlogged) return
    this.#owes = false
    this.#user?.drained()
  }

  /** The stream is no more. */
  broken(error: string): void {
    if (this.dead) return
    this.dead = true
    this.#gone(error)
  }

  #deliver(): void {
    if (this.#delivering) return
    this.#delivering = true
    const stash = this.#stash
    while (!this.#paused && !stash.empty) {
      const { bytes, start, end } = stash
      stash.consumedTo(end)
      this.#hand(bytes.subarray(start, end))
    }
    this.#delivering = false
    if (!this.#inEnded || this.#toldEnd || this.#paused || this.dead) return
    this.#toldEnd = true
    this.#user?.ended()
  }

  #hand(bytes: Buffer): void {
    this.#stream.taken(bytes.length)
    this.#user?.received(bytes, bytes.length)
  }

  #gone(error: string): void {
    const user = this.#user
    this.#user = null
    user?.closed(error)
  }
}
