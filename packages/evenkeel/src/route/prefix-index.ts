/**
 * The longest of many prefixes that a text starts with, by one binary search.
 *
 * Names stand sorted, each with a link to the longest other name that it starts with itself. The greatest name not above
 * the text either is a prefix of it, or shares with it exactly the prefixes that its links lead to: whatever sorts
 * between a prefix and the text starts with that prefix too.
 */
export class PrefixIndex<T> {
  readonly #names: readonly string[]
  readonly #values: readonly T[]
  /** Index of the longest proper prefix among the names; -1: none. */
  readonly #parents: Int32Array

  constructor(entries: readonly (readonly [name: string, value: T])[]) {
    const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    this.#names = sorted.map(([name]) => name)
    this.#values = sorted.map(([, value]) => value)
    this.#parents = new Int32Array(sorted.length)
    for (let i = 0; i < sorted.length; i++) {
      let parent = i - 1
      while (parent >= 0 && !this.#names[i]!.startsWith(this.#names[parent]!)) parent = this.#parents[parent]!
      this.#parents[i] = parent
    }
  }

  get size(): number {
    return this.#names.length
  }

  find(text: string): T | undefined {
    const names = this.#names
    let low = 0
    let high = names.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (names[middle]! <= text) low = middle + 1
      else high = middle
    }
    let at = low - 1
    while (at >= 0 && !text.startsWith(names[at]!)) at = this.#parents[at]!
    return at < 0 ? undefined : this.#values[at]
  }
}
