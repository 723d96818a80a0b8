/**
 * One connection to an origin that speaks HTTP/2: sends our preface, and takes the origin's frames to its streams.
 * When it is used and how long it lives is in OriginLife.
 */
import { failure } from '../../exchange/failure.ts'
import type { Channel, ChannelUser } from '../../net/channel.ts'
import type { TimerWheel } from '../../net/timer-wheel.ts'
import { latin1 } from '../../wire/http1/bytes.ts'
import {
  DEFAULT_TABLE_SIZE,
  DEFAULT_WINDOW,
  FLOW_CONTROL_ERROR,
  INTERNAL_ERROR,
  MAX_WINDOW,
  NO_ERROR,
  PROTOCOL_ERROR,
  REFUSED_STREAM,
  settingIds,
  type ErrorCode,
} from '../../wire/http2/codes.ts'
import { FrameReader, type FrameTaker } from '../../wire/http2/frame-reader.ts'
import { clientPreface, goawayFrame, pingAck, SETTINGS_ACK, windowUpdateFrame } from '../../wire/http2/frame-writer.ts'
import { HpackDecoder, type FieldTaker } from '../../wire/http2/hpack-decoder.ts'
import type { OriginSettings } from '../http1/request-output.ts'
import { Allowance } from './allowance.ts'
import { OriginLife, type OriginOwner } from './origin-life.ts'
import type { OriginRules } from './origin-rules.ts'
import { RESPONSE_WINDOW } from './origin-input.ts'
import type { OriginStream } from './origin-stream.ts'

/** Largest frame an origin may send. */
const RECEIVED_FRAMES = 65_536
/** Bytes of a header block, compressed; what a location takes is in its settings. */
const MAX_BLOCK = 256 * 1024
/** Answers to control frames that may wait for an origin that does not read. */
const MAX_PENDING = 64 * 1024

export class Http2OriginConnection extends OriginLife implements ChannelUser, FrameTaker {
  readonly #rules: OriginRules
  readonly #reader: FrameReader
  readonly #decoder: HpackDecoder
  readonly #allowance: Allowance
  /** The stream of the DATA frame at hand; null: nobody wants it. */
  #data: OriginStream | null = null
  #dataEnds = false
  #fed: OriginStream[] = []
  #slowed = false

  constructor(
    channel: Channel,
    wheel: TimerWheel,
    settings: OriginSettings,
    rules: OriginRules,
    owner: OriginOwner,
    key: string,
    scheme: 'http' | 'https',
  ) {
    super(channel, wheel, settings, rules.share, owner, key, scheme)
    this.#rules = rules
    this.#reader = new FrameReader(this, { preface: false, maxBlockSize: MAX_BLOCK, maxFrameSize: RECEIVED_FRAMES })
    this.#decoder = new HpackDecoder(DEFAULT_TABLE_SIZE, rules.share.scratch)
    this.#allowance = new Allowance(this.output, wheel)
    this.output.add(
      clientPreface([
        [settingIds.enablePush, 0],
        [settingIds.initialWindowSize, RESPONSE_WINDOW],
        [settingIds.maxFrameSize, RECEIVED_FRAMES],
      ]) + windowUpdateFrame(0, MAX_WINDOW - DEFAULT_WINDOW),
    )
    channel.attach(this)
    channel.resume()
  }

  // === ChannelUser

  received(bytes: Buffer, end: number): void {
    if (this.phase === 'closed') return
    this.heard()
    const error = this.#reader.read(bytes, 0, end)
    if (error !== NO_ERROR) return this.#fail(error)
    const fed = this.#fed
    if (fed.length > 0) {
      this.#fed = []
      for (let i = 0; i < fed.length; i++) fed[i]!.flushInput()
    }
    if (this.output.pending > MAX_PENDING && this.channel.backlogged && !this.#slowed) {
      this.#slowed = true
      this.channel.pause()
    }
  }

  drained(): void {
    if (this.phase === 'closed') return
    this.output.turns()
    if (this.#slowed && !this.channel.backlogged) {
      this.#slowed = false
      this.channel.resume()
    }
  }

  ended(): void {
    this.lost(failure('upstream_closed'))
  }

  closed(error: string): void {
    this.lost(error === '' ? failure('upstream_closed') : failure('upstream_reset', error))
  }

  // === FrameTaker

  headers(id: number, endStream: boolean, bytes: Buffer, start: number, end: number): ErrorCode {
    this.#allowance.headers()
    const stream = this.streams.get(id)
    if (stream === undefined) {
      return this.#isIdle(id) ? PROTOCOL_ERROR : this.#decoder.decode(bytes, start, end, nobody)
    }
    stream.bytesReceived += end - start
    if (stream.answered) return this.#trailers(stream, endStream, bytes, start, end)
    const { fields } = this.#rules
    fields.begin(stream.settings!.responseFields)
    const error = this.#decoder.decode(bytes, start, end, fields)
    if (error !== NO_ERROR) return error
    const head = fields.finish(stream.method, endStream)
    if (fields.problem !== null) stream.failWith(fields.problem, PROTOCOL_ERROR)
    else stream.responded(head, endStream)
    return NO_ERROR
  }

