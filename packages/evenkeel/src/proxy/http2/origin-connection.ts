/**
 * One connection to an origin that speaks HTTP/2: sends our preface, takes the origin's frames, and hands out streams.
 *
 *     active (shared by requests) ◀──taken──  idle in the pool          GOAWAY, age, number of requests ─▶ draining
 *        └──────last stream over──▶──────────┘                          draining, last stream over ─▶ closed
 *
 * Until the origin's SETTINGS have come there is one stream only: how many it allows is not known, and what it refuses
 * would have to be sent again.
 */
import { failure, type Failure } from '../../exchange/failure.ts'
import type { Channel, ChannelUser } from '../../net/channel.ts'
import { Deadline, type TimerWheel } from '../../net/timer-wheel.ts'
import { PoolPlace, type Poolable } from '../../upstream/pool.ts'
import { latin1 } from '../../wire/http1/bytes.ts'
import {
  DEFAULT_TABLE_SIZE,
  DEFAULT_WINDOW,
  ENHANCE_YOUR_CALM,
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
import {
  clientPreface,
  goawayFrame,
  PING,
  pingAck,
  rstFrame,
  SETTINGS_ACK,
  windowUpdateFrame,
} from '../../wire/http2/frame-writer.ts'
import { HpackDecoder, type FieldTaker } from '../../wire/http2/hpack-decoder.ts'
import { TokenBucket } from '../../wire/http2/token-bucket.ts'
import type { OriginSettings } from '../http1/request-output.ts'
import { FrameOutput } from './frame-output.ts'
import type { OriginRules } from './origin-rules.ts'
import { OriginStream, RESPONSE_WINDOW, type OriginStreams } from './origin-stream.ts'

/** Streams at once, however many more the origin allows: what one lost connection may take with it. */
const MAX_STREAMS = 256
const MAX_STREAM_ID = 0x7fff_ffff
/** Largest frame an origin may send. */
const RECEIVED_FRAMES = 65_536
/** Bytes of a header block, compressed; what a location takes is in its settings. */
const MAX_BLOCK = 256 * 1024
/** Frames that ask for nothing, as towards clients. */
const NOISE = 10_000
const NOISE_PER_SECOND = 1000
const WORTH = 4
/** Answers to control frames that may wait for an origin that does not read. */
const MAX_PENDING = 64 * 1024
/** A connection from which nothing came for so long is asked whether it lives, along with the next request. */
const SUSPICIOUS_MS = 10_000
const PING_TIMEOUT_MS = 5_000

/** Who keeps it, and gives its free streams to who waits. */
export interface OriginOwner {
  /** There may be room for streams that was not there before. */
  roomier(connection: Http2OriginConnection): void
  /** Nobody uses it: keep it, or answer false. */
  keep(connection: Http2OriginConnection): boolean
  /** It takes no new streams any more. */
  left(connection: Http2OriginConnection): void
}

export class Http2OriginConnection extends Deadline implements ChannelUser, FrameTaker, OriginStreams, Poolable {
  readonly place: PoolPlace = new PoolPlace()
  readonly wheel: TimerWheel
  readonly scheme: 'http' | 'https'
  readonly key: string
  requests = 0
  readonly #owner: OriginOwner
  readonly #rules: OriginRules
  readonly #settings: OriginSettings
  readonly #channel: Channel
  readonly #output: FrameOutput
  readonly #reader: FrameReader
  readonly #decoder: HpackDecoder
  readonly #noise: TokenBucket
  readonly #streams = new Map<number, OriginStream>()
  readonly #openedMs: number
  #nextId = 1
  /** The origin's SETTINGS have come. */
  #settled = false
  #goingAway = false
  /** It refused a stream: no more than this at once. */
  #maxStreams: number = MAX_STREAMS
  #phase: 'active' | 'idle' | 'closed' = 'active'
  #window: number = MAX_WINDOW
  /** The stream of the DATA frame at hand; null: nobody wants it. */
  #data: OriginStream | null = null
  #dataEnds = false
  #fed: OriginStream[] = []
  #receivedMs: number
  #pinging = false
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
    super()
    this.wheel = wheel
    this.key = key
    this.scheme = scheme
    this.#owner = owner
    this.#rules = rules
    this.#settings = settings
    this.#channel = channel
    this.#openedMs = this.#receivedMs = wheel.touch()
    this.#output = new FrameOutput(channel, rules.share, () => {})
    this.#reader = new FrameReader(this, { preface: false, maxBlockSize: MAX_BLOCK, maxFrameSize: RECEIVED_FRAMES })
    this.#decoder = new HpackDecoder(DEFAULT_TABLE_SIZE, rules.share.scratch)
    this.#noise = new TokenBucket(NOISE, NOISE_PER_SECOND, wheel.now)
    this.#output.add(
      clientPreface([
        [settingIds.enablePush, 0],
        [settingIds.initialWindowSize, RESPONSE_WINDOW],
        [settingIds.maxFrameSize, RECEIVED_FRAMES],
      ]) + windowUpdateFrame(0, MAX_WINDOW - DEFAULT_WINDOW),
    )
    channel.attach(this)
    channel.resume()
  }

  /** Another stream may be opened. */
  get free(): boolean {
    const { keepaliveRequests, keepaliveTimeMs } = this.#settings
    const most = this.#settled ? Math.min(this.#maxStreams, this.#output.peer.maxConcurrentStreams) : 1
    return (
      !this.#goingAway &&
      this.#phase !== 'closed' &&
      this.#streams.size < most &&
      this.requests < keepaliveRequests &&
      this.#nextId < MAX_STREAM_ID &&
      (this.requests === 0 || this.wheel.now - this.#openedMs < keepaliveTimeMs)
    )
  }

  /** How many streams it takes is not known yet. */
  get unsettled(): boolean {
    return !this.#settled && this.#phase === 'active' && !this.#goingAway
  }

  /** For one request; its head has to follow before anybody opens another. */
  open(): OriginStream {
    const stream = new OriginStream(this.#nextId, this, this.#output)
    this.#nextId += 2
    this.requests++
    this.#streams.set(stream.id, stream)
    if (this.#phase === 'idle') {
      this.#phase = 'active'
      this.wheel.disarm(this)
      if (this.wheel.touch() - this.#receivedMs > SUSPICIOUS_MS) this.suspect()
    }
    return stream
  }

  closeIdle(): void {
    this.#goingAway = true
    if (this.#streams.size === 0) this.#close()
    else this.#owner.left(this)
  }

  // === OriginStreams

  streamOver(stream: OriginStream, code: ErrorCode | null): void {
    if (!this.#streams.delete(stream.id) || this.#phase === 'closed') return
    // One that was never begun is nothing to the origin.
    if (code !== null && stream.sentBytes > 0) this.#output.add(rstFrame(stream.id, code))
    if (this.#data === stream) this.#data = null
    this.#after()
  }

  suspect(): void {
    if (this.#pinging || this.#phase !== 'active') return
    this.#pinging = true
    this.#output.add(PING)
    this.wheel.arm(this, PING_TIMEOUT_MS)
  }

  // === ChannelUser

  received(bytes: Buffer, end: number): void {
    if (this.#phase === 'closed') return
    this.#receivedMs = this.wheel.touch()
    if (this.#pinging) {
      this.#pinging = false
      if (this.#phase === 'active') this.wheel.disarm(this)
    }
    const error = this.#reader.read(bytes, 0, end)
    if (error !== NO_ERROR) return this.#fail(error)
    const fed = this.#fed
    if (fed.length > 0) {
      this.#fed = []
      for (let i = 0; i < fed.length; i++) fed[i]!.flushInput()
    }
    if (this.#output.pending > MAX_PENDING && this.#channel.backlogged && !this.#slowed) {
      this.#slowed = true
      this.#channel.pause()
    }
  }

  drained(): void {
    if (this.#phase === 'closed') return
    this.#output.turns()
    if (this.#slowed && !this.#channel.backlogged) {
      this.#slowed = false
      this.#channel.resume()
    }
  }

  ended(): void {
    this.#lost(failure('upstream_closed'))
  }

  closed(error: string): void {
    this.#lost(error === '' ? failure('upstream_closed') : failure('upstream_reset', error))
  }

  /** It has idled long enough, or does not answer. */
  override expired(): void {
    if (this.#phase === 'idle') return this.#close()
    this.#lost(failure('upstream_closed', 'it did not answer a PING'))
  }

  // === FrameTaker

  headers(id: number, endStream: boolean, bytes: Buffer, start: number, end: number): ErrorCode {
    this.#noise.give(WORTH)
    const stream = this.#streams.get(id)
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
    this.#window -= size
    if (this.#window < 0) return FLOW_CONTROL_ERROR
    if (this.#window < MAX_WINDOW / 2) {
      this.#output.add(windowUpdateFrame(0, MAX_WINDOW - this.#window))
      this.#window = MAX_WINDOW
    }
    if (size > 0 || endStream) this.#noise.give(WORTH)
    else if (!this.#noise.take(this.wheel.now)) return ENHANCE_YOUR_CALM
    const stream = this.#streams.get(id)
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
    const stream = this.#streams.get(id)
    if (stream === undefined) return this.#isIdle(id) ? PROTOCOL_ERROR : this.ignored()
    if (stream.whole) {
      stream.unwanted()
      return NO_ERROR
    }
    const refused = code === REFUSED_STREAM && !stream.answered
    this.#streams.delete(id)
    // It has as many as it wants; known before the request looks for another stream.
    if (refused) this.#maxStreams = Math.min(this.#maxStreams, this.#streams.size)
    stream.gone(refused ? failure('stream_refused') : failure('stream_reset', `RST_STREAM ${code}`))
    this.#after()
    return NO_ERROR
  }

  settings(bytes: Buffer, start: number, end: number): ErrorCode {
    const { peer } = this.#output
    const before = peer.initialWindow
    const error = peer.apply(bytes, start, end)
    if (error !== NO_ERROR) return error
    const change = peer.initialWindow - before
    if (change !== 0) {
      for (const stream of this.#streams.values()) if (!stream.widen(change)) return FLOW_CONTROL_ERROR
    }
    this.#output.add(SETTINGS_ACK)
    this.#settled = true
    this.#owner.roomier(this)
    return this.ignored()
  }

  settingsTaken(): ErrorCode {
    return this.ignored()
  }

  ping(bytes: Buffer, start: number): ErrorCode {
    this.#output.add(pingAck(latin1(bytes, start, start + 8)))
    return this.ignored()
  }

  pingAnswered(): ErrorCode {
    return this.ignored()
  }

  /** Streams it has not seen were not processed: they may be sent to somebody else, whatever they are. */
  goaway(lastStream: number, code: ErrorCode): ErrorCode {
    this.#goingAway = true
    if (this.#phase === 'idle') this.#close()
    else this.#owner.left(this)
    const refused = failure('stream_refused', `GOAWAY ${code}`)
    for (const [id, stream] of this.#streams) {
      if (id <= lastStream) continue
      this.#streams.delete(id)
      stream.gone(refused)
    }
    this.#after()
    return this.ignored()
  }

  windowUpdate(id: number, increment: number): ErrorCode {
    this.#noise.give(this.#output.dataFrames * WORTH)
    this.#output.dataFrames = 0
    if (!this.#noise.take(this.wheel.now)) return ENHANCE_YOUR_CALM
    if (id === 0) return this.#output.widen(increment) ? NO_ERROR : FLOW_CONTROL_ERROR
    const stream = this.#streams.get(id)
    if (stream === undefined) return this.#isIdle(id) ? PROTOCOL_ERROR : NO_ERROR
    return stream.widen(increment) ? NO_ERROR : this.streamError(id, FLOW_CONTROL_ERROR)
  }

  ignored(): ErrorCode {
    return this.#noise.take(this.wheel.now) ? NO_ERROR : ENHANCE_YOUR_CALM
  }

  /** The origin is wrong about one stream. */
  streamError(id: number, code: ErrorCode): ErrorCode {
    if (this.#isIdle(id)) return code
    const stream = this.#streams.get(id)
    if (stream === undefined) return this.ignored()
    const problem = failure(stream.answered ? 'truncated_response' : 'malformed_response', `HTTP/2 error ${code}`)
    stream.failWith(problem, code)
    return NO_ERROR
  }

  /** Nobody has used that stream yet; those of even number are the origin's, and it may open none. */
  #isIdle(id: number): boolean {
    return id % 2 === 0 || id >= this.#nextId
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

  /** A stream is over: there is room for another, or nobody is left. */
  #after(): void {
    if (this.#phase !== 'active') return
    if (this.#streams.size > 0) return this.#owner.roomier(this)
    if (this.#maxStreams === 0 || !this.free) return this.#close()
    this.#owner.roomier(this)
    if (this.#streams.size > 0) return
    this.#pinging = false
    this.#phase = 'idle'
    this.wheel.arm(this, this.#settings.keepaliveTimeoutMs)
    if (!this.#owner.keep(this)) this.#close()
  }

  /** The origin broke the rules: it is told, and the connection ends with all that was under way. */
  #fail(code: ErrorCode): void {
    this.#output.add(goawayFrame(0, code))
    const cause = code === INTERNAL_ERROR ? undefined : `HTTP/2 error ${code}`
    this.#output.flush()
    this.#lost(failure('malformed_response', cause))
  }

  #lost(problem: Failure): void {
    if (this.#phase === 'closed') return
    this.#close()
    const streams = [...this.#streams.values()]
    this.#streams.clear()
    for (const stream of streams) stream.gone(problem)
  }

  #close(): void {
    if (this.#phase === 'closed') return
    this.#output.flush()
    this.#phase = 'closed'
    this.#data = null
    this.wheel.disarm(this)
    this.#owner.left(this)
    this.#channel.destroy()
  }
}

const nobody: FieldTaker = { field() {} }
