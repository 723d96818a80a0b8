/**
 * The streams of a connection that closed last, and how.
 *
 * A frame for a closed stream is harmless when it was on its way as we reset the stream, and a mistake when the sender
 * had ended it (RFC 9113, 5.1); of streams closed long ago nobody remembers, as in every implementation.
 */
export const closings = {
  /** It is none of those remembered. */
  unknown: 0,
  /** Both sides ended it, or the other one reset it. */
  ended: 1,
  /** We reset it: the other side may not know yet. */
  reset: 2,
} as const

export type Closing = (typeof closings)[keyof typeof closings]

const REMEMBERED = 128

export class ClosedStreams {
  readonly #ids: number[] = []
  readonly #how: Closing[] = []
  #next = 0

  add(stream: number, how: Closing): void {
    this.#ids[this.#next] = stream
    this.#how[this.#next] = how
    this.#next = (this.#next + 1) % REMEMBERED
  }

  /** The other side has ended it as well, or reset it. */
  ended(stream: number): void {
    const at = this.#ids.indexOf(stream)
    if (at >= 0) this.#how[at] = closings.ended
  }

  find(stream: number): Closing {
    const at = this.#ids.indexOf(stream)
    return at < 0 ? closings.unknown : this.#how[at]!
  }
}