  dataBegins(id: number, size: number, padding: number, endStream: boolean): ErrorCode {
    this.#data = null
    this.#dataEnds = endStream
    const wrong = this.#allowance.data(size, endStream)
    if (wrong !== NO_ERROR) return wrong
    const stream = this.streams.get(id)
    if (stream === undefined) return this.#isIdle(id) ? PROTOCOL_ERROR : NO_ERROR
    stream.bytesReceived += size
    const error = stream.dataBegins(size, padding, endStream)
    if (error !== NO_ERROR) return this.streamError(id, error)
    this.#data = stream
    return NO_ERROR
  }

  dataPart(bytes: Buffer, start: number, end: number): ErrorCode {
    const stream = this.#data
    if (stream === null) return NO_ERROR
    stream.data(bytes, start, end)
    if (this.#fed.at(-1) !== stream) this.#fed.push(stream)
    return NO_ERROR
  }

  dataEnds(): ErrorCode {
    const stream = this.#data
    this.#data = null
    if (stream === null || !this.#dataEnds) return NO_ERROR
    const error = stream.inputEnds(null)
    return error === NO_ERROR ? NO_ERROR : this.streamError(stream.id, error)
  }

  reset(id: number, code: ErrorCode): ErrorCode {
    const stream = this.streams.get(id)
    if (stream === undefined) return this.#isIdle(id) ? PROTOCOL_ERROR : this.ignored()
    if (stream.whole) {
      stream.unwanted()
      return NO_ERROR
    }
    const refused = code === REFUSED_STREAM && !stream.answered
    this.streams.delete(id)
    if (refused) this.crowded()
    stream.gone(refused ? failure('stream_refused') : failure('stream_reset', `RST_STREAM ${code}`))
    this.after()
    return NO_ERROR
  }

  settings(bytes: Buffer, start: number, end: number): ErrorCode {
    const { peer } = this.output
    const before = peer.initialWindow
    const error = peer.apply(bytes, start, end)
    if (error !== NO_ERROR) return error
    const change = peer.initialWindow - before
    if (change !== 0) {
      for (const stream of this.streams.values()) if (!stream.widen(change)) return FLOW_CONTROL_ERROR
    }
    this.output.add(SETTINGS_ACK)
    this.settled = true
    this.owner.roomier(this)
    return this.ignored()
  }

  settingsTaken(): ErrorCode {
    return this.ignored()
  }

  ping(bytes: Buffer, start: number): ErrorCode {
    this.output.add(pingAck(latin1(bytes, start, start + 8)))
    return this.ignored()
  }

  pingAnswered(): ErrorCode {
    return this.ignored()
  }

  /** Streams it has not seen were not processed: they may be sent to somebody else, whatever they are. */
  goaway(lastStream: number, code: ErrorCode): ErrorCode {
    this.goingAway = true
    if (this.phase === 'idle') this.close()
    else this.owner.left(this)
    const refused = failure('stream_refused', `GOAWAY ${code}`)
    for (const [id, stream] of this.streams) {
      if (id <= lastStream) continue
      this.streams.delete(id)
      stream.gone(refused)
    }
    this.after()
    return this.ignored()
  }

  windowUpdate(id: number, increment: number): ErrorCode {
    const noise = this.#allowance.windowUpdate()
    if (noise !== NO_ERROR) return noise
    if (id === 0) return this.output.widen(increment) ? NO_ERROR : FLOW_CONTROL_ERROR
    const stream = this.streams.get(id)
    if (stream === undefined) return this.#isIdle(id) ? PROTOCOL_ERROR : NO_ERROR
    return stream.widen(increment) ? NO_ERROR : this.streamError(id, FLOW_CONTROL_ERROR)
  }

  ignored(): ErrorCode {
    return this.#allowance.noise()
  }

  /** The origin is wrong about one stream. */
  streamError(id: number, code: ErrorCode): ErrorCode {
    if (this.#isIdle(id)) return code
    const stream = this.streams.get(id)
    if (stream === undefined) return this.ignored()
    const problem = failure(stream.answered ? 'truncated_response' : 'malformed_response', `HTTP/2 error ${code}`)
    stream.failWith(problem, code)
    return NO_ERROR
  }

  protected forget(stream: OriginStream | null): void {
    if (stream === null || this.#data === stream) this.#data = null
  }

  /** Nobody has used that stream yet; those of even number are the origin's, and it may open none. */
  #isIdle(id: number): boolean {
    return id % 2 === 0 || id >= this.nextId
  }

  #trailers(stream: OriginStream, endStream: boolean, bytes: Buffer, start: number, end: number): ErrorCode {
    const { trailers } = this.#rules
    trailers.begin()
    const error = this.#decoder.decode(bytes, start, end, trailers)
    if (error !== NO_ERROR) return error
    if (trailers.malformed || !endStream) return this.streamError(stream.id, PROTOCOL_ERROR)
    const wrong = stream.inputEnds(trailers.finish())
    return wrong === NO_ERROR ? NO_ERROR : this.streamError(stream.id, wrong)
  }

  /** The origin broke the rules: it is told, and the connection ends with all that was under way. */
  #fail(code: ErrorCode): void {
    this.output.add(goawayFrame(0, code))
    const cause = code === INTERNAL_ERROR ? undefined : `HTTP/2 error ${code}`
    this.output.flush()
    this.lost(failure('malformed_response', cause))
  }
}

const nobody: FieldTaker = { field() {} }
