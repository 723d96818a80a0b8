/**
 * What the SSI commands of one page remember, its parts included: variables, blocks, groups of the last match.
 * Bounded, since pages may come from elsewhere.
 */
const MOST_BYTES = 1024 * 1024

export class SsiMemory {
  /** Groups of the regular expression matched last. */
  groups: readonly (string | undefined)[] = []
  readonly #variables = new Map<string, string>()
  readonly #blocks: { readonly name: string; text: string }[] = []
  #bytes = 0

  /** `name` is lower-case. */
  get(name: string): string | undefined {
    if (/^[0-9]$/.test(name) && Number(name) < this.groups.length) return this.groups[Number(name)] ?? ''
    return this.#variables.get(name)
  }

  /** False: there is no room. */
  set(name: string, value: string): boolean {
    const before = this.#variables.get(name)
    const change = before === undefined ? name.length + value.length : value.length - before.length
    if (!this.#fits(change)) return false
    this.#variables.set(name, value)
    return true
  }

  beginBlock(name: string): boolean {
    if (!this.#fits(name.length + 1)) return false
    this.#blocks.push({ name, text: '' })
    return true
  }

  /** More of the block begun last. */
  addToBlock(text: string): boolean {
    const block = this.#blocks.at(-1)
    if (block === undefined || !this.#fits(text.length)) return false
    block.text += text
    return true
  }

  block(name: string): string | undefined {
    return this.#blocks.find(block => block.name === name)?.text
  }

  #fits(change: number): boolean {
    if (this.#bytes + change > MOST_BYTES) return false
    this.#bytes += change
    return true
  }
}
