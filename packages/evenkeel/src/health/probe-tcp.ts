/**
 * A probe over TCP: it connects, and where that is asked for says something and looks for something in the answer.
 * Whatever the server speaks, such a check can be written for it.
 */
import type { DialAddress } from '../model/plan.ts'
import type { StreamMatchModel } from '../model/stream-health.ts'
import type { Channel, ChannelUser } from '../net/channel.ts'
 * A probe that connects: for whatever speaks no HTTP on the checked port. With a `match` it says something and looks at
 * what comes back.
 */
import type { TalkModel } from '../model/health.ts'
import type { DialAddress } from '../model/plan.ts'
import type { Channel, ChannelUser } from '../net/channel.ts'
import { nobody } from '../net/channels.ts'
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
  readonly connectTimeoutMs: number
  /** How long what is expected may take. */
  readonly readTimeoutMs: number
  /** null: a connection is enough. */
  readonly talk: TalkModel | null
}

/** Bytes of an answer that are looked at: nginx looks at its buffer. */
const MOST = 16 * 1024

export class TcpProber implements Prober, DialUser, ChannelUser {
  readonly #options: TcpProbeOptions
  readonly #ports: ProberPorts
  readonly #expects: ((text: string) => boolean) | null
  #dialing: Dialing | null = null
  #channel: Channel | null = null
  #text = ''
  #stopClock: () => void = nothing
  #done: ((wrong: string | null) => void) | null = null

  constructor(options: TcpProbeOptions, ports: ProberPorts) {
    this.#options = options
    this.#ports = ports
    this.#expectation = new Expectation(options.match)
    const expect = options.talk?.expect ?? null
    if (expect === null) this.#expects = null
    else if (typeof expect === 'string') this.#expects = text => text.startsWith(expect)
    else {
      const expression = new RegExp(expect.source, expect.caseless ? 'i' : '')
      this.#expects = text => expression.test(text)
    }
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
    this.#limit(this.#options.connectTimeoutMs, 'timed out while connecting')
    this.#dialing = this.#ports.dial(this.#options.addresses, this, null)
  }

  close(): void {
    this.#done = null
    this.#stopClock()
    this.#dialing?.cancel()
    this.#dialing = null
    const channel = this.#channel
    this.#channel = null
    channel?.destroy()
    if (channel === null) return
    channel.attach(nobody)
    channel.destroy()
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
    const { talk, readTimeoutMs } = this.#options
    if (talk !== null && talk.send !== '') channel.write(talk.send)
    if (this.#expects === null) return this.#tell(null)
    this.#text = ''
    this.#limit(readTimeoutMs, 'timed out while waiting for what is expected')
    channel.attach(this)
    channel.resume()
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

  // === ChannelUser

  received(bytes: Buffer, end: number): void {
    this.#text += bytes.toString('latin1', 0, Math.min(end, MOST - this.#text.length))
    if (this.#expects!(this.#text)) this.#tell(null)
    else if (this.#text.length >= MOST) this.#tell('the answer is not what is expected')
  }

  drained(): void {}

  ended(): void {
    this.#tell('the answer is not what is expected')
  }

  closed(error: string): void {
    this.#tell(error === '' ? 'the answer is not what is expected' : systemReason(error))
  }

  #limit(ms: number, wrong: string): void {
    this.#stopClock()
    this.#stopClock = this.#ports.clock.after(ms, () => this.#tell(wrong))
  }

  #tell(wrong: string | null): void {
    const done = this.#done
    this.close()
    done?.(wrong)
  }
}

const nothing = (): void => {}
