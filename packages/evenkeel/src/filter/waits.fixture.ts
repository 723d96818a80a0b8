/** A clock that tests turn: waits and alarms happen when it has been turned far enough. */
import type { Exchange } from '../exchange/exchange.ts'
import type { Alarm, Waits } from './waits.ts'

export class TestWaits implements Waits {
  ms: number
  /** What was waited for, in order. */
  readonly waited: number[] = []
  readonly #due: { atMs: number; run: () => void }[] = []

  constructor(ms = 1_000_000_000_000) {
    this.ms = ms
  }

  now(): number {
    return this.ms
  }

  wait(_: Exchange, ms: number): Promise<void> {
    this.waited.push(ms)
    return new Promise(resolve => void this.#due.push({ atMs: this.ms + ms, run: resolve }))
  }

  alarm(ring: () => void): Alarm {
    const entry = { atMs: Number.POSITIVE_INFINITY, run: ring }
    const off = (): void => {
      entry.atMs = Number.POSITIVE_INFINITY
    }
    this.#due.push(entry)
    return { off, set: ms => void (entry.atMs = this.ms + ms) }
  }

  /** Turns the clock, stopping at everything that is due on the way. */
  turn(ms: number): void {
    const end = this.ms + ms
    for (;;) {
      const next = this.#due.filter(entry => entry.atMs <= end).toSorted((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined) break
      this.ms = Math.max(this.ms, next.atMs)
      next.atMs = Number.POSITIVE_INFINITY
      next.run()
    }
    this.ms = end
  }
}
