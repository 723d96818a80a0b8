/**
 * The end of a connection whose other side may still be sending: FIN, and then what still comes is read and dropped for
 * a while. Closing at once would make the kernel answer it with a reset, which can take what was sent before away from
 * who has not read it yet.
 */
import type { Channel, ChannelUser } from '../../net/channel.ts'
import { Deadline, type TimerWheel } from '../../net/timer-wheel.ts'

/** Long enough for a FIN from far away; whoever sends on longer does not listen. */
const LINGER_MS = 5000

export class Linger extends Deadline implements ChannelUser {
  readonly #channel: Channel
  readonly #wheel: TimerWheel
  readonly #gone: (() => void) | null

  /** `gone` is called once, when the channel is closed. */
  constructor(channel: Channel, wheel: TimerWheel, gone: (() => void) | null) {
    super()
    this.#channel = channel
    this.#wheel = wheel
    this.#gone = gone
    channel.attach(this)
    channel.expectBulk(false)
    channel.end()
    wheel.arm(this, LINGER_MS)
    channel.resume()
  }

  received(): void {}

  drained(): void {}

  ended(): void {
    this.#channel.destroy()
  }

  closed(): void {
    this.#wheel.disarm(this)
    this.#gone?.()
  }

  override expired(): void {
    this.#channel.destroy()
  }
}
