/** Random traffic for tests of channels, the same in every run, with a checksum. */
import { createHash } from 'node:crypto'
import type { Channel } from '../../src/net/channel.ts'

/** Sends random bytes, in parts of random size and kind, until the channel says wait. */
export class Sending {
  readonly #channel: Channel
  readonly #random: (below: number) => number
  readonly #hash = createHash('sha1')
  #left: number

  constructor(channel: Channel, total: number, seed: number) {
    this.#channel = channel
    this.#left = total
    this.#random = randomFrom(seed)
  }

  more(): void {
    while (this.#left > 0) {
      const size = Math.min(this.#left, 1 + this.#random(this.#random(5) === 0 ? 200_000 : 20_000))
      const part = Buffer.allocUnsafeSlow(size)
      for (let i = 0; i < size; i++) part[i] = this.#random(256)
      this.#hash.update(part)
      this.#left -= size
      if (!this.#channel.write(this.#random(2) === 0 ? part : part.toString('latin1'))) return
    }
  }

  digest(): string {
    return this.#hash.digest('hex')
  }
}

/** The same numbers every run. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 4_294_967_296) * below)
  }
}

/** One turn of the event loop. */
export function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
