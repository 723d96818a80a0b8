/**
 * One request to an origin that speaks HTTP/2, with its response: a stream as a Sink of requests and a Source of responses.
 *
 *     waiting ──response head──▶ body ──END_STREAM──▶ over          reset by either side, connection gone ─▶ over
 *        └─ 1xx                                        └─ with a reset when the request was not sent whole by then
 *
 * The stream's window opens as its receiver takes the bytes, so a slow client slows its own stream and no other; what
 * waits here is never more than the window.
 */
import { failure, type Failure, type FailureCode } from '../../exchange/failure.ts'
import type { Fields } from '../../exchange/fields.ts'
import { hasBody, UNKNOWN_LENGTH, type RequestHead, type ResponseHead } from '../../exchange/head.ts'
import { settledSource, type Source } from '../../exchange/sink.ts'
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
import { requestBlock } from '../../wire/http2/request-block.ts'
import type { OriginSettings } from '../http1/request-output.ts'
import type { OriginLink, ResponseReceiver } from '../origin-link.ts'
import { Stash } from '../stash.ts'
import type { FrameOutput } from './frame-output.ts'
import { StreamOutput } from './stream-output.ts'

/** What an origin may send on a stream before anybody has taken it. */
export const RESPONSE_WINDOW: number = 256 * 1024
/** Interim responses one request may get: an origin that sends more never means to answer. */
const MAX_INTERIM = 16

/** The connection, as its streams see it. */
export interface OriginStreams {
  readonly wheel: TimerWheel
  readonly scheme: 'http' | 'https'
  /** The stream is over; `code` is to be told the origin with a reset, null: both sides ended it. */
  streamOver(stream: OriginStream, code: ErrorCode | null): void
  /** Its origin does not answer in time: perhaps the connection is dead. */
  suspect(): void
}

export class OriginStream extends StreamOutput implements OriginLink {
  bytesReceived = 0
  method = ''
  settings: OriginSettings | null = null
  readonly #owner: OriginStreams
  #receiver: ResponseReceiver | null = null
  #phase: 'waiting' | 'body' | 'over' = 'waiting'
  #requestSource: Source = settledSource
  /** The origin does not take the request as fast as it comes. */
  #slowed = false
  /** All of the request was handed on. */
  #requestDone = false
  /** The head carried the end of the stream. */
  #bodiless = false
  #interims = 0
  /** The origin sent its END_STREAM. */
  #inEnded = false
  #trailers: Fields | null = null
  #paused = false
  #draining = false
  #stash: Stash | null = null
  #window = RESPONSE_WINDOW
  /** Taken by the receiver without the origin's being told. */
  #consumed = 0
  /** Length of the body that was announced and is still to come; UNKNOWN_LENGTH when none was. */
  #remaining: number = UNKNOWN_LENGTH

  constructor(id: number, owner: OriginStreams, output: FrameOutput) {
    super(id, output)
    this.#owner = owner
    this.chunkSize = 64 * 1024
  }

  get bytesSent(): number {
    return this.sentBytes
  }

  /** The response's head has come. */
  get answered(): boolean {
    return this.#phase !== 'waiting'
  }

  // === OriginLink

  begin(receiver: ResponseReceiver, settings: OriginSettings): void {
    this.#receiver = receiver
    this.settings = settings
  }

  interim(): void {}

