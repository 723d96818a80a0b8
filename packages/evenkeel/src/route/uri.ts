/**
 * The path of a request as locations are matched with it: decoded, without dot segments, slashes merged.
 *
 * What nginx lets through is let through in the same form (tests hold golden cases taken from it), because a location
 * that guards `/admin` guards nothing if another reading of the path leads there. Text is Latin-1, one character a byte.
 */

/** Nothing to decode, resolve, merge or cut, and no NUL: nearly every path there is. */
const SPECIAL = /[%#?\0]|\/[./]/

const NUL = 0x00
const HASH = 0x23
const PERCENT = 0x25
const DOT = 0x2e
const SLASH = 0x2f
const QUESTION = 0x3f

/**
 * The normalised path; null when it is bad: not absolute, above the root, a `%` without two hexadecimal digits, a NUL.
 * What stands behind a `#` or `?` is no part of it.
 */
export function normalizePath(raw: string, mergeSlashes: boolean): string | null {
  if (raw.charCodeAt(0) !== SLASH) return raw === '' ? '/' : null
  return SPECIAL.test(raw) ? new Normalizer(raw, mergeSlashes).run() : raw
}

/**
 * Goes through a path once. A decoded slash or dot counts as the plain one (`/%2e%2e/` goes up), while a decoded `%`,
 * `#` or `?` is a plain character: it can neither start another escape nor end the path.
 */
class Normalizer {
  readonly #raw: string
  readonly #merge: boolean
  readonly #out: Buffer
  #end = 0
  /** Where the segment at hand begins in the output: just behind a slash. */
  #segment = 0

  constructor(raw: string, merge: boolean) {
    this.#raw = raw
    this.#merge = merge
    this.#out = Buffer.allocUnsafe(raw.length)
  }

  run(): string | null {
    const raw = this.#raw
    for (let i = 0; i < raw.length; i++) {
      let code = raw.charCodeAt(i)
      if (code === HASH || code === QUESTION) break
      if (code === PERCENT) {
        const high = hexValue(raw.charCodeAt(i + 1))
        const low = hexValue(raw.charCodeAt(i + 2))
        if (high < 0 || low < 0) return null
        code = high * 16 + low
        i += 2
      }
      if (code === NUL) return null
      if (code === SLASH) {
        if (!this.#slash()) return null
      } else this.#out[this.#end++] = code
    }
    if (this.#isDots() && !this.#resolve()) return null
    return this.#out.toString('latin1', 0, this.#end)
  }

  #slash(): boolean {
    if (this.#isDots()) return this.#resolve()
    if (this.#merge && this.#end > 0 && this.#segment === this.#end) return true
    this.#out[this.#end++] = SLASH
    this.#segment = this.#end
    return true
  }

  /** The segment at hand is `.` or `..`. */
  #isDots(): boolean {
    const length = this.#end - this.#segment
    if (length === 1) return this.#out[this.#segment] === DOT
    return length === 2 && this.#out[this.#segment] === DOT && this.#out[this.#segment + 1] === DOT
  }

  /** Takes back `.`, or `..` with the segment before it. False: there is none above the root. */
  #resolve(): boolean {
    const up = this.#end - this.#segment === 2
    this.#end = this.#segment
    if (!up) return true
    if (this.#segment < 2) return false
    let start = this.#segment - 1
    while (start > 0 && this.#out[start - 1] !== SLASH) start--
    this.#end = this.#segment = start
    return start > 0
  }
}

/** The value of a hexadecimal digit; -1 for anything else, the end of the text included. */
export function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
