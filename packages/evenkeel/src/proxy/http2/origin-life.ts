/**
 * What a connection to an origin is besides its frames: the streams on it, whether it can take another, how long it is kept
 * without any, and whether it still lives.
 *
 *     active (shared by requests) ◀──taken──  idle in the pool          GOAWAY, age, number of requests ─▶ draining
 *        └──────last stream over──▶──────────┘                          draining, last stream over ─▶ closed
 *
 * Until the origin's SETTINGS have come there is one stream only: how many it allows is not known, and what it refuses
 * would have to be sent again.
 */
import { failure, type Failure } from '../../exchange/failure.ts'
import type { Channel } from '../../net/channel.ts'
import { Deadline, type TimerWheel } from '../../net/timer-wheel.ts'
import { PoolPlace, type Poolable } from '../../upstream/pool.ts'
import type { ErrorCode } from '../../wire/http2/codes.ts'
import { PING, rstFrame } from '../../wire/http2/frame-writer.ts'
import type { OriginSettings } from '../http1/request-output.ts'
import { FrameOutput } from './frame-output.ts'
import type { OriginStreams } from './origin-input.ts'
import { OriginStream } from './origin-stream.ts'
import type { Http2Share } from './share.ts'

/** Streams at once, however many more the origin allows: what one lost connection may take with it. */
const MAX_STREAMS = 256
const MAX_STREAM_ID = 0x7fff_ffff
/** A connection from which nothing came for so long is asked whether it lives, along with the next request. */
const SUSPICIOUS_MS = 10_000
const PING_TIMEOUT_MS = 5_000

/** Who keeps it, and gives its free streams to who waits. */
export interface OriginOwner {
  /** There may be room for streams that was not there before. */
  roomier(connection: OriginLife): void
  /** Nobody uses it: keep it, or answer false. */
  keep(connection: OriginLife): boolean
  /** It takes no new streams any more. */
  left(connection: OriginLife): void
}

export abstract class OriginLife extends Deadline implements OriginStreams, Poolable {
  readonly place: PoolPlace = new PoolPlace()
  readonly wheel: TimerWheel
  readonly scheme: 'http' | 'https'
  readonly key: string
  requests = 0
  protected readonly owner: OriginOwner
  protected readonly channel: Channel
  protected readonly output: FrameOutput
  protected readonly streams: Map<number, OriginStream> = new Map()
  /** The origin's SETTINGS have come. */
  protected settled = false
  protected goingAway = false
  protected phase: 'active' | 'idle' | 'closed' = 'active'
  /** The number of the stream to be opened next. */
  protected nextId = 1
  readonly #settings: OriginSettings
  readonly #openedMs: number
  /** It refused a stream: no more than this at once. */
  #maxStreams: number = MAX_STREAMS
  #receivedMs: number
  #pinging = false

  constructor(
    channel: Channel,
    wheel: TimerWheel,
    settings: OriginSettings,
    share: Http2Share,
    owner: OriginOwner,
    key: string,
    scheme: 'http' | 'https',
  ) {
    super()
    this.wheel = wheel
    this.key = key
    this.scheme = scheme
    this.owner = owner
    this.channel = channel
    this.#settings = settings
    this.#openedMs = this.#receivedMs = wheel.touch()
    this.output = new FrameOutput(channel, share, () => {})
  }

  /** Another stream may be opened. */
  get free(): boolean {
    const { keepaliveRequests, keepaliveTimeMs } = this.#settings
    const most = this.settled ? Math.min(this.#maxStreams, this.output.peer.maxConcurrentStreams) : 1
    return (
      !this.goingAway &&
      this.phase !== 'closed' &&
      this.streams.size < most &&
      this.requests < keepaliveRequests &&
      this.nextId < MAX_STREAM_ID &&
      (this.requests === 0 || this.wheel.now - this.#openedMs < keepaliveTimeMs)
    )
  }

  /** How many streams it takes is not known yet. */
  get unsettled(): boolean {
    return !this.settled && this.phase === 'active' && !this.goingAway
  }

  /** For one request; its head has to follow before anybody opens another. */
  open(): OriginStream {
    const stream = new OriginStream(this.nextId, this, this.output)
    this.nextId += 2
    this.requests++
    this.streams.set(stream.id, stream)
    if (this.phase === 'idle') {
      this.phase = 'active'
      this.wheel.disarm(this)
      if (this.wheel.touch() - this.#receivedMs > SUSPICIOUS_MS) this.suspect()
    }
    return stream
  }

  closeIdle(): void {
    this.goingAway = true
    if (this.streams.size === 0) this.close()
    else this.owner.left(this)
  }

  // === OriginStreams

  streamOver(stream: OriginStream, code: ErrorCode | null): void {
    if (!this.streams.delete(stream.id) || this.phase === 'closed') return
    // One that was never begun is nothing to the origin.
    if (code !== null && stream.sentBytes > 0) this.output.add(rstFrame(stream.id, code))
    this.forget(stream)
    this.after()
  }

  suspect(): void {
    if (this.#pinging || this.phase !== 'active') return
    this.#pinging = true
    this.output.add(PING)
    this.wheel.arm(this, PING_TIMEOUT_MS)
  }

  /** It has idled long enough, or does not answer. */
  override expired(): void {
    if (this.phase === 'idle') return this.close()
    this.lost(failure('upstream_closed', 'it did not answer a PING'))
  }

  /** Something has come: it lives. */
  protected heard(): void {
    this.#receivedMs = this.wheel.touch()
    if (!this.#pinging) return
    this.#pinging = false
    if (this.phase === 'active') this.wheel.disarm(this)
  }

  /** It has as many streams as it wants; said before the refused request looks for another one. */
  protected crowded(): void {
    this.#maxStreams = Math.min(this.#maxStreams, this.streams.size)
  }

  /** The stream at hand is not there any more. */
  protected abstract forget(stream: OriginStream | null): void

  /** A stream is over: there is room for another, or nobody is left. */
  protected after(): void {
    if (this.phase !== 'active') return
    if (this.streams.size > 0) return this.owner.roomier(this)
    if (this.#maxStreams === 0 || !this.free) return this.close()
    this.owner.roomier(this)
    if (this.streams.size > 0) return
    this.#pinging = false
    this.phase = 'idle'
    this.wheel.arm(this, this.#settings.keepaliveTimeoutMs)
    if (!this.owner.keep(this)) this.close()
  }

  protected lost(problem: Failure): void {
    if (this.phase === 'closed') return
    this.close()
    const streams = [...this.streams.values()]
    this.streams.clear()
    for (const stream of streams) stream.gone(problem)
  }

  protected close(): void {
    if (this.phase === 'closed') return
    this.output.flush()
    this.phase = 'closed'
    this.forget(null)
    this.wheel.disarm(this)
    this.owner.left(this)
    this.channel.destroy()
  }
}
