/**
 * From a place at a peer to a link that takes the request: a kept connection, a new one, or a stream on one that is
 * shared.
 */
import type { Attempt } from '../../exchange/attempt.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import type { Channel } from '../../net/channel.ts'
import { dialAny, type DialUser } from '../../net/dial.ts'
import type { TlsTarget } from '../../net/tls-dial.ts'
import type { Lease } from '../../upstream/upstream.ts'
import type { Attempts } from './attempts.ts'
import type { ForwardSettings, ForwardTarget } from './forward-settings.ts'
import { OriginConnection } from '../http1/origin-connection.ts'
import type { OriginStream } from '../http2/origin-stream.ts'
import type { Http2Origins, StreamUser } from '../http2/origins.ts'
import { Leasing } from './leasing.ts'
import type { OriginLink } from './origin-link.ts'
import type { Ports } from '../ports.ts'

export abstract class OriginApproach extends Leasing implements DialUser, StreamUser {
  protected readonly settings: ForwardSettings
  protected readonly target: ForwardTarget
  /** null: bytes go in the clear. The same for all attempts. */
  protected tls: TlsTarget | null = null
  #attempt: Attempt | null = null
  #poolKey = ''

  constructor(exchange: Exchange, settings: ForwardSettings, target: ForwardTarget, attempts: Attempts, ports: Ports) {
    super(exchange, attempts, ports)
    this.settings = settings
    this.target = target
  }

  protected abstract reached(link: OriginLink): void

  protected approach(lease: Lease, attempt: Attempt): void {
    const { peer } = lease
    const { tls, target, settings } = this
    this.#attempt = attempt
    attempt.secure = tls !== null
    if (settings.http2 !== null) return this.#sharedLink(settings.http2.of(target.pool), lease, attempt)
    // Connections that speak TLS with somebody else, or as somebody else, are others.
    this.#poolKey = tls === null ? target.poolKey(peer) : target.poolKey(peer) + tls.key
    const pooled = target.pool?.take(this.#poolKey) as OriginConnection | undefined
    if (pooled !== undefined) {
      attempt.reused = true
      attempt.connectMs = 0
      return this.reached(pooled)
    }
    const { wheel, buffers, dial = dialAny } = this.ports
    wheel.arm(this, settings.connectTimeoutMs)
    const options = settings.dialOptions(this.exchange, buffers)
    this.dialing = dial(peer.addresses, tls === null ? options : { ...options, tls }, this)
  }

  connected(channel: Channel): void {
    this.dialing = null
    const { wheel } = this.ports
    wheel.disarm(this)
    const connection = new OriginConnection(channel, wheel, this.settings.origin, this.target.pool, this.#poolKey)
    if (this.over) return connection.closeIdle()
    wheel.touch()
    const attempt = this.#attempt!
    attempt.connectMs = wheel.now - attempt.startedMs
    this.reached(connection)
  }

  /** A stream on a connection that is shared: one that is there, or that is being made. */
  #sharedLink(origins: Http2Origins, { peer }: Lease, attempt: Attempt): void {
    const { origin, connectTimeoutMs } = this.settings
    const tls = this.tls
    const plain = this.settings.dialOptions(this.exchange, this.ports.buffers)
    const options = tls === null ? plain : { ...plain, tls }
    const scheme = tls === null ? 'http' : 'https'
    const key = `h2 ${plain.localAddress ?? ''} ${peer.name}${tls?.key ?? ''}`
    const stream = origins.take(key)
    if (stream !== undefined) {
      attempt.reused = true
      attempt.connectMs = 0
      return this.reached(stream)
    }
    this.ports.wheel.arm(this, connectTimeoutMs)
    this.dialing = origins.wait({ key, scheme, addresses: peer.addresses, options, settings: origin }, this)
  }

  streamed(stream: OriginStream, reused: boolean): void {
    this.dialing = null
    const { wheel } = this.ports
    wheel.disarm(this)
    const attempt = this.#attempt!
    attempt.reused = reused
    attempt.connectMs = wheel.now - attempt.startedMs
    this.reached(stream)
  }
}
