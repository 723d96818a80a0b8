/**
 * One client's connection speaking HTTP/2: takes its frames, makes streams of its requests, and keeps the connection
 * within what may be asked of it.
 *
 *     open ──GOAWAY sent──▶ draining ──last stream over──▶ linger ──▶ closed          any error of the connection ─▶ linger
 *
 * Requests begin when all frames of a read have been looked at: one that is reset in the same breath costs no origin
 * anything (CVE-2023-44487).
 */
import { randomBytes } from 'node:crypto'
import type { ClientTls } from '../../exchange/client-tls.ts'
import type { ProxiedAddress } from '../../exchange/exchange.ts'
import { failure } from '../../exchange/failure.ts'
import type { Channel, ChannelUser } from '../../net/channel.ts'
import {
  DEFAULT_TABLE_SIZE,
  DEFAULT_WINDOW,
  ENHANCE_YOUR_CALM,
  FLOW_CONTROL_ERROR,
  NO_ERROR,
  PROTOCOL_ERROR,
  REFUSED_STREAM,
  STREAM_CLOSED,
  type ErrorCode,
} from '../../wire/http2/codes.ts'
import { latin1 } from '../../wire/http1/bytes.ts'
import { closings, ClosedStreams } from '../../wire/http2/closed-streams.ts'
import { FieldTable } from '../../wire/http2/field-table.ts'
import { FrameReader, type FrameTaker } from '../../wire/http2/frame-reader.ts'
import { pingAck, rstFrame, SETTINGS_ACK } from '../../wire/http2/frame-writer.ts'
import { HpackDecoder, type FieldTaker } from '../../wire/http2/hpack-decoder.ts'
import { TokenBucket } from '../../wire/http2/token-bucket.ts'
import type { Arrival } from '../entry/arrival.ts'
import type { ListenerRuntime } from '../listener-runtime.ts'
import type { Ports } from '../ports.ts'
import { Allowance } from './allowance.ts'
import { ConnectionLife } from './connection-life.ts'
import { greeting } from './greeting.ts'
import type { Http2Rules } from './rules.ts'
import { ServerStream } from './server-stream.ts'
import type { StreamOwner } from './served-stream.ts'
import type { StreamInput } from './stream-input.ts'

/** Streams reset before their answer was out: so many at once, and so many a second. Browsers cancel in bursts. */
const RESETS = 1000
const RESETS_PER_SECOND = 100
/** Answers to control frames that may wait for a client that does not read. */
const MAX_PENDING = 16 * 1024

export class Http2Connection extends ConnectionLife implements ChannelUser, FrameTaker, StreamOwner {
  requests = 0
  lingering = 0
  readonly secure: boolean
  readonly tls: ClientTls | null
  readonly proxied: ProxiedAddress | null
  readonly rules: Http2Rules
  readonly table: FieldTable
  readonly #reader: FrameReader
  readonly #decoder: HpackDecoder
  readonly #closed = new ClosedStreams()
  readonly #resets: TokenBucket
  readonly #allowance: Allowance
  /** The client has acknowledged our settings. */
  #known = false
  /** Streams that begin when this read is through. */
  #fresh: ServerStream[] = []
  /** The stream of the DATA frame at hand; null: nobody wants it. */
  #data: ServerStream | null = null
  #dataEnds = false
  /** Streams whose bodies were handed on in this read. */
  #fed: StreamInput[] = []
  /** The latest stream the client opened. */
  #last = 0

