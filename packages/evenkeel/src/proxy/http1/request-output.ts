/**
 * The sending half of a connection to an origin: a Sink of requests.
 *
 * A request that can't be sent whole is never ended as if it were: its source is told to stop, and the connection ends.
 */
import { failure, type Failure } from '../../exchange/failure.ts'
import type { Fields } from '../../exchange/fields.ts'
import { UNKNOWN_LENGTH, type RequestHead } from '../../exchange/head.ts'
import { settledSource, type Sink, type Source } from '../../exchange/sink.ts'
import type { Channel } from '../../net/channel.ts'
import { Deadline, type TimerWheel } from '../../net/timer-wheel.ts'
import type { ResponseReader } from '../../wire/http1/response-reader.ts'
import type { ResponseFieldLimits } from '../../wire/http2/response-fields.ts'
import { LAST_CHUNK, trailerText } from '../../wire/http1/writer.ts'
import { Gather } from './gather.ts'

/** What connections of one location keep to. */
export interface OriginSettings {
  readonly reader: ResponseReader
  /** The reader's limits, for HTTP/2. */
  readonly responseFields: ResponseFieldLimits
  readonly sendTimeoutMs: number
  readonly readTimeoutMs: number
  /** Times a connection may serve, and how old it may grow, before it is not kept; how long it may idle. */
  readonly keepaliveRequests: number
  readonly keepaliveTimeMs: number
  readonly keepaliveTimeoutMs: number
}

export type OriginPhase = 'idle' | 'waiting' | 'body' | 'tunnel' | 'closed'

export abstract class RequestOutput extends Deadline implements Sink<RequestHead> {
  protected readonly channel: Channel
  protected readonly wheel: TimerWheel
  protected settings: OriginSettings
  protected phase: OriginPhase = 'idle'
  /** All of the request at hand has been handed to the channel. */
  protected requestSent = true
  /** The origin does not take it as fast as it comes. */
  protected slowed = false
  /** Of the request at hand: HEAD is answered without a body. */
  protected method = ''
  readonly #gather: Gather
  #requestSource: Source = settledSource
  #chunkedRequest = false

  constructor(channel: Channel, wheel: TimerWheel, settings: OriginSettings) {
    super()
    this.channel = channel
    this.wheel = wheel
    this.settings = settings
    this.#gather = new Gather(channel)
  }

  /** Of the request at hand, framing included. */
  get bytesSent(): number {
    return this.#gather.sent
  }

  interim(): void {}

  head(head: RequestHead, source: Source): void {
    this.#requestSource = source
    this.method = head.method
    let text =
      head.method + ' ' + head.target + (head.version === 10 ? ' HTTP/1.0\r\n' : ' HTTP/1.1\r\n') + head.fields.render()
    this.#chunkedRequest = head.length === UNKNOWN_LENGTH
    if (this.#chunkedRequest) text += 'Transfer-Encoding: chunked\r\n'
    else if (head.length > 0 || expectsBody(head.method)) text += 'Content-Length: ' + head.length + '\r\n'
    this.#gather.add(text + '\r\n')
  }

  /** The source is only known once the body flows. */
  requestFrom(source: Source): void {
    if (this.requestSent || this.phase === 'closed') return
    this.#requestSource = source
    if (this.slowed) source.pause()
    // The origin owes no answer before it has the request: until then the client's timeouts count, or ours for sending.
    this.rearm()
  }

  body(part: Uint8Array): boolean {
    if (this.phase === 'closed' || this.phase === 'idle') return true
    if (part.length === 0) return true
    this.#gather.part(part, this.#chunkedRequest)
    if (!this.channel.backlogged) return true
    this.slowed = true
    this.wheel.arm(this, this.settings.sendTimeoutMs)
    return false
  }

  flush(): void {
    this.#gather.flush()
  }

  end(trailers?: Fields): void {
    if (this.phase === 'closed' || this.phase === 'idle') return
    if (this.#chunkedRequest) {
      this.#gather.add(trailers === undefined ? LAST_CHUNK : trailerText(trailers))
    }
    this.flush()
    this.requestSent = true
    this.#requestSource = settledSource
    if (this.channel.backlogged) {
      this.slowed = true
      this.wheel.arm(this, this.settings.sendTimeoutMs)
    } else this.rearm()
  }

  abstract abort(problem: Failure): void

  drained(): void {
    if (!this.slowed) return
    this.slowed = false
    this.rearm()
    this.#requestSource.resume()
  }

  /** Sets the deadline for what is owed next. */
  protected abstract rearm(): void

  protected beginRequest(settings: OriginSettings): void {
    this.settings = settings
    this.requestSent = false
    this.slowed = false
    this.#requestSource = settledSource
    this.#gather.sent = 0
    this.#gather.drop()
  }

  /** The connection has ended: whoever still sends stops. */
  protected dropRequest(): void {
    const source = this.#requestSource
    this.#requestSource = settledSource
    if (!this.requestSent) source.cancel(stopped)
  }
}

/** Why the rest of a request is not wanted; whoever sends it knows better. */
const stopped: Failure = failure('upstream_closed')

/** Methods with which origins look for a length even if there is no body (411). */
function expectsBody(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH'
}
