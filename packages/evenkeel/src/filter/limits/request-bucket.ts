/**
 * The leaky bucket of limit_req, with nginx's arithmetic: whole milliseconds, requests in thousandths.
 *
 * A record holds when it was counted last and by how much the rate was exceeded then. All workers share the table, so a
 * client is counted once, whichever of them serves it.
 */
import type { Digest } from '../../shared/keyed-hash.ts'
import type { LruTable, Place } from '../../shared/lru-table.ts'

/** Where in a record things stand: the time as a float64 at its start, then the excess. */
const EXCESS = 2

/** The clock was set back further than this: it is taken as a new time rather than as a step back. */
const CLOCK_STEP_MS = 60_000

export const REFUSED = -1

export class RequestBucket {
  readonly #table: LruTable
  /** Thousandths of a request a second. */
  readonly #rate: number
  readonly #burst: number

  /** `rate` in thousandths of a request a second, `burst` in thousandths of a request. */
  constructor(table: LruTable, rate: number, burst: number) {
    this.#table = table
    this.#rate = rate
    this.#burst = burst
  }

  digest(key: string): Digest {
    return this.#table.digest(key)
  }

  /**
   * The excess that one more request makes, or REFUSED, with `excess` set either way. With `count` the request is
   * counted at once; else `count` has to follow when the other limits let it pass.
   */
  look(digest: Digest, now: number, count: boolean): number {
    const table = this.#table
    table.lock()
    let place = table.find(digest)
    let excess = 0
    if (place >= 0) {
      table.touch(place)
      excess = this.#excess(place, now)
      if (excess <= this.#burst && count) this.#store(place, now, excess)
    } else {
      place = this.#insert(digest)
      table.floats[place >> 1] = count ? now : 0
    }
    table.unlock()
    this.excess = excess
    return excess > this.#burst ? REFUSED : excess
  }

  /** Of the last look. */
  excess = 0

  /** Counts a request that was only looked at before, and answers its excess. */
  count(digest: Digest, now: number): number {
    const table = this.#table
    table.lock()
    const place = table.find(digest)
    // It may have made room for another meanwhile.
    const excess = place < 0 ? 0 : this.#excess(place, now)
    if (place >= 0) this.#store(place, now, excess)
    table.unlock()
    return excess
  }

  #excess(place: Place, now: number): number {
    const { words, floats } = this.#table
    const elapsed = passed(now, floats[place >> 1]!)
    return Math.max(0, words[place + EXCESS]! - Math.trunc((this.#rate * elapsed) / 1000) + 1000)
  }

  #store(place: Place, now: number, excess: number): void {
    const { words, floats } = this.#table
    words[place + EXCESS] = excess
    if (passed(now, floats[place >> 1]!) !== 0) floats[place >> 1] = now
  }

  #insert(digest: Digest): Place {
    const table = this.#table
    let place = table.insert(digest)
    if (place < 0) {
      table.remove(table.oldest())
      place = table.insert(digest)
    }
    return place
  }
}

function passed(now: number, last: number): number {
  const ms = now - last
  return ms < -CLOCK_STEP_MS ? 1 : Math.max(0, ms)
}
