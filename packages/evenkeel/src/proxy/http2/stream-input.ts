/**
 * The receiving side of a client's stream: its body, and the window that lets the client send more of it.
 *
 * The window opens only as bytes are consumed, so a slow origin slows its own stream and no other, and what waits here
 * is never more than the window. A body that is being collected gets a wider one: the disk is nearer than the client.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { failure } from '../../exchange/failure.ts'
import type { Fields } from '../../exchange/fields.ts'
import { UNKNOWN_LENGTH } from '../../exchange/head.ts'
import type { ClientSettings } from '../../exchange/route.ts'
import { FLOW_CONTROL_ERROR, NO_ERROR, PROTOCOL_ERROR, STREAM_CLOSED, type ErrorCode } from '../../wire/http2/codes.ts'
import { windowUpdateFrame } from '../../wire/http2/frame-writer.ts'
import type { BodyLimits, BodyOrigin } from '../body/body-origin.ts'
import { ClientBody } from '../body/request-body.ts'
import { Stash } from '../body/stash.ts'
import { DataFraming } from './data-framing.ts'
import type { FrameOutput } from './frame-output.ts'
import { StreamChannel, type ChannelStream } from './stream-channel.ts'
import { ServedStream, type StreamOwner } from './served-stream.ts'

/** The window of a body that is collected. */
const COLLECTING_WINDOW = 256 * 1024

export abstract class StreamInput extends ServedStream implements BodyOrigin {
  /** The client sent its END_STREAM. */
  inEnded = false
  /** The request is not what it said it was: the stream ends with an error behind its answer. */
  malformed = false
  /** The stream was joined with an origin's connection. */
  protected tunnelling = false
  /** The request was answered, and the rest of it is looked at but not wanted. */
  protected lingering = false
  protected exchange: Exchange | null = null
  protected requestBody: ClientBody | null = null
  /** What came on CONNECT; null: it is a request like others. */
  protected tunnel: StreamChannel | null = null
  #framing: DataFraming | null = null
  /** What the client may still send, and what has been consumed without its being told. */
  #window: number
  #target: number
  #consumed = 0
  /** Bytes that have come, and how many were announced. */
  #arrived = 0
  #announced = 0
  #stash: Stash | null = null
  #paused = false
  #feeding = false

  constructor(id: number, owner: StreamOwner, output: FrameOutput) {
    super(id, owner, output)
    this.#window = this.#target = owner.rules.prereadSize
  }

  protected abstract sayContinue(): void
  /** What was listened to is over: `code` is to be told the client, null: it has ended its side. */
  protected abstract lingered(code: ErrorCode | null): void

  // === frames of the client

