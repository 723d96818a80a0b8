/**
 * A percentile of values that keep coming, in three shared words: each value above the estimate moves it up by a share,
 * each below down by a smaller one, so that it comes to rest where as many are above as the percentile says. It needs no
 * memory of what was, and follows when peers become slower or faster within some hundred answers.
 */

/** How far one value moves the estimate at most, when many were seen; the first ones move it further. */
const STEP = 0.05
const FIRST_STEP = 0.5
/** Below that clocks of milliseconds tell nothing. */
const LEAST = 0.5
/** So many values have to have been seen before it means anything; from so many on the steps are small. */
const ENOUGH = 20
const MANY = 200

export class RunningPercentile {
  readonly #floats: Float64Array
  readonly #words: Int32Array
  readonly #at: number
  readonly #share: number

  /** `at`: an even place in the words; the estimate stands there, and the number of values behind it. */
  constructor(words: Int32Array, at: number, percent: number) {
    this.#floats = new Float64Array(words.buffer)
    this.#words = words
    this.#at = at
    this.#share = percent / 100
  }

  /** Under the group's lock. */
  observe(value: number): void {
    const words = this.#words
    const seen = words[this.#at + 2]!
    if (seen < MANY) words[this.#at + 2] = seen + 1
    const before = this.#floats[this.#at >> 1]!
    const step = Math.max(STEP, FIRST_STEP / Math.max(1, seen / ENOUGH))
    let now = before
    if (seen === 0) now = value
    else if (value > before) now = before * (1 + step * this.#share)
    else if (value < before) now = before * (1 - step * (1 - this.#share))
    this.#floats[this.#at >> 1] = Math.max(now, LEAST)
  }

  /** 0: too little was seen. */
  get value(): number {
    return this.#words[this.#at + 2]! < ENOUGH ? 0 : this.#floats[this.#at >> 1]!
  }
}
