/**
 * The sending side of a connection, whichever role it has: gathers frames, keeps the connection's window, and lets the
 * streams that wait for it or for the kernel take turns.
 */
import type { Channel } from '../../net/channel.ts'
import { DEFAULT_WINDOW, FRAME_HEAD, frameTypes, MAX_WINDOW } from '../../wire/http2/codes.ts'
import { frameHead, putFrameHead } from '../../wire/http2/frame-writer.ts'
import { PeerSettings } from '../../wire/http2/settings.ts'
import type { Flushable, Http2Share } from './share.ts'

/** Gathered text goes out at this size: what libuv writes from its stack. */
const ENOUGH = 14 * 1024
/** Longer data goes into bytes rather than text. */
const SMALL = 8 * 1024

/** A stream with data that could not go out at once. */
export interface Waiting {
  /** Sends one frame if its window allows; false: there is nothing more that could go now. */
  sendSome(): boolean
}

export class FrameOutput implements Flushable {
  readonly peer: PeerSettings = new PeerSettings()
  readonly share: Http2Share
  /** Bytes of data the other side lets us send on all streams together. */
  window: number = DEFAULT_WINDOW
  /** DATA frames sent; who counts sets it back. */
  dataFrames = 0
  readonly #channel: Channel
  readonly #waiting: Waiting[] = []
  readonly #flushed: () => void
  #text = ''
  #asked = false

  /** `flushed` is called behind every flush of a turn. */
  constructor(channel: Channel, share: Http2Share, flushed: () => void) {
    this.#channel = channel
    this.share = share
    this.#flushed = flushed
  }

  /** Data has to wait: the kernel is full, or others wait already. */
  get blocked(): boolean {
    return this.#waiting.length > 0 || this.#channel.backlogged
  }

  /** Text that has not been handed to the kernel. */
  get pending(): number {
    return this.#text.length
  }

  /** False: it would be more than a window can be (RFC 9113, 6.9.1). */
  widen(increment: number): boolean {
    this.window += increment
    if (this.window > MAX_WINDOW) return false
    if (this.#waiting.length > 0) this.#ask()
    return true
  }

  /** Frames as text, to go out at the end of the turn. */
  add(frames: string): void {
    this.#text += frames
    if (this.#text.length >= ENOUGH && !this.#channel.backlogged) this.flush()
    else this.#ask()
  }

  /** Data in frames of at most `frameSize`; the windows are the caller's to look after. Answers bytes put on the wire. */
  data(stream: number, part: Uint8Array, frameSize: number): number {
    if (part.length <= SMALL && part.length <= frameSize) {
      this.dataFrames++
      const text = Buffer.prototype.latin1Slice.call(part, 0, part.length)
      this.add(frameHead(part.length, frameTypes.data, 0, stream) + text)
      return FRAME_HEAD + part.length
    }
    this.flush()
    let total = 0
    for (let at = 0; at < part.length;) {
      const page = this.share.takePage()
      let end = 0
      while (at < part.length && end + FRAME_HEAD < page.length) {
        const size = Math.min(frameSize, part.length - at, page.length - end - FRAME_HEAD)
        this.dataFrames++
        end = putFrameHead(page, end, size, frameTypes.data, 0, stream)
        page.set(part.subarray(at, at + size), end)
        end += size
        at += size
      }
      total += end
      // What the kernel has not taken it reads from the page later.
      if (this.#channel.write(page.subarray(0, end))) this.share.givePage(page)
    }
    return total
  }

  /** The stream is called as soon as data may go out. It asks once until it answers false. */
  wait(stream: Waiting): void {
    this.#waiting.push(stream)
    this.#ask()
  }

  flush(): void {
    const text = this.#text
    if (text === '') return
    this.#text = ''
    this.#channel.write(text)
  }

  flushTurn(): void {
    this.#asked = false
    this.turns()
    this.#flushed()
  }

  /** Everybody who waits sends a frame in turn, as long as the window and the kernel take it. */
  turns(): void {
    const waiting = this.#waiting
    let at = 0
    while (at < waiting.length && this.window > 0 && !this.#channel.backlogged) {
      const stream = waiting[at++]!
      if (stream.sendSome()) waiting.push(stream)
      // The front is cut off now and then, not at every turn.
      if (at === 256) {
        waiting.splice(0, at)
        at = 0
      }
    }
    waiting.splice(0, at)
    if (!this.#channel.backlogged) this.flush()
  }

  #ask(): void {
    if (this.#asked) return
    this.#asked = true
    this.share.atTurnsEnd(this)
  }
}
