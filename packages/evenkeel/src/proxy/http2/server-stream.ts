/**
 * One request of an HTTP/2 client with its response: a stream as a Sink of responses.
 *
 *              frames of its read are through      END_STREAM or RST_STREAM sent
 *     fresh ─────────────────────────────▶ exchange ──────────────────────────▶ gone
 *        └────────────── reset by the client ───────────────────────────────────┘
 *
 * A request that is answered before all of it is here is listened to for a moment longer: the rest is mostly on its way,
 * and some clients take a reset behind a whole answer for a failure.
 *
 * How its body is taken in is in StreamInput, how data goes out in StreamOutput: layers of one object, since a request
 * must not cost an object more.
 */
import { Exchange } from '../../exchange/exchange.ts'
import { failure, type Failure, type FailureCode } from '../../exchange/failure.ts'
import type { Fields } from '../../exchange/fields.ts'
import { hasBody, UNKNOWN_LENGTH, type RequestHead, type ResponseHead } from '../../exchange/head.ts'
import type { ClientSettings } from '../../exchange/route.ts'
import { settledSource, type Sink, type Source } from '../../exchange/sink.ts'
import { INTERNAL_ERROR, NO_ERROR, PROTOCOL_ERROR, type ErrorCode } from '../../wire/http2/codes.ts'
import { statusField } from '../../wire/http2/hpack-encoder.ts'
import { finish } from '../finish.ts'
import type { JoinedSide } from '../tunnel/join.ts'
import { noBody } from '../body/no-body.ts'
import type { TunnelClient } from '../tunnel/upgrade.ts'
import type { FrameOutput } from './frame-output.ts'
import type { ChannelStream } from './stream-channel.ts'
import type { StreamOwner } from './served-stream.ts'
import { StreamInput } from './stream-input.ts'

const MISDIRECTED = { kind: 'reply', status: 421 } as const
const mismatched = failure('malformed_request', 'body is not of the announced length')
/** Fields of a 101 that mean nothing behind a stream. */
const bridged = ['sec-websocket-accept', 'upgrade', 'connection']
const nothing = Buffer.alloc(0)
const CONTINUE = statusField(100)
/** How long the rest of a request that is answered may take before the client is told that nobody wants it. */
const LINGER_MS = 1000

export class ServerStream extends StreamInput implements Sink<ResponseHead>, TunnelClient, ChannelStream {
  readonly #head: RequestHead
  /** What is wrong with the request; null: nothing. */
  readonly #problem: Failure | null
  #source: Source = settledSource
  /** Length of the body that was announced and is still to come; UNKNOWN_LENGTH when none was. */
  #remaining: number = UNKNOWN_LENGTH
  #begun = false
  /** The head carried the end of the stream. */
  #bodiless = false
  #over = false

  constructor(
    id: number,
    owner: StreamOwner,
    output: FrameOutput,
    head: RequestHead,
    problem: Failure | null,
    endStream: boolean,
  ) {
    super(id, owner, output)
    this.#head = head
    this.#problem = problem
    this.malformed = problem !== null && problem.code === 'malformed_request'
    this.inEnded = endStream
    if (problem !== null) return
    if (head.upgrade !== '' || head.method === 'CONNECT') this.makeTunnel(this)
    else if (head.length !== 0) this.makeBody(head.length)
  }

