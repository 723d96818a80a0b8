/**
 * Two connections joined: bytes go both ways as they come, whatever they are. Upgraded HTTP connections (101) and TCP
 * sessions of `stream` end up here.
 *
 * Each side slows the other. A FIN of one side is handed on behind everything it sent; whether the other direction then
 * goes on is a setting. A connection that breaks resets the other one, so that nobody takes the half for the whole.
 * Nothing is copied but what a rate limit holds back, which is at most one read.
 */
import type { Channel, ChannelUser } from '../../net/channel.ts'
import { Deadline, type TimerWheel } from '../../net/timer-wheel.ts'
import { Linger } from './linger.ts'

export interface JoinedSide {
  readonly channel: Channel
  /** Bytes that were read before. */
  readonly unread: Buffer
}

export interface JoinSettings {
  /** Ends when nothing moved in either direction for so long. */
  readonly idleMs: number
  /** A FIN of one side leaves the other direction open. */
  readonly halfClose: boolean
  /** Bytes a second from the client, and from the origin; 0: no limit. */
  readonly upRate: number
  readonly downRate: number
}

/** How it ended: who sent the FIN or broke (`error` is the system's code), or nothing moved any more. */
export interface JoinEnd {
  readonly by: 'client' | 'origin' | 'silence'
  readonly error: string
}

export interface JoinUser {
  /** The first bytes from the origin. */
  answered(): void
  /** Once, with the bytes that went to the origin and came from it. What is still open of the channels closes by itself. */
  over(end: JoinEnd, up: number, down: number): void
  /** The client's channel is gone; after `over`. */
  clientClosed(): void
}

export class Join extends Deadline {
  readonly #wheel: TimerWheel
  readonly #settings: JoinSettings
  readonly #user: JoinUser
  readonly #up: Flow
  readonly #down: Flow
  #over = false

  constructor(client: JoinedSide, origin: JoinedSide, settings: JoinSettings, wheel: TimerWheel, user: JoinUser) {
    super()
    this.#wheel = wheel
    this.#settings = settings
    this.#user = user
    this.#up = new Flow(client.channel, origin.channel, this, settings.upRate, wheel)
    this.#down = new Flow(origin.channel, client.channel, this, settings.downRate, wheel)
    this.#up.opposite = this.#down
    this.#down.opposite = this.#up
    wheel.arm(this, settings.idleMs)
    this.#up.start(client.unread)
    this.#down.start(origin.unread)
  }

  get bytesUp(): number {
    return this.#up.bytes
  }

  get bytesDown(): number {
    return this.#down.bytes
  }

  /** Ends it at once; both sides see a reset when `reset`. */
  cut(reset: boolean): void {
    this.#finish({ by: 'silence', error: '' }, null, reset)
  }

