/**
 * One connection to an origin speaking HTTP/1: a Sink of requests (RequestOutput), a Source of responses.
 *
 *    idle ──head──▶ waiting ──response head──▶ body ──end──▶ idle (in the pool)      any failure ─▶ closed
 *     ▲               │ 1xx                                   │
 *     └─ any byte here closes it                              └─▶ closed, if either side said so
 *
 * A byte on an idle connection can only be a lie or a farewell: it ends the connection rather than being read as the
 * answer to the next request (that is how response queues are poisoned). What the receiver of a response learns after
 * its end is nothing; a request that was not sent whole by then ends the connection too.
 */
import { failure, type Failure, type FailureCode } from '../../exchange/failure.ts'
import { hasBody, UNKNOWN_LENGTH, ResponseHead } from '../../exchange/head.ts'
import type { Channel, ChannelUser } from '../../net/channel.ts'
import type { TimerWheel } from '../../net/timer-wheel.ts'
import { PoolPlace, type Pool, type Poolable } from '../../upstream/pool.ts'
import { BodyReader, type BodyTaker } from '../../wire/http1/body-reader.ts'
import type { OriginLink, ResponseReceiver } from '../forward/origin-link.ts'
import { Stash } from '../body/stash.ts'
import { RequestOutput, type OriginSettings } from './request-output.ts'

/** Interim responses one request may get: an origin that sends more never means to answer. */
const MAX_INTERIM = 16

export class OriginConnection extends RequestOutput implements ChannelUser, OriginLink, Poolable {
  requests = 0
  readonly openedMs: number
  bytesReceived = 0

  // Poolable
  readonly place: PoolPlace = new PoolPlace()
  readonly #pool: Pool<OriginConnection> | null
  readonly #key: string
  #receiver: ResponseReceiver | null = null
  readonly #body = new BodyReader()
  readonly #taker: BodyTaker = new Delivery(this)
  #stash: Stash | null = null
  #scanned = 0
  #interims = 0
  #persistent = false
  #ended = false
  #pausedByReceiver = false
  /** What came behind a 101. */
  #early: Buffer = nothing

  constructor(
    channel: Channel,
    wheel: TimerWheel,
    settings: OriginSettings,
    pool: Pool<OriginConnection> | null,
    key: string,
  ) {
    super(channel, wheel, settings)
    this.#pool = pool
    this.#key = key
    this.openedMs = wheel.now
    channel.attach(this)
  }

  /** Begins one request; the head follows. */
  begin(receiver: ResponseReceiver, settings: OriginSettings): void {
    this.beginRequest(settings)
    this.#receiver = receiver
    this.phase = 'waiting'
    this.requests++
    this.bytesReceived = 0
    this.#interims = 0
    this.#scanned = 0
    this.#pausedByReceiver = false
    this.channel.resume()
  }