  /** Everything the client sent with the request has been looked at: a stream reset at once never gets here. */
  start(): void {
    const { runtime, ports } = this.owner
    const head = this.#head
    ports.counters.request()
    const server = runtime.chooseServer(head.host)
    const body = this.requestBody ?? noBody
    const exchange = new Exchange(this, head, runtime.loop, this, body, server, server.route, ports.wheel.now)
    exchange.requestBytes = head.size
    this.exchange = exchange
    if (this.#problem !== null) return runtime.loop.proceed(exchange, this.#problem)
    if (this.malformed) return runtime.loop.proceed(exchange, mismatched)
    if (!server.http2 && !this.owner.rules.everyServer) return runtime.loop.proceed(exchange, MISDIRECTED)
    if (runtime.nameCaptures !== null) runtime.nameCaptures(exchange)
    runtime.loop.start(exchange, server)
  }

  /** The stream ends without more being sent on it: the client reset it, or is gone. */
  gone(problem: Failure, status: number): void {
    this.#over = true
    this.lingerEnds()
    this.dropInput()
    this.dropOutput()
    this.owner.ports.wheel.disarm(this)
    const exchange = this.exchange
    if (exchange === null) return
    this.exchange = null
    exchange.failure ??= problem
    if (!this.#begun) exchange.status = status
    if (this.tunnelling) {
      this.exchange = exchange
      return this.tunnel?.broken('ECONNRESET')
    }
    exchange.bytesSent = this.sentBytes
    const work = exchange.work
    const source = this.#source
    exchange.work = null
    this.#source = settledSource
    this.requestBody?.fail(problem)
    if (work !== null) work.cancel(problem)
    if (source !== settledSource && source !== work) source.cancel(problem)
    finish(exchange)
  }

  override expired(): void {
    if (this.lingering) this.lingered(NO_ERROR)
    else if (this.stalled) this.#timedOut('client_send_timeout')
    else this.#timedOut('client_body_timeout')
  }

  // === Sink<ResponseHead>

  interim(head: ResponseHead): void {
    if (this.exchange === null || this.#begun) return
    const { table } = this.owner
    const block = table.begin() + statusField(head.status)
    this.sendHeaders(block + this.output.share.encoder.fields(head.fields, table), false)
  }

  head(head: ResponseHead, source: Source): void {
    const exchange = this.exchange
    if (exchange === null) return
    if (exchange.statusOverride !== 0) head.status = exchange.statusOverride
    // Before the steps: what one adds, the next may tell ($sent_http_x).
    exchange.head = head
    exchange.status = head.status
    const { headSteps, client } = exchange.route
    for (let i = 0; i < headSteps.length; i++) headSteps[i]!(exchange, head)
    // Success would mean that there is a tunnel.
    if (exchange.request.upgrade !== '' && head.status < 300) exchange.status = head.status = 501
    this.#source = source
    this.#begun = true
    this.chunkSize = client.http2ChunkSize
    this.#bodiless = !hasBody(head.status, exchange.request.method) || head.length === 0
    this.#remaining = head.length
    this.sendHeaders(this.#block(head, client), this.#bodiless)
  }

  body(part: Uint8Array): boolean {
    const exchange = this.exchange
    if (exchange === null || this.#bodiless) return true
    if (this.#remaining !== UNKNOWN_LENGTH) {
      // Longer than announced would be malformed: it is cut to what was said.
      if (part.length > this.#remaining) part = part.subarray(0, this.#remaining)
      this.#remaining -= part.length
    }
    if (part.length === 0) return true
    exchange.bodyBytesSent += part.length
    if (this.sendData(part)) return true
    this.rearm()
    return false
  }

  flush(): void {
    this.sendHeld()
  }

  end(trailers?: Fields): void {
    const exchange = this.exchange
    if (exchange === null) return
    if (this.#bodiless) {
      this.outEnded = true
      return this.sentAll()
    }
    if (this.#remaining > 0) return this.abort(failure('truncated_response'))
    exchange.work = null
    // These may wait for a window while other blocks leave: nothing in them is remembered.
    this.sendEnd(trailers === undefined ? '' : this.output.share.fields(trailers))
  }

  /** What came before is the client's to see; that it is not all of it the reset says. */
  abort(problem: Failure): void {
    const exchange = this.exchange
    if (exchange === null) return
    exchange.failure ??= problem
    this.exchange = null
    exchange.bytesSent = this.sentBytes
    this.sendHeld()
    finish(exchange)
    this.#leave(exchange.status === 408 ? PROTOCOL_ERROR : INTERNAL_ERROR)
  }

  // === a tunnel takes the stream over

  openTunnel(head: ResponseHead): JoinedSide | null {
    const { exchange, tunnel } = this
    if (exchange === null || tunnel === null) return null
    // What HTTP/1.1 says with 101 and a key is success here (RFC 8441, 5).
    head.status = 200
    head.length = UNKNOWN_LENGTH
    for (const name of bridged) head.fields.remove(name)
    exchange.head = head
    exchange.status = head.status
    const { headSteps, client } = exchange.route
    for (let i = 0; i < headSteps.length; i++) headSteps[i]!(exchange, head)
    this.#begun = true
    this.tunnelling = true
    this.chunkSize = client.http2ChunkSize
    this.owner.ports.wheel.disarm(this)
    this.sendHeaders(this.#block(head, client), false)
    this.openInput()
    return { channel: tunnel, unread: nothing }
  }

  tunnelEnded(bytesToClient: number): void {
    const exchange = this.exchange
    if (exchange === null) return
    this.exchange = null
    exchange.bodyBytesSent += bytesToClient
    exchange.bytesSent = this.sentBytes
    exchange.completed = exchange.failure === null
    finish(exchange)
  }

  sendPart(part: Uint8Array): boolean {
    const taken = this.sendData(part)
    this.sendHeld()
    return taken
  }

  sendEndOfStream(): void {
    this.sendEnd('')
  }

  leaveTunnel(code: ErrorCode): void {
    this.#leave(code)
  }

  // === StreamOutput

  protected moved(room: boolean): void {
    if (this.tunnelling) return this.tunnel?.moved()
    this.rearm()
    if (room) this.#source.resume()
  }

  protected sentAll(): void {
    const exchange = this.exchange
    if (this.tunnelling) return this.tunnel?.moved()
    if (exchange === null) return
    this.exchange = null
    this.#source = settledSource
    exchange.completed = true
    exchange.bytesSent = this.sentBytes
    finish(exchange)
    if (!this.inEnded && !this.malformed && this.linger()) return this.owner.ports.wheel.arm(this, LINGER_MS)
    // A body that is not in nobody wants any more; one that was malformed is told so behind its answer.
    this.#leave(this.malformed ? PROTOCOL_ERROR : NO_ERROR)
  }

  // === StreamInput

  protected lingered(code: ErrorCode | null): void {
    this.#over = true
    this.lingerEnds()
    this.owner.ports.wheel.disarm(this)
    this.owner.streamOver(this, code)
  }

  protected sayContinue(): void {
    if (!this.#begun) this.sendHeaders(this.owner.table.begin() + CONTINUE, false)
  }

  /** The header block of a response, with what is added to all of them. */
  #block(head: ResponseHead, client: ClientSettings): string {
    const { table } = this.owner
    const { share } = this.output
    let block = table.begin() + statusField(head.status)
    if (head.addServer && client.serverToken !== null) block += share.line(client.serverToken, table)
    if (head.addDate) block += share.dateField(this.owner.ports.dateLine(), table)
    block += share.encoder.fields(head.fields, table)
    if (head.length !== UNKNOWN_LENGTH && head.status !== 204)
      block += share.encoder.field('content-length', '' + head.length)
    return block
  }

  #timedOut(code: FailureCode): void {
    this.gone(failure(code), 408)
    this.owner.streamOver(this, PROTOCOL_ERROR)
  }

  #leave(code: ErrorCode): void {
    if (this.#over) return
    this.#over = true
    this.dropInput()
    this.dropOutput()
    this.owner.ports.wheel.disarm(this)
    const whole = this.inEnded && this.outEnded && code === NO_ERROR
    this.owner.streamOver(this, whole ? null : code)
  }
}
