/**
 * A set of field names that answers for a slice of text without making a string.
 *
 * Names are compared only when their length and first letter fit one of the set: in a browser's head of twelve fields
 * that leaves one or two comparisons. Both forms are ASCII-caseless, as field names are (RFC 9110, 5.1).
 */
const LETTERS = 32
const LENGTHS = 64

export class NameSet {
  readonly #names: ReadonlySet<string>
  readonly #fits = new Uint8Array(LENGTHS * LETTERS)

  constructor(names: Iterable<string>) {
    this.#names = new Set([...names].map(name => name.toLowerCase()))
    for (const name of this.#names) this.#fits[slot(name.length, name.charCodeAt(0))] = 1
  }

  get size(): number {
    return this.#names.size
  }

  has(name: string): boolean {
    return this.#names.has(name.toLowerCase())
  }

  /** Whether the set has the name that stands in `text` from `start` up to `end`. */
  hasAt(text: string, start: number, end: number): boolean {
    return (
      this.#fits[slot(end - start, text.charCodeAt(start))] === 1 &&
      this.#names.has(text.slice(start, end).toLowerCase())
    )
  }

  /** The union of this set and more names. */
  with(names: Iterable<string>): NameSet {
    return new NameSet([...this.#names, ...names])
  }
}

export const noNames: NameSet = new NameSet([])

function slot(length: number, firstCode: number): number {
  return (length & (LENGTHS - 1)) * LETTERS + (firstCode & (LETTERS - 1))
}
