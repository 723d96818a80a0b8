/**
 * The receiving side of a stream to an origin: the response's body, and the window that lets the origin send more of it.
 *
 * The window opens as the receiver takes the bytes, so a slow client slows its own stream and no other; what waits here is
 * never more than the window.
 */
import type { Fields } from '../../exchange/fields.ts'
import { UNKNOWN_LENGTH } from '../../exchange/head.ts'
import type { TimerWheel } from '../../net/timer-wheel.ts'
import {
  CANCEL,
  FLOW_CONTROL_ERROR,
  NO_ERROR,
  PROTOCOL_ERROR,
  STREAM_CLOSED,
  type ErrorCode,
} from '../../wire/http2/codes.ts'
import { windowUpdateFrame } from '../../wire/http2/frame-writer.ts'
import type { ResponseReceiver } from '../forward/origin-link.ts'
import { Stash } from '../body/stash.ts'
import type { FrameOutput } from './frame-output.ts'
import type { OriginStream } from './origin-stream.ts'
import { StreamOutput } from './stream-output.ts'

/** What an origin may send on a stream before anybody has taken it. */
export const RESPONSE_WINDOW: number = 256 * 1024
/** The connection, as its streams see it. */
export interface OriginStreams {
  readonly wheel: TimerWheel
  readonly scheme: 'http' | 'https'
  /** The stream is over; `code` is to be told the origin with a reset, null: both sides ended it. */
  streamOver(stream: OriginStream, code: ErrorCode | null): void
  /** Its origin does not answer in time: perhaps the connection is dead. */
  suspect(): void
}

export abstract class OriginInput extends StreamOutput {
  bytesReceived = 0
  protected readonly owner: OriginStreams
  protected receiver: ResponseReceiver | null = null
  protected phase: 'waiting' | 'body' | 'over' = 'waiting'
  /** Length of the body that was announced and is still to come; UNKNOWN_LENGTH when none was. */
  protected remaining: number = UNKNOWN_LENGTH
  /** The origin sent its END_STREAM. */
  protected inEnded = false
  protected paused = false
  #trailers: Fields | null = null
  #draining = false
  #stash: Stash | null = null
  #window = RESPONSE_WINDOW
  /** Taken by the receiver without the origin's being told. */
  #consumed = 0

  constructor(id: number, owner: OriginStreams, output: FrameOutput) {
    super(id, output)
    this.owner = owner
  }

  /** Ends the stream, for the origin with `code` if that is not null; answers who is to be told. */
  protected abstract leave(code: ErrorCode | null): ResponseReceiver | null
  /** Sets the deadline that is due now. */
  protected abstract rearm(): void

  // === Source: the response comes in

  pause(): void {
    this.paused = true
    this.rearm()
  }

  resume(): void {
    if (!this.paused) return
    this.paused = false
    if (this.phase === 'over') return
    this.rearm()
    this.#drain()
  }

  /** A DATA frame begins. What is not NO_ERROR ends the stream. */
  dataBegins(size: number, padding: number, endStream: boolean): ErrorCode {
    if (this.inEnded) return STREAM_CLOSED
    if (this.phase === 'waiting') return PROTOCOL_ERROR
    this.#window -= size
    if (this.#window < 0) return FLOW_CONTROL_ERROR
    this.#consumed += padding
    if (this.remaining === UNKNOWN_LENGTH) return NO_ERROR
    this.remaining -= size - padding
    return this.remaining < 0 || (endStream && this.remaining > 0) ? PROTOCOL_ERROR : NO_ERROR
  }

  data(bytes: Buffer, start: number, end: number): void {
    if (this.paused || this.#draining || (this.#stash !== null && !this.#stash.empty)) {
      this.#stash ??= new Stash()
      this.#stash.add(bytes, start, end)
    } else this.#deliver(bytes, start, end)
  }

  /** The origin has sent all. */
  inputEnds(trailers: Fields | null): ErrorCode {
    if (this.remaining > 0) return PROTOCOL_ERROR
    this.inEnded = true
    this.#trailers = trailers
    this.finishInput()
    return NO_ERROR
  }

  /** All that was read with its data has been looked at. */
  flushInput(): void {
    if (this.phase === 'body' && !this.paused) this.receiver?.flush()
  }

  /** The origin has sent all of its answer. */
  get whole(): boolean {
    return this.inEnded
  }

  protected dropInput(): void {
    this.receiver = null
    this.phase = 'over'
    this.#stash = null
  }

  #deliver(bytes: Buffer, start: number, end: number): void {
    const receiver = this.receiver
    if (receiver === null) return
    this.#consumed += end - start
    const taken = receiver.body(bytes.subarray(start, end))
    if (this.receiver !== receiver) return
    if (!taken) this.pause()
    else {
      this.rearm()
      this.#open()
    }
  }

  /** Hands on what has waited, and the end if that was all. */
  #drain(): void {
    if (this.#draining) return
    this.#draining = true
    for (let stash = this.#stash; stash !== null && !stash.empty && !this.paused; stash = this.#stash) {
      const { bytes, start, end } = stash
      stash.consumedTo(end)
      this.#deliver(bytes, start, end)
    }
    this.#draining = false
    if (this.phase === 'over' || this.paused) return
    this.#open()
    if (this.inEnded) this.finishInput()
    else this.receiver?.flush()
  }

  /** Hands on the end, once nothing waits before it. */
  protected finishInput(): void {
    if (this.paused || this.#draining || (this.#stash !== null && !this.#stash.empty)) return
    const trailers = this.#trailers ?? undefined
    const receiver = this.leave(this.outEnded ? null : CANCEL)
    receiver?.end(trailers)
  }

  /** Tells the origin of the room there is, once that is worth a frame. */
  #open(): void {
    const consumed = this.#consumed
    if (this.inEnded || consumed * 2 < RESPONSE_WINDOW) return
    this.#consumed = 0
    this.#window += consumed
    this.output.add(windowUpdateFrame(this.id, consumed))
  }
}
