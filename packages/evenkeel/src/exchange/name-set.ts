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
  /** The names that fit a length and first letter; most slots are empty. */
  readonly #candidates: (readonly string[] | undefined)[] = Array.from({ length: LENGTHS * LETTERS })

  constructor(names: Iterable<string>) {
    this.#names = new Set([...names].map(name => name.toLowerCase()))
    for (const name of this.#names) {
      const at = slot(name.length, name.charCodeAt(0))
      this.#candidates[at] = [...(this.#candidates[at] ?? []), name]
    }
  }

  get size(): number {
    return this.#names.size
  }

  has(name: string): boolean {
    return this.#names.has(name.toLowerCase())
  }

  /** Whether the set has the name that stands in `text` from `start` up to `end`. */
  hasAt(text: string, start: number, end: number): boolean {
    const candidates = this.#candidates[slot(end - start, text.charCodeAt(start))]
    if (candidates === undefined) return false
    for (let i = 0; i < candidates.length; i++) if (standsAt(text, start, end, candidates[i]!)) return true
    return false
  }

  /** The union of this set and more names. */
  with(names: Iterable<string>): NameSet {
    return new NameSet([...this.#names, ...names])
  }
}

/** Caseless comparison without making a string: this runs for every field of every message. */
function standsAt(text: string, start: number, end: number, name: string): boolean {
  if (end - start !== name.length) return false
  for (let i = 0; i < name.length; i++) {
    const code = text.charCodeAt(start + i)
    const wanted = name.charCodeAt(i)
    if (code !== wanted && (code < 0x41 || code > 0x5a || code + 0x20 !== wanted)) return false
  }
  return true
}

export const noNames: NameSet = new NameSet([])

function slot(length: number, firstCode: number): number {
  return (length & (LENGTHS - 1)) * LETTERS + (firstCode & (LETTERS - 1))
}
