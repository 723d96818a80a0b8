/**
 * One request to an origin that speaks HTTP/2, with its response: a stream as a Sink of requests and a Source of responses.
 *
 *     waiting ──response head──▶ body ──END_STREAM──▶ over          reset by either side, connection gone ─▶ over
 *        └─ 1xx                                        └─ with a reset when the request was not sent whole by then
 *
 * How its response's body comes in is in OriginInput: layers of one object, as with the streams of clients.
 */
import { failure, type Failure, type FailureCode } from '../../exchange/failure.ts'
import type { Fields } from '../../exchange/fields.ts'
import { hasBody, type RequestHead, type ResponseHead } from '../../exchange/head.ts'
import { settledSource, type Source } from '../../exchange/sink.ts'
import { CANCEL, PROTOCOL_ERROR, type ErrorCode } from '../../wire/http2/codes.ts'
import { requestBlock } from '../../wire/http2/request-block.ts'
import type { OriginSettings } from '../http1/request-output.ts'
import type { OriginLink, ResponseReceiver } from '../forward/origin-link.ts'
import type { FrameOutput } from './frame-output.ts'
import { OriginInput, type OriginStreams } from './origin-input.ts'

/** Interim responses one request may get: an origin that sends more never means to answer. */
const MAX_INTERIM = 16

export class OriginStream extends OriginInput implements OriginLink {
  method = ''
  settings: OriginSettings | null = null
  #requestSource: Source = settledSource
  /** The origin does not take the request as fast as it comes. */
  #slowed = false
  /** All of the request was handed on. */
  #requestDone = false
  /** The head carried the end of the stream. */
  #bodiless = false
  #interims = 0

  constructor(id: number, owner: OriginStreams, output: FrameOutput) {
    super(id, owner, output)
    this.chunkSize = 64 * 1024
  }

  get bytesSent(): number {
    return this.sentBytes
  }

  /** The response's head has come. */
  get answered(): boolean {
    return this.phase !== 'waiting'
  }

  // === OriginLink

  begin(receiver: ResponseReceiver, settings: OriginSettings): void {
    this.receiver = receiver
    this.settings = settings
  }

  interim(): void {}

  head(head: RequestHead, source: Source): void {
    this.#requestSource = source
    this.method = head.method
    this.#bodiless = head.length === 0
    this.sendHeaders(requestBlock(head, this.owner.scheme, this.output.share.encoder), this.#bodiless)
  }

  requestFrom(source: Source): void {
    if (this.#requestDone || this.phase === 'over') return source.cancel(stopped)
    this.#requestSource = source
    if (this.#slowed) source.pause()
    this.rearm()
  }

  body(part: Uint8Array): boolean {
    if (this.phase === 'over' || this.#requestDone || this.#bodiless || part.length === 0) return true
    if (this.sendData(part)) return true
    this.#slowed = true
    this.rearm()
    return false
  }

  flush(): void {
    if (this.phase !== 'over' && !this.#requestDone) this.sendHeld()
  }

  end(trailers?: Fields): void {
    if (this.phase === 'over' || this.#requestDone) return
    this.#requestDone = true
    this.#requestSource = settledSource
    if (this.#bodiless) {
      this.outEnded = true
      return this.rearm()
    }
    this.sendEnd(trailers === undefined ? '' : this.output.share.fields(trailers))
    this.rearm()
  }

  /** The request will never be complete: the origin must see that too. */
  abort(problem: Failure): void {
    const receiver = this.leave(CANCEL)
    receiver?.abort(problem)
  }

  cancel(): void {
    this.leave(CANCEL)
  }

  closeIdle(): void {
    this.leave(null)
  }

  // === frames of the origin

  /** A whole header block before the body. */
  responded(head: ResponseHead, endStream: boolean): void {
    const receiver = this.receiver
    if (receiver === null) return
    if (head.status < 200) {
      if (++this.#interims > MAX_INTERIM) return this.fail('too_many_interim', PROTOCOL_ERROR)
      this.rearm()
      return receiver.interim(head)
    }
    this.phase = 'body'
    this.remaining = hasBody(head.status, this.method) ? head.length : 0
    if (endStream) this.inEnded = true
    this.rearm()
    receiver.head(head, this)
    if (this.phase !== 'body') return
    if (endStream) this.finishInput()
    else receiver.flush()
  }

  /** The origin does not need the rest of the request (RFC 9113, 8.1); its answer stands. */
  unwanted(): void {
    this.dropOutput()
    this.outEnded = true
    this.#stopRequest()
  }

  /** Nothing more comes, and nothing can be sent: the connection is gone, or has given the stream up. */
  gone(problem: Failure): void {
    if (this.phase === 'over') return
    // All of it is here; its receiver is only slow.
    if (this.inEnded) return this.unwanted()
    const told = this.phase === 'waiting' ? problem : failure('truncated_response', problem.cause)
    const receiver = this.#over()
    receiver?.abort(told)
  }

  fail(code: FailureCode, reset: ErrorCode, cause?: unknown): void {
    this.failWith(failure(code, cause), reset)
  }

  failWith(problem: Failure, reset: ErrorCode): void {
    const receiver = this.leave(reset)
    receiver?.abort(problem)
  }

  override expired(): void {
    if (this.stalled) return this.fail('upstream_send_timeout', CANCEL)
    this.owner.suspect()
    this.fail('upstream_read_timeout', CANCEL)
  }

  // === StreamOutput

  protected moved(room: boolean): void {
    this.rearm(true)
    if (!room) return
    this.#slowed = false
    this.#requestSource.resume()
  }

  protected sentAll(): void {
    this.#slowed = false
    this.rearm()
  }

  /** What is owed next, by whom; as long as the request comes it is the client's timeouts that count. */
  protected rearm(moved = false): void {
    const { settings } = this
    const { wheel } = this.owner
    if (settings === null || this.phase === 'over') return
    if (this.stalled) {
      // Only what moves puts the deadline off.
      if (moved || this.dueMs === 0) wheel.arm(this, settings.sendTimeoutMs)
    } else if (this.paused || this.inEnded || !(this.#requestDone || this.phase === 'body')) wheel.disarm(this)
    else wheel.arm(this, settings.readTimeoutMs)
  }

  #stopRequest(): void {
    const source = this.#requestSource
    this.#requestSource = settledSource
    if (!this.#requestDone) source.cancel(stopped)
    this.#requestDone = true
  }

  #over(): ResponseReceiver | null {
    const receiver = this.receiver
    this.dropInput()
    this.owner.wheel.disarm(this)
    this.dropOutput()
    this.#stopRequest()
    return receiver
  }

  protected leave(code: ErrorCode | null): ResponseReceiver | null {
    if (this.phase === 'over') return null
    const receiver = this.#over()
    this.owner.streamOver(this, code)
    return receiver
  }
}

/** Why the rest of a request is not wanted; whoever sends it knows better. */
const stopped: Failure = failure('upstream_closed')
