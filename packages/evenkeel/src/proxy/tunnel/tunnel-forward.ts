/**
 * Answers CONNECT: leases a peer, connects to it, says 200 and joins the two connections. What fails before that goes to
 * the next peer where it is allowed, by the same rules as requests that are forwarded.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Failure } from '../../exchange/failure.ts'
import { Fields } from '../../exchange/fields.ts'
import { ResponseHead, UNKNOWN_LENGTH } from '../../exchange/head.ts'
import type { Source } from '../../exchange/sink.ts'
import type { Channel } from '../../net/channel.ts'
import { dialAny, type DialUser } from '../../net/dial.ts'
import type { Lease } from '../../upstream/upstream.ts'
import { Attempts } from '../forward/attempts.ts'
import type { ForwardSettings, ForwardTarget } from '../forward/forward-settings.ts'
import { Leasing } from '../forward/leasing.ts'
import type { Ports } from '../ports.ts'
import { openTunnel } from './upgrade.ts'

export interface TunnelSettings extends Pick<ForwardSettings, 'retry' | 'limitTries' | 'dialOptions'> {
  readonly connectTimeoutMs: number
  /** How long nothing may move in either direction. */
  readonly idleMs: number
}

export class TunnelForward extends Leasing implements DialUser, Source {
  readonly #settings: TunnelSettings

  constructor(exchange: Exchange, settings: TunnelSettings, target: ForwardTarget, ports: Ports) {
    super(exchange, new Attempts(exchange, settings, target, ports), ports)
    this.#settings = settings
  }

  start(): void {
    this.exchange.work = this
    this.next()
  }

  protected approach(lease: Lease): void {
    const { wheel, buffers } = this.ports
    wheel.arm(this, this.#settings.connectTimeoutMs)
    this.dialing = dialAny(lease.peer.addresses, this.#settings.dialOptions(this.exchange, buffers), this)
  }

  // === DialUser

  connected(channel: Channel): void {
    const { wheel } = this.ports
    this.dialing = null
    wheel.disarm(this)
    if (this.over) return channel.destroy()
    this.over = true
    const exchange = this.exchange
    const attempts = this.attempts
    exchange.work = null
    exchange.keep = false
    const attempt = attempts.current!
    wheel.touch()
    attempt.connectMs = wheel.now - attempt.startedMs
    const head = new ResponseHead(200, new Fields(), UNKNOWN_LENGTH)
    attempts.responded(head)
    openTunnel(exchange, head, { channel, unread: nothing }, this.#settings.idleMs, this.ports, (up, down) => {
      attempts.tunnelled(up, down)
    })
  }

  // === Source: the client leaves

  pause(): void {}

  resume(): void {}

  cancel(problem: Failure): void {
    if (this.over) return
    this.over = true
    const attempts = this.attempts
    attempts.leave()
    this.dialing?.cancel()
    this.dialing = null
    this.ports.wheel.disarm(this)
    if (attempts.current !== null) {
      attempts.current.failure ??= problem
      attempts.close(null)
    }
    attempts.end('abandoned')
  }

  protected unreached(problem: Failure): void {
    if (this.attempts.failed(problem, null)) this.next()
    else this.giveUp(problem)
  }

  protected giveUp(problem: Failure): void {
    this.over = true
    this.exchange.work = null
    this.exchange.loop.proceed(this.exchange, problem)
  }
}

const nothing = Buffer.alloc(0)