  /** What is owed next, by whom: bytes of the response unless its receiver is slow, or nothing while the request comes. */
  protected rearm(): void {
    if (this.slowed) this.wheel.arm(this, this.settings.sendTimeoutMs)
    else if (this.#pausedByReceiver || !(this.requestSent || this.phase === 'body')) this.wheel.disarm(this)
    else this.wheel.arm(this, this.settings.readTimeoutMs)
  }

  /** The request will never be complete: the origin must see that too. */
  abort(problem: Failure): void {
    const receiver = this.#receiver
    this.#receiver = null
    this.#destroy()
    receiver?.abort(problem)
  }

  // === Source: the response comes in

  pause(): void {
    this.#pausedByReceiver = true
    if (!this.slowed) this.wheel.disarm(this)
    this.channel.pause()
  }

  resume(): void {
    if (!this.#pausedByReceiver) return
    this.#pausedByReceiver = false
    if (this.#receiver === null) return
    if (!this.slowed) this.rearm()
    this.channel.resume()
  }

  cancel(): void {
    this.#receiver = null
    this.#destroy()
  }

  // === ChannelUser

  received(bytes: Buffer, end: number): void {
    this.wheel.touch()
    this.bytesReceived += end
    if (this.phase === 'idle') return this.#destroy()
    const stash = this.#stash
    if (stash !== null && !stash.empty) {
      stash.add(bytes, 0, end)
      return this.#readStash()
    }
    const at = this.#read(bytes, 0, end)
    if (at < end && this.#receiver !== null) {
      this.#stash ??= new Stash()
      this.#stash.add(bytes, at, end)
    }
    this.#settle()
  }

  ended(): void {
    this.#ended = true
    if (this.phase === 'closed') return
    if (this.phase === 'idle') return this.#destroy()
    if (this.phase === 'body' && this.#body.closed()) {
      this.#complete()
      return
    }
    this.#fail(this.phase === 'body' ? 'truncated_response' : 'upstream_closed')
  }

  closed(error: string): void {
    if (this.phase === 'closed') return
    // A reset is never the orderly end of a body that only the close delimits.
    if (this.phase === 'idle') return this.#destroy()
    this.#fail(
      this.phase === 'body' ? 'truncated_response' : error === '' ? 'upstream_closed' : 'upstream_reset',
      error,
    )
  }

  // === Poolable, Timed

  closeIdle(): void {
    this.#destroy()
  }

  override expired(): void {
    if (this.phase === 'idle') return this.#destroy()
    this.#fail(this.slowed ? 'upstream_send_timeout' : 'upstream_read_timeout')
  }

  // === a tunnel takes it over

  detach(): { channel: Channel; unread: Buffer } {
    this.phase = 'tunnel'
    this.#receiver = null
    this.wheel.disarm(this)
    this.#stash = null
    return { channel: this.channel, unread: this.#early }
  }

  // === reading

  #readStash(): void {
    const stash = this.#stash!
    const end = stash.end
    const at = this.#read(stash.bytes, stash.start, end)
    if (this.#stash === stash && stash.end === end) stash.consumedTo(at)
    this.#settle()
  }

  #read(bytes: Buffer, start: number, end: number): number {
    let at = start
    while (at < end && this.phase === 'waiting') {
      const head = this.settings.reader.read(bytes, at, end, this.#scanned)
      if (head === null) {
        this.#scanned = end - at
        break
      }
      this.#scanned = 0
      if (!(head instanceof ResponseHead)) {
        this.#fail(head.code, head.cause)
        at = end
        break
      }
      at += this.settings.reader.size
      if (head.status < 200 && head.status !== 101) {
        if (!this.#interim(head)) break
        continue
      }
      // What follows a 101 is the new protocol's; whoever takes the connection over takes it too.
      if (head.status === 101) this.#early = Buffer.from(bytes.subarray(at, end))
      this.#respond(head)
    }
    // The body is read in the phase that the head led to: a tunnel's bytes are nobody's body.
    if (this.phase === 'body' && !this.#body.done) at = this.#body.read(bytes, at, end, this.#taker)
    return at
  }

  #interim(head: ResponseHead): boolean {
    if (++this.#interims > MAX_INTERIM) {
      this.#fail('too_many_interim')
      return false
    }
    this.#receiver!.interim(head)
    return this.#receiver !== null
  }

  #respond(head: ResponseHead): void {
    const receiver = this.#receiver!
    this.#persistent = head.persistent
    this.phase = 'body'
    if (head.status === 101) {
      // The rest of a request could not be told from the new protocol.
      if (this.requestSent) receiver.head(head, this)
      else this.#fail('unasked_upgrade')
      return
    }
    if (!hasBody(head.status, this.method)) this.#body.begin(0)
    else if (head.chunked) this.#body.begin('chunked')
    else if (head.length !== UNKNOWN_LENGTH) {
      this.#body.begin(head.length)
      // More is on its way than one small read holds: long bodies move in large reads.
      if (head.length > 16 * 1024) this.channel.expectBulk(true)
    } else {
      this.#body.begin('until-close')
      this.#persistent = false
    }
    receiver.head(head, this)
  }

  /** A part of the response's body, from the reader. */
  deliver(part: Uint8Array): boolean {
    const receiver = this.#receiver
    if (receiver === null || receiver.body(part)) return true
    if (this.#receiver === receiver) this.pause()
    return false
  }

  /** After a read: hands on that it is complete, broken, or that nothing more is at hand. */
  #settle(): void {
    if (this.#receiver === null) return
    if (this.phase === 'waiting') return this.rearm()
    if (this.#body.failed) return this.#fail('malformed_response_chunk')
    if (this.#body.done) return this.#complete()
    this.#receiver.flush()
    if (this.phase === 'body' && !this.slowed) this.rearm()
  }

  #complete(): void {
    const receiver = this.#receiver
    this.#receiver = null
    const trailers = this.#body.trailers ?? undefined
    this.#release()
    receiver?.end(trailers)
  }

  /** Keeps the connection for another request, or closes it. */
  #release(): void {
    const { keepaliveRequests, keepaliveTimeMs, keepaliveTimeoutMs } = this.settings
    const leftover = this.#stash !== null && !this.#stash.empty
    const keeps =
      this.#pool !== null &&
      this.#persistent &&
      this.requestSent &&
      !this.#ended &&
      !leftover &&
      !this.channel.dead &&
      !this.channel.backlogged &&
      this.requests < keepaliveRequests &&
      this.wheel.now - this.openedMs < keepaliveTimeMs
    if (!keeps) return this.#destroy()
    this.phase = 'idle'
    this.#stash = null
    this.channel.expectBulk(false)
    this.wheel.arm(this, keepaliveTimeoutMs)
    this.channel.resume()
    this.#pool!.give(this.#key, this)
  }

  #fail(code: FailureCode, cause?: unknown): void {
    const receiver = this.#receiver
    this.#receiver = null
    this.#destroy()
    const problem: Failure = failure(code, cause)
    receiver?.abort(problem)
  }

  #destroy(): void {
    if (this.phase === 'closed') return
    const idle = this.phase === 'idle'
    this.phase = 'closed'
    this.#stash = null
    this.wheel.disarm(this)
    if (idle) this.#pool?.remove(this)
    this.dropRequest()
    this.channel.destroy()
  }
}

const nothing = Buffer.alloc(0)

/** Takes the response's body from the reader: the connection's own body() takes the request's. */
class Delivery implements BodyTaker {
  readonly #connection: OriginConnection

  constructor(connection: OriginConnection) {
    this.#connection = connection
  }

  body(part: Uint8Array): boolean {
    return this.#connection.deliver(part)
  }
}
