/**
 * How long peers take to answer, as methods that balance by time need it.
 *
 * Averages belong to the peer and are written under its upstream's lock, since two workers may have an answer at once
 * and every one counts. What a worker still waits for stands in its own column, as the number of waits and the sum of
 * when they began: how long all of them have waited so far follows from the two without looking at any, and vanishes
 * with a worker that dies.
 */
import { type Layout, times, waits } from './layout.ts'
import type { Rows } from './rows.ts'

/** What is averaged: until the answer's head, until its last byte, and how long unanswered requests have waited. */
export type Average = 'header' | 'last_byte' | 'waited'

/** Share of a new value in an average. */
const NEW = 0.05

const LONGEST_MS = 2 ** 31

/** Time after which what was seen before has lost all but 1/e of its say in what a peer costs. */
export const DECAY_MS = 10_000

export class PeerTimes {
  readonly #rows: Rows
  readonly #layout: Layout
  readonly #words: Int32Array
  readonly #floats: Float64Array

  constructor(rows: Rows) {
    this.#rows = rows
    this.#layout = rows.layout
    this.#words = rows.layout.words
    this.#floats = rows.layout.floats
  }

  /** In whole ms; 0: nothing was seen yet. */
  average(row: number, which: Average): number {
    return this.#words[this.#layout.times(row) + times[which]]!
  }

  /** Takes a new value in: nginx's exponential average, in whole ms. */
  observe(row: number, which: Average, ms: number): void {
    const at = this.#layout.times(row) + times[which]
    const before = this.#words[at]!
    this.#words[at] = before === 0 ? ms : Math.floor(0.5 + (ms * NEW + before * (1 - NEW)))
  }

  /** A request waits for its answer, in this worker. */
  beginWait(row: number, nowMs: number): void {
    const at = this.#layout.waits(this.#rows.column, row)
    this.#words[at + waits.count]!++
    this.#floats[(at + waits.began) >> 1]! += nowMs
  }

  endWait(row: number, beganMs: number): void {
    const at = this.#layout.waits(this.#rows.column, row)
    const left = --this.#words[at + waits.count]!
    this.#floats[(at + waits.began) >> 1] = left === 0 ? 0 : this.#floats[(at + waits.began) >> 1]! - beganMs
  }

  /** How long those that wait have waited on average, in whole ms; -1: nobody does. */
  waiting(row: number, nowMs: number): number {
    let count = 0
    let began = 0
    for (let column = 0; column < this.#rows.columns; column++) {
      const at = this.#layout.waits(column, row)
      const here = this.#words[at + waits.count]!
      if (here === 0) continue
      count += here
      began += this.#floats[(at + waits.began) >> 1]!
    }
    const average = Math.floor((count * nowMs - began) / count)
    // A worker that dies between the two readings leaves nonsense; nobody waits for weeks.
    return count === 0 || average > LONGEST_MS ? -1 : Math.max(0, average)
  }

  /**
   * Peak EWMA: a slower answer than expected counts at once, quicker ones pull the cost down as time goes by. So a peer
   * that stalls is left alone after one answer, and has to earn its share back.
   */
  observeCost(row: number, ms: number, nowMs: number): void {
    const at = this.#layout.times(row)
    const before = this.#floats[(at + times.cost) >> 1]!
    const kept = decay(nowMs - this.#floats[(at + times.stamp) >> 1]!)
    this.#floats[(at + times.cost) >> 1] = ms >= before ? ms : before * kept + ms * (1 - kept)
    this.#floats[(at + times.stamp) >> 1] = nowMs
  }

  /** In ms, decayed to now; 0: nothing was seen, or long ago. */
  cost(row: number, nowMs: number): number {
    const at = this.#layout.times(row)
    const cost = this.#floats[(at + times.cost) >> 1]!
    return cost === 0 ? 0 : cost * decay(nowMs - this.#floats[(at + times.stamp) >> 1]!)
  }
}

/** Clocks of two workers may differ by a little. */
function decay(ageMs: number): number {
  return ageMs <= 0 ? 1 : Math.exp(-ageMs / DECAY_MS)
}
