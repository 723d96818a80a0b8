/**
 * A probe over TCP: it connects, and where that is asked for says something and looks for something in the answer.
 * Whatever the server speaks, such a check can be written for it.
 */
import type { DialAddress } from '../model/plan.ts'
import type { StreamMatchModel } from '../model/stream/stream-health.ts'
import type { Channel, ChannelUser } from '../net/channel.ts'
import type { Dialing, DialUser } from '../net/dial.ts'
import type { TlsRefusal } from '../net/tls-dial.ts'
import { Expectation } from './expectation.ts'
import { refusalReason, systemReason, type CheckTls, type Prober, type ProberPorts } from './prober.ts'

export interface TcpProbeOptions {
  readonly addresses: readonly DialAddress[]
  /** Connecting, and the handshake. */
  readonly connectTimeoutMs: number
  /** From the moment the connection stands. */
  readonly readTimeoutMs: number
  /** null: that the connection stands is enough. */
  readonly match: StreamMatchModel | null
  /** Asked for each connection; null: bytes go in the clear. */
  readonly tls: ReturnType<CheckTls> | null
  /** What goes out before everything else, TLS too; null: nothing. */
  readonly preface: Uint8Array | null
}

export class TcpProber implements Prober, DialUser, ChannelUser {
  readonly #options: TcpProbeOptions
  readonly #ports: ProberPorts
  readonly #expectation: Expectation
  #dialing: Dialing | null = null
  #channel: Channel | null = null
  #stopClock: () => void = nothing
  #done: ((wrong: string | null) => void) | null = null

  constructor(options: TcpProbeOptions, ports: ProberPorts) {
    this.#options = options
    this.#ports = ports
    this.#expectation = new Expectation(options.match)
  }

  probe(done: (wrong: string | null) => void): void {
    this.#done = done
    const { addresses, connectTimeoutMs, tls, preface } = this.#options
    const target = tls === null ? null : tls()
    // Told later, as everything is.
    if (typeof target === 'string') {
      this.#stopClock = this.#ports.clock.after(0, () => this.#tell(target))
      return
    }
    this.#stopClock = this.#ports.clock.after(connectTimeoutMs, () => this.#tell('timed out while connecting'))
    this.#dialing = this.#ports.dial(addresses, this, target, preface)
  }

  close(): void {
    this.#done = null
    this.#stopClock()
    this.#dialing?.cancel()
    this.#dialing = null
    const channel = this.#channel
    this.#channel = null
    channel?.destroy()
  }

  // === DialUser

  connected(channel: Channel): void {
    this.#dialing = null
    this.#channel = channel
    channel.attach(this)
    const { match, readTimeoutMs } = this.#options
    const expectation = this.#expectation
    if (match === null || (!expectation.waits && match.send === null)) return this.#tell(null)
    this.#stopClock()
    this.#stopClock = this.#ports.clock.after(readTimeoutMs, () => this.#tell(expectation.missing('timed out')))
    expectation.begin()
    channel.resume()
    if (match.send !== null && !channel.write(match.send)) return
    this.drained()
  }

  failed(error: string, refusal?: TlsRefusal): void {
    this.#dialing = null
    this.#tell(refusal === undefined ? systemReason(error) : refusalReason(refusal))
  }

  // === ChannelUser

  received(bytes: Buffer, end: number): void {
    if (!this.#expectation.waits) return
    const found = this.#expectation.take(bytes.toString('latin1', 0, end))
    if (found !== null) this.#tell(typeof found === 'string' ? found : null)
  }

  /** Everything was sent. */
  drained(): void {
    if (!this.#expectation.waits) this.#tell(null)
  }

  ended(): void {
    this.#tell(this.#expectation.missing('connection closed'))
  }

  closed(error: string): void {
    this.#channel = null
    this.#tell(this.#expectation.missing(error === '' ? 'connection closed' : systemReason(error)))
  }

  #tell(wrong: string | null): void {
    const done = this.#done
    this.close()
    done?.(wrong)
  }
}

const nothing = (): void => {}
