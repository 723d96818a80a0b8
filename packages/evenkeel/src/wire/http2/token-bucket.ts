/**
 * How much of something a connection may do at once and in the long run: what is harmless now and then and an attack by
 * the thousand (resets, pings, empty frames).
 */
export class TokenBucket {
  readonly #burst: number
  readonly #perSecond: number
  #tokens: number
  #filledMs: number

  constructor(burst: number, perSecond: number, nowMs: number) {
    this.#burst = burst
    this.#perSecond = perSecond
    this.#tokens = burst
    this.#filledMs = nowMs
  }

  /** False: it was too much. */
  take(nowMs: number): boolean {
    if (--this.#tokens >= 0) return true
    // The clock is looked at only when the burst is used up.
    const filled = this.#tokens + ((nowMs - this.#filledMs) * this.#perSecond) / 1000
    this.#filledMs = nowMs
    this.#tokens = Math.min(this.#burst - 1, filled)
    return this.#tokens >= 0
  }

  /** Something useful was done, which pays for some of it. */
  give(tokens: number): void {
    if (this.#tokens < this.#burst) this.#tokens = Math.min(this.#burst, this.#tokens + tokens)
  }
}
