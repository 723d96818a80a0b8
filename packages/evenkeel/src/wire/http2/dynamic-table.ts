/** The fields one side of a connection has told the other to remember, the newest first (RFC 7541, 2.3.2 and 4). */
import type { HeaderField } from './header-field.ts'

export class DynamicTable {
  /** Bytes as RFC 7541 counts them. */
  size = 0
  #limit: number
  /** A ring: the newest entry is at #newest, older ones follow. Its length is a power of two. */
  #ring: (HeaderField | undefined)[] = []
  #newest = 0
  #count = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get count(): number {
    return this.#count
  }

  /** The most it may hold; less than it does now evicts the oldest. */
  get limit(): number {
    return this.#limit
  }

  set limit(limit: number) {
    this.#limit = limit
    this.#evict(limit)
  }

  /** Counted from 0, the newest. */
  get(index: number): HeaderField | undefined {
    if (index >= this.#count) return undefined
    return this.#ring[(this.#newest + index) & (this.#ring.length - 1)]
  }

  /** One that is larger than the table leaves it empty, which is no error (RFC 7541, 4.4). */
  add(field: HeaderField): void {
    this.#evict(this.#limit - field.cost)
    if (field.cost > this.#limit) return
    if (this.#count === this.#ring.length) this.#grow()
    this.#newest = (this.#newest - 1) & (this.#ring.length - 1)
    this.#ring[this.#newest] = field
    this.#count++
    this.size += field.cost
  }

  #evict(room: number): void {
    while (this.size > room && this.#count > 0) {
      const oldest = (this.#newest + --this.#count) & (this.#ring.length - 1)
      this.size -= this.#ring[oldest]!.cost
      this.#ring[oldest] = undefined
    }
  }

  #grow(): void {
    const entries = Array.from({ length: this.#count }, (_, i) => this.get(i))
    this.#ring = [...entries, ...Array.from<undefined>({ length: Math.max(8, this.#count) })]
    this.#newest = 0
  }
}
