/**
 * Answers CONNECT: leases a peer, connects to it, says 200 and joins the two connections. What fails before that goes to
 * the next peer where it is allowed, by the same rules as requests that are forwarded.
 */
import type { Exchange } from '../exchange/exchange.ts'
import { failure, type Failure } from '../exchange/failure.ts'
import { Fields } from '../exchange/fields.ts'
import { ResponseHead, UNKNOWN_LENGTH } from '../exchange/head.ts'
import type { Source } from '../exchange/sink.ts'
import type { Channel } from '../net/channel.ts'
import { dialAny, type Dialing, type DialUser } from '../net/dial.ts'
import { Deadline } from '../net/timer-wheel.ts'
import type { Lease } from '../upstream/upstream.ts'
import { Attempts } from './attempts.ts'
import type { ForwardSettings, ForwardTarget } from './forward-settings.ts'
import type { Ports } from './ports.ts'
import { openTunnel } from './upgrade.ts'

export interface TunnelSettings extends Pick<ForwardSettings, 'retry' | 'limitTries' | 'dialOptions'> {
  readonly connectTimeoutMs: number
  /** How long nothing may move in either direction. */
  readonly idleMs: number
}

export class TunnelForward extends Deadline implements DialUser, Source {
  readonly #exchange: Exchange
  readonly #settings: TunnelSettings
  readonly #ports: Ports
  readonly #attempts: Attempts
  #dialing: Dialing | null = null
  #over = false

  constructor(exchange: Exchange, settings: TunnelSettings, target: ForwardTarget, ports: Ports) {
    super()
    this.#exchange = exchange
    this.#settings = settings
    this.#ports = ports
    this.#attempts = new Attempts(exchange, settings, target, ports)
  }

  start(): void {
    this.#exchange.work = this
    this.#next()
  }

  #next(): void {
    const lease = this.#attempts.ask()
    if (lease instanceof Promise) {
      lease.then(
        found => this.#leased(found),
        cause => this.#giveUp(failure('internal', cause)),
      )
    } else this.#leased(lease)
  }

  #leased(lease: Lease | Failure): void {
    if ('code' in lease) {
      if (this.#over) return
      this.#attempts.none(lease)
      return this.#giveUp(lease)
    }
    if (this.#over) {
      lease.end('abandoned')
      return
    }
    const { wheel, buffers } = this.#ports
    this.#attempts.begin(lease)
    wheel.arm(this, this.#settings.connectTimeoutMs)
    this.#dialing = dialAny(lease.peer.addresses, this.#settings.dialOptions(this.#exchange, buffers), this)
  }

  // === DialUser, and its deadline

  connected(channel: Channel): void {
    const { wheel } = this.#ports
    this.#dialing = null
    wheel.disarm(this)
    if (this.#over) return channel.destroy()
    this.#over = true
    const exchange = this.#exchange
    const attempts = this.#attempts
    exchange.work = null
    exchange.keep = false
    const attempt = attempts.current!
    wheel.touch()
    attempt.connectMs = wheel.now - attempt.startedMs
    const head = new ResponseHead(200, new Fields(), UNKNOWN_LENGTH)
    attempts.responded(head)
    openTunnel(exchange, head, { channel, unread: nothing }, this.#settings.idleMs, this.#ports, (up, down) => {
      attempt.bytesSent += up
      attempt.bytesReceived += down
      attempts.close(null)
      attempts.end('served')
    })
  }

  failed(error: string): void {
    this.#dialing = null
    this.#ports.wheel.disarm(this)
    if (!this.#over) this.#failed(failure(error === 'ECONNREFUSED' ? 'connect_refused' : 'connect_failed', error))
  }

  override expired(): void {
    this.#dialing?.cancel()
    this.#dialing = null
    this.#failed(failure('connect_timeout'))
  }

  // === Source: the client leaves

  pause(): void {}

  resume(): void {}

  cancel(problem: Failure): void {
    if (this.#over) return
    this.#over = true
    const attempts = this.#attempts
    attempts.leave()
    this.#dialing?.cancel()
    this.#dialing = null
    this.#ports.wheel.disarm(this)
    if (attempts.current !== null) {
      attempts.current.failure ??= problem
      attempts.close(null)
    }
    attempts.end('abandoned')
  }

  #failed(problem: Failure): void {
    if (this.#attempts.failed(problem, null)) this.#next()
    else this.#giveUp(problem)
  }

  #giveUp(problem: Failure): void {
    this.#over = true
    this.#exchange.work = null
    this.#exchange.loop.proceed(this.#exchange, problem)
  }
}

const nothing = Buffer.alloc(0)
