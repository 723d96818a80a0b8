/**
 * A probe that connects: for whatever speaks no HTTP on the checked port. With a `match` it says something and looks at
 * what comes back.
 */
import type { TalkModel } from '../model/health.ts'
import type { DialAddress } from '../model/plan.ts'
import type { Channel, ChannelUser } from '../net/channel.ts'
import { nobody } from '../net/channels.ts'
import type { Dialing, DialUser } from '../net/dial.ts'
import { systemReason, type Prober, type ProberPorts } from './prober.ts'

export interface TcpProbeOptions {
  readonly addresses: readonly DialAddress[]
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
    if (channel === null) return
    channel.attach(nobody)
    channel.destroy()
  }

  // === DialUser

  connected(channel: Channel): void {
    this.#dialing = null
    this.#channel = channel
    const { talk, readTimeoutMs } = this.#options
    if (talk !== null && talk.send !== '') channel.write(talk.send)
    if (this.#expects === null) return this.#tell(null)
    this.#text = ''
    this.#limit(readTimeoutMs, 'timed out while waiting for what is expected')
    channel.attach(this)
    channel.resume()
  }

  failed(error: string): void {
    this.#tell(systemReason(error))
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
