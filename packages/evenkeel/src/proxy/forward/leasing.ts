/**
 * From the wish to try a peer to a place at one, and to word of the connection that is made to it: what forwarding and
 * tunnels have in common. A layer of theirs rather than an object beside them, since every request has it.
 */
import type { Attempt } from '../../exchange/attempt.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import { failure, type Failure } from '../../exchange/failure.ts'
import type { Dialing } from '../../net/dial.ts'
import type { TlsRefusal } from '../../net/tls-dial.ts'
import { Deadline } from '../../net/timer-wheel.ts'
import type { Lease } from '../../upstream/upstream.ts'
import type { Attempts } from './attempts.ts'
import type { Ports } from '../ports.ts'
import { refusalFailure } from './tls-refusal.ts'

export abstract class Leasing extends Deadline {
  protected readonly exchange: Exchange
  protected readonly attempts: Attempts
  protected readonly ports: Ports
  protected dialing: Dialing | null = null
  /** Nothing that comes now matters. */
  protected over = false

  constructor(exchange: Exchange, attempts: Attempts, ports: Ports) {
    super()
    this.exchange = exchange
    this.attempts = attempts
    this.ports = ports
  }

  /** Connects to the peer of that lease. */
  protected abstract approach(lease: Lease, attempt: Attempt): void
  protected abstract unreached(problem: Failure): void
  protected abstract giveUp(problem: Failure): void

  protected next(): void {
    const lease = this.attempts.ask()
    if (lease instanceof Promise) {
      lease.then(
        found => this.#leased(found),
        cause => this.giveUp(failure('internal', cause)),
      )
    } else this.#leased(lease)
  }

  #leased(lease: Lease | Failure): void {
    if ('code' in lease) {
      if (this.over) return
      this.attempts.none(lease)
      this.giveUp(lease)
    } else if (this.over) lease.end('abandoned')
    else this.approach(lease, this.attempts.begin(lease))
  }

  failed(error: string, refusal?: TlsRefusal): void {
    this.dialing = null
    this.ports.wheel.disarm(this)
    if (this.over) return
    if (refusal !== undefined) return this.unreached(refusalFailure(refusal))
    this.unreached(failure(error === 'ECONNREFUSED' ? 'connect_refused' : 'connect_failed', error))
  }

  /** The connection could not be made in time. */
  override expired(): void {
    this.dialing?.cancel()
    this.dialing = null
    this.unreached(failure('connect_timeout'))
  }
}