  constructor(channel: Channel, runtime: ListenerRuntime, rules: Http2Rules, ports: Ports, arrival: Arrival | null) {
    super(channel, runtime, rules.share, ports)
    this.proxied = arrival === null ? null : arrival.proxied
    this.tls = arrival === null ? null : arrival.tls
    this.secure = this.tls !== null
    this.rules = rules
    this.table = new FieldTable(rules.share.codeRoom)
    this.#reader = new FrameReader(this, {
      preface: true,
      maxBlockSize: rules.maxBlockSize,
      maxFrameSize: rules.maxFrameSize,
    })
    this.#decoder = new HpackDecoder(DEFAULT_TABLE_SIZE, rules.share.scratch)
    this.#resets = new TokenBucket(RESETS, RESETS_PER_SECOND, ports.wheel.now)
    this.#allowance = new Allowance(this.output, ports.wheel)
    this.output.add(greeting(rules))
    this.watch()
    channel.attach(this)
    channel.resume()
    if (arrival !== null && arrival.unread !== null) this.received(arrival.unread, arrival.unread.length)
  }

  // === ChannelUser

  received(bytes: Buffer, end: number): void {
    this.ports.wheel.touch()
    if (this.phase === 'linger') return this.lingered()
    if (this.phase === 'closed') return
    const error = this.#reader.read(bytes, 0, end)
    if (error !== NO_ERROR) return this.fail(error)
    const fresh = this.#fresh
    if (fresh.length > 0) {
      this.#fresh = []
      for (let i = 0; i < fresh.length; i++) if (this.streams.has(fresh[i]!.id)) fresh[i]!.start()
    }
    const fed = this.#fed
    if (fed.length > 0) {
      this.#fed = []
      for (let i = 0; i < fed.length; i++) fed[i]!.flushInput()
    }
    if (this.output.pending > MAX_PENDING && this.channel.backlogged) this.pauseReading()
    this.watch()
  }

  ended(): void {
    this.over(failure('client_gone'))
  }

  closed(error: string): void {
    this.over(failure(error === '' ? 'client_gone' : 'client_reset', error))
  }

  protected get midFrame(): boolean {
    return this.#reader.midFrame
  }

  protected get lastStream(): number {
    return this.#last
  }

  // === StreamOwner

  streamOver(stream: ServerStream, code: ErrorCode | null): void {
    this.streams.delete(stream.id)
    this.#closed.add(stream.id, code === null || stream.inEnded ? closings.ended : closings.reset)
    if (code !== null) this.output.add(rstFrame(stream.id, code))
    this.watch()
  }

  fed(stream: StreamInput): void {
    if (this.#fed.at(-1) !== stream) this.#fed.push(stream)
  }

  // === FrameTaker

  headers(id: number, endStream: boolean, bytes: Buffer, start: number, end: number): ErrorCode {
    if (id % 2 === 0) return PROTOCOL_ERROR
    this.#allowance.headers()
    const stream = this.streams.get(id)
    if (stream !== undefined) return this.#trailers(stream, endStream, bytes, start, end)
    if (id <= this.#last) return this.#late(id, bytes, start, end)
    if (this.goingAway) return this.#decoder.decode(bytes, start, end, nobody)
    this.#last = id
    const { fields, maxStreams, prereadSize } = this.rules
    fields.begin()
    const error = this.#decoder.decode(bytes, start, end, fields)
    if (error !== NO_ERROR) return error
    if (fields.tooLarge) return ENHANCE_YOUR_CALM
    const head = fields.finish(endStream, end - start)
    // The origin wants to see one, the client has none (RFC 8441, 5).
    if (head.upgrade !== '') head.fields.set('sec-websocket-key', randomBytes(16).toString('base64'))
    if (this.streams.size - this.lingering >= maxStreams)
      return this.#refuse(id, `opened more than ${maxStreams} streams`)
    // Until it knows our settings it takes the standard window for granted.
    if (!this.#known && !endStream && prereadSize < DEFAULT_WINDOW)
      return this.#refuse(id, 'sent a body before it acknowledged settings')
    this.requests++
    const made = new ServerStream(id, this, this.output, head, fields.problem, endStream)
    this.streams.set(id, made)
    this.#fresh.push(made)
    this.begun()
    return NO_ERROR
  }

  dataBegins(id: number, size: number, padding: number, endStream: boolean): ErrorCode {
    this.#data = null
    this.#dataEnds = endStream
    const wrong = this.#allowance.data(size, endStream)
    if (wrong !== NO_ERROR) return wrong
    const stream = this.streams.get(id)
    if (stream === undefined) {
      if (id % 2 === 0 || id > this.#last) return this.goingAway && id % 2 === 1 ? NO_ERROR : PROTOCOL_ERROR
      return this.#closed.find(id) === closings.ended ? this.streamError(id, STREAM_CLOSED) : NO_ERROR
    }
    const error = stream.dataBegins(size, padding, endStream)
    if (error !== NO_ERROR) return this.streamError(id, error)
    this.#data = stream
    return NO_ERROR
  }

  dataPart(bytes: Buffer, start: number, end: number): ErrorCode {
    this.#data?.data(bytes, start, end)
    return NO_ERROR
  }

  dataEnds(): ErrorCode {
    const stream = this.#data
    this.#data = null
    if (stream === null || !this.streams.has(stream.id)) return NO_ERROR
    if (!this.#dataEnds) return NO_ERROR
    const error = stream.inputEnds(null)
    return error === NO_ERROR ? NO_ERROR : this.streamError(stream.id, error)
  }

  reset(id: number, code: ErrorCode): ErrorCode {
    const stream = this.streams.get(id)
    if (stream === undefined) {
      if (this.#isIdle(id)) return PROTOCOL_ERROR
      // Ours and the client's crossed: whatever it sends behind its own is a mistake.
      this.#closed.ended(id)
      return this.ignored(id)
    }
    this.streams.delete(id)
    this.#closed.add(id, closings.ended)
    stream.gone(failure('client_reset', `RST_STREAM ${code}`), 499)
    return this.#resets.take(this.ports.wheel.now) ? NO_ERROR : ENHANCE_YOUR_CALM
  }

  settings(bytes: Buffer, start: number, end: number): ErrorCode {
    const { peer } = this.output
    const before = peer.initialWindow
    const error = peer.apply(bytes, start, end)
    if (error !== NO_ERROR) return error
    this.table.allow(peer.headerTableSize, peer.leastTableSize)
    const change = peer.initialWindow - before
    if (change !== 0) for (const stream of this.streams.values()) if (!stream.widen(change)) return FLOW_CONTROL_ERROR
    this.output.add(SETTINGS_ACK)
    return this.ignored(0)
  }

  settingsTaken(): ErrorCode {
    this.#known = true
    return this.ignored(0)
  }

  ping(bytes: Buffer, start: number): ErrorCode {
    this.output.add(pingAck(latin1(bytes, start, start + 8)))
    return this.ignored(0)
  }

  pingAnswered(): ErrorCode {
    return this.ignored(0)
  }

  goaway(): ErrorCode {
    return this.ignored(0)
  }

  windowUpdate(id: number, increment: number): ErrorCode {
    const noise = this.#allowance.windowUpdate()
    if (noise !== NO_ERROR) return noise
    if (id === 0) return this.output.widen(increment) ? NO_ERROR : FLOW_CONTROL_ERROR
    const stream = this.streams.get(id)
    if (stream === undefined) return this.#isIdle(id) ? PROTOCOL_ERROR : NO_ERROR
    return stream.widen(increment) ? NO_ERROR : this.streamError(id, FLOW_CONTROL_ERROR)
  }

  ignored(_id: number): ErrorCode {
    return this.#allowance.noise()
  }

  streamError(id: number, code: ErrorCode): ErrorCode {
    if (this.#isIdle(id)) return code
    const stream = this.streams.get(id)
    if (stream !== undefined) {
      stream.gone(failure('malformed_request', `HTTP/2 error ${code}`), 400)
      this.streams.delete(id)
      this.#closed.add(id, closings.reset)
      if (this.#data === stream) this.#data = null
    }
    this.output.add(rstFrame(id, code))
    // A client that makes us reset streams costs as much as one that resets them (CVE-2025-8671).
    return this.#resets.take(this.ports.wheel.now) ? NO_ERROR : ENHANCE_YOUR_CALM
  }

  /** Nobody has used that stream yet. */
  #isIdle(id: number): boolean {
    return id % 2 === 0 || (id > this.#last && !this.goingAway)
  }

  #trailers(stream: ServerStream, endStream: boolean, bytes: Buffer, start: number, end: number): ErrorCode {
    const { trailers } = this.rules
    trailers.begin()
    const error = this.#decoder.decode(bytes, start, end, trailers)
    if (error !== NO_ERROR) return error
    if (stream.inEnded) return this.streamError(stream.id, STREAM_CLOSED)
    if (trailers.malformed || !endStream) return this.streamError(stream.id, PROTOCOL_ERROR)
    const wrong = stream.inputEnds(trailers.finish())
    return wrong === NO_ERROR ? NO_ERROR : this.streamError(stream.id, wrong)
  }

  /** A header block for a stream that has been there, or was passed over. */
  #late(id: number, bytes: Buffer, start: number, end: number): ErrorCode {
    const how = this.#closed.find(id)
    if (how === closings.unknown) return PROTOCOL_ERROR
    if (how === closings.ended) return STREAM_CLOSED
    return this.#decoder.decode(bytes, start, end, nobody)
  }

  #refuse(id: number, why: string): ErrorCode {
    this.#closed.add(id, closings.reset)
    this.output.add(rstFrame(id, REFUSED_STREAM))
    this.log(`client ${why}`)
    return this.#resets.take(this.ports.wheel.now) ? NO_ERROR : ENHANCE_YOUR_CALM
  }
}

const nobody: FieldTaker = { field() {} }