  head(head: RequestHead, source: Source): void {
    this.#requestSource = source
    this.method = head.method
    this.#bodiless = head.length === 0
    this.sendHeaders(requestBlock(head, this.#owner.scheme, this.output.share.encoder), this.#bodiless)
  }

  requestFrom(source: Source): void {
    if (this.#requestDone || this.#phase === 'over') return source.cancel(stopped)
    this.#requestSource = source
    if (this.#slowed) source.pause()
    this.#rearm()
  }

  body(part: Uint8Array): boolean {
    if (this.#phase === 'over' || this.#requestDone || this.#bodiless || part.length === 0) return true
    if (this.sendData(part)) return true
    this.#slowed = true
    this.#rearm()
    return false
  }

  flush(): void {
    if (this.#phase !== 'over' && !this.#requestDone) this.sendHeld()
  }

  end(trailers?: Fields): void {
    if (this.#phase === 'over' || this.#requestDone) return
    this.#requestDone = true
    this.#requestSource = settledSource
    if (this.#bodiless) {
      this.outEnded = true
      return this.#rearm()
    }
    this.sendEnd(trailers === undefined ? '' : this.output.share.fields(trailers))
    this.#rearm()
  }

  /** The request will never be complete: the origin must see that too. */
  abort(problem: Failure): void {
    const receiver = this.#leave(CANCEL)
    receiver?.abort(problem)
  }

  cancel(): void {
    this.#leave(CANCEL)
  }

  closeIdle(): void {
    this.#leave(null)
  }

  // === Source: the response comes in

  pause(): void {
    this.#paused = true
    this.#rearm()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    if (this.#phase === 'over') return
    this.#rearm()
    this.#drain()
  }

  // === frames of the origin

  /** A whole header block before the body. */
  responded(head: ResponseHead, endStream: boolean): void {
    const receiver = this.#receiver
    if (receiver === null) return
    if (head.status < 200) {
      if (++this.#interims > MAX_INTERIM) return this.fail('too_many_interim', PROTOCOL_ERROR)
      this.#rearm()
      return receiver.interim(head)
    }
    this.#phase = 'body'
    this.#remaining = hasBody(head.status, this.method) ? head.length : 0
    if (endStream) this.#inEnded = true
    this.#rearm()
    receiver.head(head, this)
    if (this.#phase !== 'body') return
    if (endStream) this.#end()
    else receiver.flush()
  }

  /** A DATA frame begins. What is not NO_ERROR ends the stream. */
  dataBegins(size: number, padding: number, endStream: boolean): ErrorCode {
    if (this.#inEnded) return STREAM_CLOSED
    if (this.#phase === 'waiting') return PROTOCOL_ERROR
    this.#window -= size
    if (this.#window < 0) return FLOW_CONTROL_ERROR
    this.#consumed += padding
    if (this.#remaining === UNKNOWN_LENGTH) return NO_ERROR
    this.#remaining -= size - padding
    return this.#remaining < 0 || (endStream && this.#remaining > 0) ? PROTOCOL_ERROR : NO_ERROR
  }

  data(bytes: Buffer, start: number, end: number): void {
    if (this.#paused || this.#draining || (this.#stash !== null && !this.#stash.empty)) {
      this.#stash ??= new Stash()
      this.#stash.add(bytes, start, end)
    } else this.#deliver(bytes, start, end)
  }

  /** The origin has sent all. */
  inputEnds(trailers: Fields | null): ErrorCode {
    if (this.#remaining > 0) return PROTOCOL_ERROR
    this.#inEnded = true
    this.#trailers = trailers
    this.#end()
    return NO_ERROR
  }

  /** All that was read with its data has been looked at. */
  flushInput(): void {
    if (this.#phase === 'body' && !this.#paused) this.#receiver?.flush()
  }

  /** The origin has sent all of its answer. */
  get whole(): boolean {
    return this.#inEnded
  }

  /** The origin does not need the rest of the request (RFC 9113, 8.1); its answer stands. */
  unwanted(): void {
    this.dropOutput()
    this.outEnded = true
    this.#stopRequest()
  }

  /** Nothing more comes, and nothing can be sent: the connection is gone, or has given the stream up. */
  gone(problem: Failure): void {
    if (this.#phase === 'over') return
    // All of it is here; its receiver is only slow.
    if (this.#inEnded) return this.unwanted()
    const told = this.#phase === 'waiting' ? problem : failure('truncated_response', problem.cause)
    const receiver = this.#over()
    receiver?.abort(told)
  }

  fail(code: FailureCode, reset: ErrorCode, cause?: unknown): void {
    this.failWith(failure(code, cause), reset)
  }

  failWith(problem: Failure, reset: ErrorCode): void {
    const receiver = this.#leave(reset)
    receiver?.abort(problem)
  }

  override expired(): void {
    if (this.stalled) return this.fail('upstream_send_timeout', CANCEL)
    this.#owner.suspect()
    this.fail('upstream_read_timeout', CANCEL)
  }

  // === StreamOutput

  protected moved(room: boolean): void {
    this.#rearm(true)
    if (!room) return
    this.#slowed = false
    this.#requestSource.resume()
  }

  protected sentAll(): void {
    this.#slowed = false
    this.#rearm()
  }

  /** What is owed next, by whom; as long as the request comes it is the client's timeouts that count. */
  #rearm(moved = false): void {
    const { settings } = this
    const { wheel } = this.#owner
    if (settings === null || this.#phase === 'over') return
    if (this.stalled) {
      // Only what moves puts the deadline off.
      if (moved || this.dueMs === 0) wheel.arm(this, settings.sendTimeoutMs)
    } else if (this.#paused || this.#inEnded || !(this.#requestDone || this.#phase === 'body')) wheel.disarm(this)
    else wheel.arm(this, settings.readTimeoutMs)
  }

  #deliver(bytes: Buffer, start: number, end: number): void {
    const receiver = this.#receiver
    if (receiver === null) return
    this.#consumed += end - start
    const taken = receiver.body(bytes.subarray(start, end))
    if (this.#receiver !== receiver) return
    if (!taken) this.pause()
    else {
      this.#rearm()
      this.#open()
    }
  }

  /** Hands on what has waited, and the end if that was all. */
  #drain(): void {
    if (this.#draining) return
    this.#draining = true
    for (let stash = this.#stash; stash !== null && !stash.empty && !this.#paused; stash = this.#stash) {
      const { bytes, start, end } = stash
      stash.consumedTo(end)
      this.#deliver(bytes, start, end)
    }
    this.#draining = false
    if (this.#phase === 'over' || this.#paused) return
    this.#open()
    if (this.#inEnded) this.#end()
    else this.#receiver?.flush()
  }

  #end(): void {
    if (this.#paused || this.#draining || (this.#stash !== null && !this.#stash.empty)) return
    const trailers = this.#trailers ?? undefined
    const receiver = this.#leave(this.outEnded ? null : CANCEL)
    receiver?.end(trailers)
  }

  /** Tells the origin of the room there is, once that is worth a frame. */
  #open(): void {
    const consumed = this.#consumed
    if (this.#inEnded || consumed * 2 < RESPONSE_WINDOW) return
    this.#consumed = 0
    this.#window += consumed
    this.output.add(windowUpdateFrame(this.id, consumed))
  }

  #stopRequest(): void {
    const source = this.#requestSource
    this.#requestSource = settledSource
    if (!this.#requestDone) source.cancel(stopped)
    this.#requestDone = true
  }

  #over(): ResponseReceiver | null {
    const receiver = this.#receiver
    this.#receiver = null
    this.#phase = 'over'
    this.#stash = null
    this.#owner.wheel.disarm(this)
    this.dropOutput()
    this.#stopRequest()
    return receiver
  }

  #leave(code: ErrorCode | null): ResponseReceiver | null {
    if (this.#phase === 'over') return null
    const receiver = this.#over()
    this.#owner.streamOver(this, code)
    return receiver
  }
}

/** Why the rest of a request is not wanted; whoever sends it knows better. */
const stopped: Failure = failure('upstream_closed')
