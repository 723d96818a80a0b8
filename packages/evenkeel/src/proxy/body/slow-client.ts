/**
 * A client that does not take a proxied response as fast as its origin sends it. It is waited for a while, which is all
 * that fast clients ever need; when the waits of one response add up, the origin is not kept waiting any longer and the
 * rest is read ahead. Made when a client is slow for the first time: responses that are taken at once know nothing of it.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Fields } from '../../exchange/fields.ts'
import { Deadline, type TimerWheel } from '../../net/timer-wheel.ts'
import { ReadAhead, type ReadAheadLimits } from './read-ahead.ts'

/** Whether and how far a response is read ahead of its client. */
export interface ReadAheadSettings extends ReadAheadLimits {
  /** proxy_buffering; the origin may say otherwise (X-Accel-Buffering) where `obeys` is true. */
  readonly on: boolean
  readonly obeys: boolean
}

/** How long an origin waits for the client in all, in milliseconds. */
const PATIENCE_MS = 250

export class SlowClient extends Deadline {
  readonly #exchange: Exchange
  readonly #settings: ReadAheadSettings
  readonly #wheel: TimerWheel
  /** The origin may send on. */
  readonly #goOn: () => void
  /** This response may be read ahead. */
  readonly #mayRead: boolean
  #ahead: ReadAhead | null = null
  #waitedMs = 0
  #sinceMs = 0

  /** `fields` are those of the origin's response. */
  constructor(exchange: Exchange, settings: ReadAheadSettings, fields: Fields, wheel: TimerWheel, goOn: () => void) {
    super()
    this.#exchange = exchange
    this.#settings = settings
    this.#wheel = wheel
    this.#goOn = goOn
    this.#mayRead = settings.memory > 0 && isBuffered(settings, fields)
  }

  /** Bytes were not taken at once, or the reader ahead is full. Answers whether the origin may go on all the same. */
  waits(): boolean {
    if (this.#ahead !== null || !this.#mayRead) return false
    const left = PATIENCE_MS - this.#waitedMs
    if (left <= 0) {
      this.#begin()
      return true
    }
    this.#sinceMs = this.#wheel.touch()
    this.#wheel.arm(this, left)
    return false
  }

  /** The client takes more. */
  resumed(): void {
    if (this.#ahead !== null) return this.#ahead.resume()
    if (this.dueMs !== 0) {
      this.#waitedMs += this.#wheel.touch() - this.#sinceMs
      this.stop()
    }
    this.#goOn()
  }

  paused(): void {
    this.#ahead?.pause()
  }

  /** The origin has said all it will say. */
  stop(): void {
    if (this.dueMs !== 0) this.#wheel.disarm(this)
  }

  override expired(): void {
    this.#begin()
    this.#goOn()
  }

  #begin(): void {
    this.#ahead = new ReadAhead(this.#exchange, this.#settings, this.#goOn)
  }
}

function isBuffered({ on, obeys }: ReadAheadSettings, fields: Fields): boolean {
  const said = obeys ? fields.get('X-Accel-Buffering')?.toLowerCase() : undefined
  if (said === 'no' || (said !== 'yes' && !on)) return false
  // Events are for now: having many of them wait is of no use to anybody.
  return fields.get('Content-Type')?.toLowerCase().startsWith('text/event-stream') !== true
}
