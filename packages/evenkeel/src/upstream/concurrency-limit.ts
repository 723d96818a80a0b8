/**
 * Adaptive concurrency: how many requests of an upstream may be under way at a time, found out by how long answers take
 * and known to all workers.
 *
 * How fast peers are when nobody waits is measured now and then: for as many answers as that takes only a part of the
 * limit is let in, where the limit is in use at all. Without that a queue that stays would come to pass for normal.
 */
import { nextLimit } from '../balance/gradient.ts'
import type { ConcurrencyModel } from '../model/passive.ts'
import type { GroupRow } from '../shared/group-row.ts'
import type { Rows } from '../shared/rows.ts'

/** Where it begins, if that is not above the maximum: enough for most, and soon left in either direction. */
const FIRST_LIMIT = 100
/** Answers that make a mean of a window, and of when nobody waits. */
const WINDOW_ANSWERS = 20
const CALM_ANSWERS = 50
/** The share of the limit that is let in meanwhile. */
const CALM_SHARE = 0.25
/** One answer counts for no more than so many times the usual, or one slow page would be a queue. */
const MOST_TIMES = 10

/** Places in the words that workers share; times in ms, `fastest` in hundredths. */
const word = { limit: 0, windowFrom: 1, sum: 2, count: 3, fastest: 4, measured: 5, before: 6 } as const

export class ConcurrencyLimit {
  readonly #model: ConcurrencyModel
  readonly #row: GroupRow
  readonly #rows: Rows
  readonly #words: Int32Array
  /** Rows of all peers. */
  readonly #all: Int32Array

  constructor(model: ConcurrencyModel, row: GroupRow, rows: Rows, all: readonly number[]) {
    this.#model = model
    this.#row = row
    this.#rows = rows
    this.#words = row.limitWords
    this.#all = Int32Array.from(all)
  }

  get limit(): number {
    return this.#words[word.limit]! || Math.min(FIRST_LIMIT, this.#model.maximum)
  }

  /** As many are under way as may be. */
  get full(): boolean {
    return this.#inflight() >= this.limit
  }

  /** An answer came, which was none of an error. */
  observe(headerMs: number, nowMs: number, now: number): void {
    this.#row.lock()
    this.#take(headerMs, nowMs, now)
    this.#row.unlock()
  }

  #take(headerMs: number, nowMs: number, now: number): void {
    const words = this.#words
    if (words[word.before]! > 0) {
      // It began when more were let in, and tells of the queue that there was.
      if (((nowMs - headerMs - words[word.windowFrom]!) | 0) < 0) return
    } else if (words[word.count] === 0) words[word.windowFrom] = nowMs | 0
    const most = words[word.fastest] === 0 ? headerMs : (Math.max(100, words[word.fastest]!) / 100) * MOST_TIMES
    words[word.sum]! += Math.min(headerMs, Math.ceil(most))
    words[word.count]!++
    this.#judge(nowMs, now)
  }

  #judge(nowMs: number, now: number): void {
    const words = this.#words
    const model = this.#model
    const count = words[word.count]!
    const calm = words[word.before]! > 0 || words[word.fastest] === 0
    if (count < (calm ? CALM_ANSWERS : WINDOW_ANSWERS)) return
    const sinceMs = ((nowMs | 0) - words[word.windowFrom]!) | 0
    if (!calm && sinceMs < model.updateMs) return
    // Clocks tell whole milliseconds: what is quicker than one is taken for half of it.
    const tookMs = Math.max(0.5, words[word.sum]! / count)
    words[word.sum] = words[word.count] = 0
    const used = this.#inflight() * 2 >= this.limit
    const due = now - words[word.measured]! >= model.fastestSeconds
    if (calm || (due && !used)) return this.#measured(tookMs, now)
    const { minimum, maximum, bufferPercent } = model
    const fastestMs = words[word.fastest]! / 100
    const limit = nextLimit(this.limit, { fastestMs, tookMs, bufferPercent, used, minimum, maximum })
    words[word.limit] = due ? Math.max(minimum, Math.floor(this.limit * CALM_SHARE)) : limit
    if (!due) return
    words[word.before] = limit
    words[word.windowFrom] = nowMs | 0
  }

  /** That is how fast they are when nobody waits. */
  #measured(tookMs: number, now: number): void {
    const words = this.#words
    words[word.fastest] = Math.round(tookMs * 100)
    words[word.measured] = now
    if (words[word.before]! > 0) words[word.limit] = words[word.before]!
    words[word.before] = 0
  }

  #inflight(): number {
    let sum = 0
    for (const row of this.#all) sum += this.#rows.inflight(row)
    return sum
  }
}