  /** A DATA frame begins. What is not NO_ERROR ends the stream. */
  dataBegins(size: number, padding: number, endStream: boolean): ErrorCode {
    if (this.inEnded) return STREAM_CLOSED
    this.#window -= size
    if (this.#window < 0) return FLOW_CONTROL_ERROR
    // Padding is consumed by nobody, and has to be given back all the same.
    this.#consumed += padding
    this.#arrived += size - padding
    if (this.malformed || this.#announced === UNKNOWN_LENGTH) return NO_ERROR
    const short = endStream && this.#arrived < this.#announced
    return short || this.#arrived > this.#announced ? this.#mismatch() : NO_ERROR
  }

  /** Some of its data. */
  data(bytes: Buffer, start: number, end: number): void {
    if (this.tunnel !== null) return this.tunnel.arrived(bytes, start, end)
    const body = this.requestBody
    if (body === null || this.malformed) {
      this.#consumed += end - start
      return
    }
    const held = this.#stash !== null && !this.#stash.empty
    if (this.exchange === null || this.#paused || this.#feeding || held || !body.wanting) {
      this.#stash ??= new Stash()
      this.#stash.add(bytes, start, end)
    } else {
      this.#feed(bytes, start, end, true)
      this.owner.fed(this)
    }
  }

  /** All that was read with its data has been looked at. */
  flushInput(): void {
    this.requestBody?.flush()
  }

  /** The client has sent all. */
  inputEnds(trailers: Fields | null): ErrorCode {
    this.inEnded = true
    if (this.tunnel !== null) {
      if (trailers !== null) return PROTOCOL_ERROR
      this.tunnel.ended()
      return NO_ERROR
    }
    const framing = this.#framing
    if (framing !== null) framing.trailers = trailers
    if (this.malformed) return NO_ERROR
    if (this.#announced !== UNKNOWN_LENGTH && this.#arrived < this.#announced) return this.#mismatch()
    if (this.lingering) this.lingered(null)
    else if (this.exchange !== null && this.requestBody?.wanting === true && !this.#paused) this.#drain()
    return NO_ERROR
  }

  // === BodyOrigin

  wantBody(): void {
    const exchange = this.exchange
    if (exchange === null) return
    const body = this.requestBody!
    if (exchange.request.expectsContinue && this.#arrived === 0 && !this.inEnded) {
      exchange.request.expectsContinue = false
      this.sayContinue()
    }
    this.#paused = false
    this.#widen(body.collecting ? COLLECTING_WINDOW : this.settings().bodyBufferSize)
    this.rearm()
    this.#drain()
  }

  pauseBody(): void {
    this.#paused = true
    this.rearm()
  }

  protected makeBody(length: number): void {
    this.#announced = length
    this.#framing = new DataFraming()
    this.requestBody = new ClientBody(length, this, this.#framing, (): BodyLimits => this.settings())
  }

  protected makeTunnel(stream: ChannelStream): void {
    this.#announced = UNKNOWN_LENGTH
    this.tunnel = new StreamChannel(stream)
  }

  /** The tunnel is open: its client may send as much as a streamed body at once. */
  protected openInput(): void {
    this.#widen(this.settings().bodyBufferSize)
  }

  /** So much of what came was taken. */
  taken(size: number): void {
    this.#consumed += size
    this.#open()
  }

  protected lingerEnds(): void {
    if (this.lingering) this.owner.lingering--
    this.lingering = false
  }

  protected dropInput(): void {
    this.#stash = null
    this.#paused = true
  }

  /** False: more is to come than the window lets in, so the client would wait for us; or too many are listened to. */
  protected linger(): boolean {
    const left = this.#announced === UNKNOWN_LENGTH ? 1 : this.#announced - this.#arrived
    const { owner } = this
    if (left > this.#window || owner.lingering >= owner.rules.maxStreams) return false
    owner.lingering++
    this.lingering = true
    this.requestBody = null
    this.tunnel = null
    this.dropInput()
    this.dropOutput()
    return true
  }

  protected settings(): ClientSettings {
    return (this.exchange?.route ?? this.owner.runtime.defaultServer.route).client
  }

  /** There is one deadline for both directions: a client that does not take the response is the graver case. */
  protected rearm(): void {
    const { wheel } = this.owner.ports
    // A tunnel has a deadline of its own.
    if (this.exchange === null || this.tunnelling) return
    if (this.stalled) return wheel.arm(this, this.settings().sendTimeoutMs)
    const body = this.requestBody
    if (body === null || this.#paused || body.complete || !body.wanting) wheel.disarm(this)
    else wheel.arm(this, this.settings().bodyTimeoutMs)
  }

  /** Hands on what has waited, and the end if that was all. */
  #drain(): void {
    if (this.#feeding) return
    this.#feeding = true
    const body = this.requestBody!
    while (!this.#paused && body.wanting) {
      const stash = this.#stash
      if (stash === null || stash.empty) {
        if (this.inEnded && !body.complete) this.#feed(nothing, 0, 0)
        break
      }
      const { bytes, start, end } = stash
      stash.consumedTo(end)
      this.#feed(bytes, start, end)
    }
    this.#feeding = false
    this.#open()
  }

  #feed(bytes: Buffer, start: number, end: number, more = false): void {
    const framing = this.#framing!
    const waits = this.#stash !== null && !this.#stash.empty
    framing.last = this.inEnded && !waits
    this.#consumed += end - start
    this.requestBody!.read(bytes, start, end, more)
    if (this.exchange === null) return
    this.rearm()
    this.#open()
  }

  /** Tells the client of the room there is, once that is worth a frame. */
  #open(): void {
    const consumed = this.#consumed
    if (this.#paused || this.inEnded || this.exchange === null || consumed * 2 < this.#target) return
    this.#consumed = 0
    this.#window += consumed
    this.output.add(windowUpdateFrame(this.id, consumed))
  }

  #widen(target: number): void {
    const more = target - this.#target
    const length = this.#announced
    if (more <= 0 || this.inEnded || (length !== UNKNOWN_LENGTH && length <= this.#target)) return
    this.#target = target
    this.#window += more
    this.output.add(windowUpdateFrame(this.id, more))
  }

  /** The body is not of the length that was announced (RFC 9113, 8.1.1). */
  #mismatch(): ErrorCode {
    const body = this.requestBody
    this.malformed = true
    this.#stash = null
    if (this.lingering) return PROTOCOL_ERROR
    // Before the start it is answered there.
    if (this.exchange === null) return NO_ERROR
    if (body === null) return PROTOCOL_ERROR
    body.fail(failure('malformed_request', 'body is not of the announced length'))
    return NO_ERROR
  }
}

const nothing = Buffer.alloc(0)