  moved(flow: Flow): void {
    this.#wheel.touch()
    if (flow === this.#down && flow.bytes === 0) this.#user.answered()
    if (!this.#over) this.#wheel.arm(this, this.#settings.idleMs)
  }

  override expired(): void {
    // What a rate limit holds back is no silence.
    if (this.#up.holds || this.#down.holds) this.#wheel.arm(this, this.#settings.idleMs)
    else this.#finish({ by: 'silence', error: '' }, null, false)
  }

  /** A direction has ended, or what it had written is out. */
  check(): void {
    const up = this.#up
    const down = this.#down
    const upDone = up.finished && !up.to.backlogged
    const downDone = down.finished && !down.to.backlogged
    if (this.#over || (this.#settings.halfClose ? !(upDone && downDone) : !(upDone || downDone))) return
    const first = upDone && (!downDone || up.finishedFirst) ? up : down
    this.#finish(
      { by: first === up ? 'client' : 'origin', error: '' },
      // Closing while the other side still sends would make the kernel reset it, and lose what it has not read yet.
      first.opposite!.finished ? null : first.to,
      false,
    )
  }

  closed(flow: Flow, error: string): void {
    if (!this.#over) this.#finish({ by: flow === this.#up ? 'client' : 'origin', error }, null, error !== '')
    if (flow === this.#up) this.#user.clientClosed()
  }

  #finish(end: JoinEnd, lingering: Channel | null, reset: boolean): void {
    if (this.#over) return
    this.#over = true
    this.#wheel.disarm(this)
    this.#up.stop()
    this.#down.stop()
    const client = this.#up.from
    for (const channel of [client, this.#down.from]) {
      if (channel !== lingering) channel.destroy(reset)
      else void new Linger(channel, this.#wheel, channel === client ? () => this.#user.clientClosed() : null)
    }
    this.#user.over(end, this.#up.bytes, this.#down.bytes)
  }
}

/** Bytes of a read after which the next one is expected to be small as well. */
const SMALL = 4096

/** A limited rate is looked at again after so long at least. */
const LEAST_WAIT_MS = 20

/** One direction. It is the user of the channel it reads from, and is told when the other one's writes are through. */
class Flow extends Deadline implements ChannelUser {
  readonly from: Channel
  readonly to: Channel
  readonly #join: Join
  readonly #rate: number
  readonly #wheel: TimerWheel
  readonly #startedMs: number
  opposite: Flow | null = null
  bytes = 0
  /** The sender has sent its FIN. */
  finished = false
  /** It did so before the other one. */
  finishedFirst = false
  /** What the rate does not allow yet. */
  #held: Buffer | null = null
  #stopped = false

  constructor(from: Channel, to: Channel, join: Join, rate: number, wheel: TimerWheel) {
    super()
    this.from = from
    this.to = to
    this.#join = join
    this.#rate = rate
    this.#wheel = wheel
    this.#startedMs = wheel.now
    from.attach(this)
  }

  get holds(): boolean {
    return this.#held !== null
  }

  start(unread: Buffer): void {
    if (unread.length > 0) this.#pass(unread)
    if (!this.to.backlogged && !this.holds) this.from.resume()
  }

  /** Nothing is passed any more. */
  stop(): void {
    this.#stopped = true
    this.#held = null
    this.#wheel.disarm(this)
  }

  received(bytes: Buffer, end: number): void {
    // A full buffer says that there is more: then large reads save calls. Otherwise, and where a rate lets little
    // through at a time, nobody needs a buffer of its own: most sessions of databases rest most of the time.
    if (end === bytes.length) this.from.expectBulk(this.#rate === 0)
    else if (end < SMALL) this.from.expectBulk(false)
    this.#pass(bytes.subarray(0, end))
  }

  /** What the opposite direction wrote into `from` is out: its reader may go on. */
  drained(): void {
    const opposite = this.opposite!
    if (opposite.finished) this.#join.check()
    else if (!opposite.holds) opposite.from.resume()
  }

  ended(): void {
    this.finished = true
    this.finishedFirst = !this.opposite!.finished
    this.to.end()
    this.#join.check()
  }

  closed(error: string): void {
    this.#join.closed(this, error)
  }

  /** The rate allows more of what was held. */
  override expired(): void {
    const held = this.#held
    this.#held = null
    if (held === null || this.#stopped) return
    this.#pass(held)
    if (!this.holds && !this.to.backlogged) this.from.resume()
  }

  #pass(bytes: Buffer): void {
    if (this.#stopped) return
    this.#join.moved(this)
    const allowed = this.#rate === 0 ? bytes.length : this.#allowance(bytes.length)
    if (allowed > 0) {
      this.bytes += allowed
      if (!this.to.write(allowed === bytes.length ? bytes : bytes.subarray(0, allowed))) this.from.pause()
    }
    if (allowed < bytes.length && !this.#stopped) this.#hold(bytes.subarray(allowed), allowed)
  }

  /** One second's worth may go at once, as in nginx. */
  #allowance(wanted: number): number {
    const elapsedMs = Math.max(0, this.#wheel.now - this.#startedMs)
    const left = Math.floor((this.#rate * (elapsedMs + 1000)) / 1000) - this.bytes
    return Math.max(0, Math.min(wanted, left))
  }

  /** What has just gone takes its time, too, as in nginx: a burst is followed by as long a rest. */
  #hold(rest: Buffer, gone: number): void {
    this.#held = Buffer.from(rest)
    this.from.pause()
    // Not byte by byte: a tenth of a second's worth at a time.
    const next = Math.min(rest.length, Math.max(1, this.#rate / 10))
    const dueMs = this.#startedMs + ((this.bytes + next) * 1000) / this.#rate - 1000
    this.#wheel.arm(this, Math.max(LEAST_WAIT_MS, dueMs - this.#wheel.now, (gone * 1000) / this.#rate))
  }
}
