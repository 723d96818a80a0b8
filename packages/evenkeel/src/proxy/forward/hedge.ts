/**
 * A second attempt beside the first: made when an answer takes longer than those of others do, at another peer and
 * within the budget of retries. Whose head comes first is taken, and the other attempt is called off at once.
 *
 *    waiting ──delay──▶ under way ──its head first, or the first attempt failed──▶ leading
 *       └────────────────────┴──────the first attempt answered──▶ over
 *
 * As long as it is under way all that Forward does is about the first attempt; once it leads, what comes is handed on
 * to Forward as if that had made it. So a request that is not hedged pays for one comparison.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Failure } from '../../exchange/failure.ts'
import type { Fields } from '../../exchange/fields.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import type { TlsTarget } from '../../net/tls-dial.ts'
import type { Hedging, LeaseOutcome } from '../../upstream/upstream.ts'
import type { Attempts } from './attempts.ts'
import type { ForwardSettings, ForwardTarget } from './forward-settings.ts'
import { OriginApproach } from './origin-approach.ts'
import type { OriginLink, ResponseReceiver } from './origin-link.ts'
import type { Ports } from '../ports.ts'

/** What Forward is to its second attempt. */
export interface Hedged extends ResponseReceiver {
  send(link: OriginLink, receiver: ResponseReceiver): void
  /** Its own attempt was too slow. */
  overtaken(): void
  /** From here on this is its link. */
  adopt(link: OriginLink | null): void
  unreached(problem: Failure): void
}

/** The second attempt of an exchange whose first one begins now, waiting; null: it may have none. */
export function hedgeOf(
  forward: Hedged,
  { delayMs }: Hedging,
  exchange: Exchange,
  settings: ForwardSettings,
  target: ForwardTarget,
  attempts: Attempts,
  ports: Ports,
  tls: TlsTarget | null,
): Hedge | null {
  const bodiless = exchange.body.length === 0 || !settings.passBody
  // Nobody can have two connections for an upgrade.
  if (delayMs === 0 || !bodiless || exchange.request.upgrade !== '' || !attempts.mayHedge) return null
  const hedge = new Hedge(forward, exchange, settings, target, attempts, ports)
  hedge.wait(delayMs, tls)
  return hedge
}

export class Hedge extends OriginApproach implements ResponseReceiver {
  readonly #forward: Hedged
  #state: 'waiting' | 'under way' | 'leading' | 'over' = 'waiting'
  #link: OriginLink | null = null

  constructor(
    forward: Hedged,
    exchange: Exchange,
    settings: ForwardSettings,
    target: ForwardTarget,
    attempts: Attempts,
    ports: Ports,
  ) {
    super(exchange, settings, target, attempts, ports)
    this.#forward = forward
  }

  get underWay(): boolean {
    return this.#state === 'under way'
  }

  wait(ms: number, tls: TlsTarget | null): void {
    this.tls = tls
    this.ports.wheel.arm(this, ms)
  }

  /** The first attempt is over without an answer. */
  lead(): void {
    this.attempts.turn()
    this.attempts.alone()
    this.#state = 'leading'
    this.#forward.adopt(this.#link)
  }

  /** The first attempt answers, or nobody wants an answer any more. */
  lose(): void {
    if (this.#state === 'under way') {
      this.attempts.turn()
      this.attempts.outrun(this.#link)
      this.#leave()
    } else if (this.#state === 'waiting') this.letGo()
  }

  /** Whatever it is at, but for a link that is Forward's already. */
  letGo(): void {
    this.#state = 'over'
    this.over = true
    this.dialing?.cancel()
    this.dialing = null
    this.ports.wheel.disarm(this)
  }

  override expired(): void {
    if (this.#state !== 'waiting') return super.expired()
    const lease = this.attempts.askBeside()
    if (lease === null) return this.letGo()
    this.#state = 'under way'
    this.approach(lease, this.attempts.beginBeside(lease))
  }

  protected reached(link: OriginLink): void {
    this.#link = link
    if (this.#state === 'leading') {
      this.attempts.sent = true
      this.#forward.adopt(link)
    } else {
      this.attempts.turn()
      this.attempts.sent = true
      this.attempts.turn()
    }
    this.#forward.send(link, this)
  }

  protected unreached(problem: Failure): void {
    if (this.#state === 'leading') return this.#forward.unreached(problem)
    this.attempts.turn()
    this.attempts.failed(problem, this.#link, true)
    this.#leave()
  }

  protected giveUp(problem: Failure): void {
    this.unreached(problem)
  }

  // === ResponseReceiver

  interim(head: ResponseHead): void {
    if (this.#state === 'leading') this.#forward.interim(head)
  }

  head(head: ResponseHead): void {
    const { attempts } = this
    if (this.#state === 'under way') {
      attempts.turn()
      if (attempts.mayPassOn(head.status, true)) {
        attempts.responded(head)
        return this.#drop(head.status === 403 || head.status === 404 ? 'abandoned' : 'failed')
      }
      attempts.turn()
      this.#forward.overtaken()
      this.lead()
    }
    this.#forward.head(head, this.#link!)
  }

  body(part: Uint8Array): boolean {
    return this.#forward.body(part)
  }

  flush(): void {
    this.#forward.flush()
  }

  end(trailers?: Fields): void {
    this.#forward.end(trailers)
  }

  abort(problem: Failure): void {
    if (this.#state === 'leading') return this.#forward.abort(problem)
    if (this.#state === 'under way') this.unreached(problem)
  }

  #drop(outcome: LeaseOutcome): void {
    this.attempts.close(this.#link)
    this.attempts.end(outcome)
    this.#leave()
  }

  /** It has ended, and the first attempt goes on. */
  #leave(): void {
    this.letGo()
    this.#link?.cancel()
    this.#link = null
    this.attempts.turn()
    this.attempts.alone()
  }
}
