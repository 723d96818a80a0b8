/** Time that only passes when told, and connections that a test is the other side of. */
import type { DialAddress } from '../model/plan.ts'
import type { Channel, ChannelUser } from '../net/channel.ts'
import { nobody } from '../net/channels.ts'
import type { DialUser } from '../net/dial.ts'
import type { UdpAddress, UdpUser } from '../net/udp.ts'
import type { Clock, DatagramDialer, DatagramLink, Dialer } from './prober.ts'

export class FakeClock implements Clock {
  #nowMs = 0
  #timers: { readonly at: number; readonly run: () => void }[] = []

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.length
  }

  nowMs(): number {
    return this.#nowMs
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#nowMs + ms, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter(one => one !== timer)
    }
  }

  /** Runs what is due, in order, each at its own time. */
  pass(ms: number): void {
    const until = this.#nowMs + ms
    for (;;) {
      const next = this.#timers.filter(timer => timer.at <= until).toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.#timers = this.#timers.filter(timer => timer !== next)
      this.#nowMs = next.at
      next.run()
    }
    this.#nowMs = until
  }
}

/** Every dial, in order; the test answers them. */
export class FakeNet {
  readonly dials: FakeDial[] = []
  readonly dial: Dialer = (addresses, user, _, preface = null) => {
    const made = new FakeDial(addresses, user, preface)
    this.dials.push(made)
    return made
  }
  readonly links: FakeLink[] = []
  readonly dialUdp: DatagramDialer = (to, user) => {
    const made = new FakeLink(to, user)
    this.links.push(made)
    return made
  }

  /** Answers the newest dial. */
  accept(): FakeChannel {
    return this.dials.at(-1)!.accept()
  }
}

export class FakeDial {
  readonly addresses: readonly DialAddress[]
  readonly #user: DialUser
  readonly preface: Uint8Array | null
  cancelled = false

  constructor(addresses: readonly DialAddress[], user: DialUser, preface: Uint8Array | null) {
    this.addresses = addresses
    this.#user = user
    this.preface = preface
  }

  cancel(): void {
    this.cancelled = true
  }

  accept(): FakeChannel {
    const channel = new FakeChannel()
    this.#user.connected(channel)
    return channel
  }

  fail(code: string): void {
    this.#user.failed(code)
  }
}

/** Datagrams to one address; the test is the other side. */
export class FakeLink implements DatagramLink {
  readonly to: UdpAddress
  readonly user: UdpUser
  readonly sent: string[] = []
  closed = false

  constructor(to: UdpAddress, user: UdpUser) {
    this.to = to
    this.user = user
  }

  send(bytes: Uint8Array): void {
    this.sent.push(Buffer.from(bytes).toString('latin1'))
  }

  close(): void {
    this.closed = true
  }

  say(text: string): void {
    this.user.received(Buffer.from(text, 'latin1'))
  }
}

export class FakeChannel implements Channel {
  readonly remoteAddress = ''
  readonly remotePort = 0
  readonly localAddress = ''
  readonly localPort = 0
  readonly bytesRead = 0
  readonly bytesWritten = 0
  readonly backlogged = false
  dead = false
  /** All that was written. */
  written = ''
  #user: ChannelUser = nobody

  attach(user: ChannelUser): void {
    this.#user = user
  }

  write(data: string | Uint8Array): boolean {
    this.written += typeof data === 'string' ? data : Buffer.from(data).toString('latin1')
    return true
  }

  destroy(): void {
    this.dead = true
  }

  pause(): void {}
  resume(): void {}
  expectBulk(): void {}
  end(): void {}

  /** The other side says this, in one read, or in reads of that many bytes. */
  say(text: string, at: number = text.length): void {
    for (let from = 0; from < text.length && !this.dead; from += at) {
      const bytes = Buffer.from(text.slice(from, from + at), 'latin1')
      this.#user.received(bytes, bytes.length)
      // As a shared read buffer would be.
      bytes.fill(0)
    }
  }

  fin(): void {
    this.#user.ended()
  }

  reset(): void {
    this.dead = true
    this.#user.closed('ECONNRESET')
  }
}
