/**
 * A Sink that lets so many bytes a second through, with nginx's arithmetic: in each second of the clock since the
 * response's start there is a second's worth to send, and after each piece a pause as long as its bytes are worth.
 *
 * What comes beyond that is kept (one part: the sender is paused then) and goes out when the time has come. Nothing is
 * dropped: a body that ends early for the sender ends for the client when all of it was passed on.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Failure } from '../../exchange/failure.ts'
import type { Fields } from '../../exchange/fields.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import type { Sink, Source } from '../../exchange/sink.ts'
import type { Alarm, Waits } from '../waits.ts'

export interface Pace {
  /** Bytes a second; 0: no limit. */
  readonly rate: (exchange: Exchange) => number
  /** Bytes that are free. */
  readonly after: (exchange: Exchange) => number
  readonly startedMs: (exchange: Exchange) => number
  /** Counts bytes as they go to the client, with head and framing; else those of the body. */
  readonly wire: boolean
}

export class RateSink implements Sink<ResponseHead>, Source {
  readonly #exchange: Exchange
  readonly #next: Sink<ResponseHead>
  readonly #pace: Pace
  readonly #waits: Waits
  readonly #kept: Buffer[] = []
  #alarm: Alarm | null = null
  #source: Source | null = null
  #rate = 0
  #after = 0
  #startSecond = 0
  #passed = 0
  /** The alarm is set: nothing goes out before it rings. */
  #delayed = false
  /** Who takes it wants no more for now. */
  #full = false
  #paused = false
  #end: { readonly trailers: Fields | undefined } | null = null
  #over = false

  constructor(exchange: Exchange, next: Sink<ResponseHead>, pace: Pace, waits: Waits) {
    this.#exchange = exchange
    this.#next = next
    this.#pace = pace
    this.#waits = waits
  }

  interim(head: ResponseHead): void {
    this.#next.interim(head)
  }

  head(head: ResponseHead, source: Source): void {
    this.#source = source
    this.#rate = this.#pace.rate(this.#exchange)
    if (this.#rate > 0) {
      this.#after = this.#pace.after(this.#exchange)
      this.#startSecond = Math.floor(this.#pace.startedMs(this.#exchange) / 1000)
    }
    this.#next.head(head, this.#rate > 0 ? this : source)
  }

  body(part: Uint8Array): boolean {
    if (this.#rate === 0) return this.#next.body(part)
    if (this.#over) return true
    const sent = this.#kept.length > 0 || this.#delayed || this.#full ? 0 : this.#send(part)
    if (sent < part.length) this.#kept.push(Buffer.from(part.subarray(sent)))
    const open = this.#kept.length === 0 && !this.#full
    if (!open) this.#paused = true
    return open
  }

  flush(): void {
    this.#next.flush()
  }

  end(trailers?: Fields): void {
    if (this.#over) return
    this.#end = { trailers }
    if (this.#kept.length === 0) this.#finish()
  }

  abort(failure: Failure): void {
    if (this.#over) return
    this.#stop()
    this.#next.abort(failure)
  }

  pause(): void {
    this.#full = true
  }

  resume(): void {
    this.#full = false
    this.#pump()
  }

  cancel(failure: Failure): void {
    if (this.#over) return
    const sending = this.#end === null
    this.#stop()
    if (sending) this.#source?.cancel(failure)
  }

  /** Passes on what there is time for. */
  #pump(): void {
    while (!this.#over && !this.#delayed && !this.#full && this.#kept.length > 0) {
      const part = this.#kept[0]!
      const sent = this.#send(part)
      if (sent === part.length) this.#kept.shift()
      else this.#kept[0] = part.subarray(sent)
    }
    if (this.#over || this.#kept.length > 0) return
    if (this.#end !== null) return this.#finish()
    if (!this.#paused || this.#delayed || this.#full) return
    this.#paused = false
    this.#source?.resume()
  }

  /** How many bytes of it went on; the alarm is set for the rest, and for what they cost. */
  #send(part: Uint8Array): number {
    const rate = this.#rate
    const second = Math.floor(this.#waits.now() / 1000)
    const before = this.#passed
    const allowed = rate * (second - this.#startSecond + 1) - (before - this.#after)
    if (allowed <= 0) {
      this.#delay(Math.trunc((-allowed * 1000) / rate) + 1)
      return 0
    }
    const count = Math.min(allowed, part.length)
    if (!this.#next.body(part.subarray(0, count))) this.#full = true
    if (this.#over) return count
    this.#next.flush()
    this.#passed = this.#pace.wire ? Math.max(this.#exchange.bytesSent, before + count) : before + count
    const cost = Math.max(0, this.#passed - this.#after) - Math.max(0, before - this.#after)
    const pauseMs = Math.trunc((cost * 1000) / rate)
    if (pauseMs > 0) this.#delay(pauseMs)
    return count
  }

  #delay(ms: number): void {
    this.#delayed = true
    this.#alarm ??= this.#waits.alarm(() => {
      this.#delayed = false
      this.#pump()
    })
    this.#alarm.set(ms)
  }

  #finish(): void {
    const { trailers } = this.#end!
    this.#stop()
    this.#next.end(trailers)
  }

  #stop(): void {
    this.#over = true
    this.#kept.length = 0
    this.#alarm?.off()
  }
}
