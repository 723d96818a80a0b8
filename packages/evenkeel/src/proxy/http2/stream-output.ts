/**
 * The sending side of one stream: data within the stream's and the connection's window, and its end.
 *
 * Small parts are held until their sender says that nothing more is at hand, so that the last of them can carry the
 * end of the stream. What no window or kernel has room for is copied and waits; its sender is told to pause.
 */
import { Deadline } from '../../net/timer-wheel.ts'
import { flags, frameTypes, MAX_WINDOW } from '../../wire/http2/codes.ts'
import { frameHead, headersFrames } from '../../wire/http2/frame-writer.ts'
import type { FrameOutput, Waiting } from './frame-output.ts'

/** Parts up to this size are held. */
const SMALL = 8 * 1024
/** When no more than this waits the sender may go on, so that the next is there when it is this stream's turn. */
const LOW = 16 * 1024

export abstract class StreamOutput extends Deadline implements Waiting {
  readonly id: number
  /** Bytes of frames that were given to the connection. */
  sentBytes = 0
  /** The stream's end was sent. */
  outEnded = false
  protected readonly output: FrameOutput
  /** Largest DATA frame to be made, besides what the other side takes. */
  protected chunkSize: number = 8 * 1024
  #window: number
  /** Data whose windows have been taken and that is not framed yet. */
  #held = ''
  #queue: Buffer[] = []
  /** Bytes that wait. */
  #queued = 0
  /** The sender was told to pause. */
  #slowed = false
  /** Bytes of the first buffer that are gone. */
  #sent = 0
  #waits = false
  #ending = false
  #trailers = ''

  constructor(id: number, output: FrameOutput) {
    super()
    this.id = id
    this.output = output
    this.#window = output.peer.initialWindow
  }

  /** Some data went out of what had waited; `room`: and the sender may go on. */
  protected abstract moved(room: boolean): void
  /** The end was sent. */
  protected abstract sentAll(): void

  /** Data waits for a window or for the kernel. */
  get stalled(): boolean {
    return this.#queue.length > 0
  }

  /** False: it would be more than a window can be. `increment` may be negative, after new settings. */
  widen(increment: number): boolean {
    this.#window += increment
    if (this.#window > MAX_WINDOW) return false
    this.#wait()
    return true
  }

  protected sendHeaders(block: string, endStream: boolean): void {
    const frames = headersFrames(block, this.id, endStream, this.output.peer.maxFrameSize)
    this.sentBytes += frames.length
    this.output.add(frames)
  }

  /** False: it was taken, and more should wait. */
  protected sendData(part: Uint8Array): boolean {
    const { output } = this
    if (this.#queue.length === 0 && !output.blocked) {
      const room = Math.min(this.#window, output.window)
      if (part.length <= room) {
        this.#window -= part.length
        output.window -= part.length
        if (part.length <= SMALL) {
          this.#held += Buffer.prototype.latin1Slice.call(part, 0, part.length)
          if (this.#held.length >= SMALL) this.sendHeld()
          return true
        }
        this.sendHeld()
        this.sentBytes += output.data(this.id, part, this.#frameSize())
        // A kernel that is full now makes the next part wait.
        return true
      }
    }
    this.sendHeld()
    this.#queue.push(Buffer.from(part))
    this.#queued += part.length
    this.#slowed = true
    this.#wait()
    return false
  }

  /** What is held goes out. */
  protected sendHeld(): void {
    if (this.#held !== '') this.#seal(0)
  }

  /** `trailers` is a header block; '' none. */
  protected sendEnd(trailers: string): void {
    this.#ending = true
    this.#trailers = trailers
    if (this.#queue.length === 0) this.#finish()
  }

  /** Nothing more goes out. */
  protected dropOutput(): void {
    this.#held = ''
    this.#queue = []
    this.#queued = 0
    this.#ending = false
  }

  sendSome(): boolean {
    const first = this.#queue[0]
    if (first === undefined) return (this.#waits = false)
    const { output } = this
    const size = Math.min(first.length - this.#sent, this.#window, output.window, this.#frameSize())
    if (size <= 0) return (this.#waits = false)
    this.#window -= size
    output.window -= size
    const rest = first.length - this.#sent
    if (size === rest && this.#ending && this.#trailers === '' && this.#queue.length === 1) {
      // The last of it carries the end.
      this.#held = Buffer.prototype.latin1Slice.call(first, this.#sent, first.length)
    } else this.sentBytes += output.data(this.id, first.subarray(this.#sent, this.#sent + size), size)
    this.#sent += size
    this.#queued -= size
    if (this.#sent === first.length) {
      this.#queue.shift()
      this.#sent = 0
    }
    const room = this.#slowed && this.#queued <= LOW && !this.#ending
    if (room) this.#slowed = false
    if (this.#queue.length > 0) {
      this.moved(room)
      return true
    }
    this.#waits = false
    if (this.#ending) this.#finish()
    else this.moved(room)
    return false
  }

  #wait(): void {
    if (this.#waits || this.#queue.length === 0 || this.#window <= 0) return
    this.#waits = true
    this.output.wait(this)
  }

  #finish(): void {
    const trailers = this.#trailers
    if (trailers === '') this.#seal(flags.endStream)
    else {
      this.sendHeld()
      this.sendHeaders(trailers, true)
    }
    this.outEnded = true
    this.sentAll()
  }

  #seal(bits: number): void {
    let held = this.#held
    this.#held = ''
    const max = this.#frameSize()
    let frames = ''
    for (; held.length > max; held = held.slice(max)) {
      frames += frameHead(max, frameTypes.data, 0, this.id) + held.slice(0, max)
    }
    frames += frameHead(held.length, frameTypes.data, bits, this.id) + held
    this.sentBytes += frames.length
    this.output.dataFrames++
    this.output.add(frames)
  }

  #frameSize(): number {
    return Math.min(this.chunkSize, this.output.peer.maxFrameSize)
  }
}
