/** Makes trailers of the header block behind a body (RFC 9113, 8.1): no pseudo-headers, and nothing that comes too late. */
import { Fields } from '../../exchange/fields.ts'
import { untrailing } from '../http1/trailer-reader.ts'
import { kinds, names, type HeaderField } from './header-field.ts'
import type { FieldTaker } from './hpack-decoder.ts'

const MAX_SIZE = 16_384

export class TrailerFields implements FieldTaker {
  malformed = false
  #size = 0
  #text = ''
  #marks: number[] = []

  begin(): void {
    this.malformed = false
    this.#size = 0
    this.#text = ''
    this.#marks = []
  }

  field(field: HeaderField): void {
    const { name, kind, nameClass } = field
    this.#size += name.length + field.value.length
    if (kind >= kinds.method && kind <= kinds.unknownPseudo) this.malformed = true
    if (nameClass === names.forbidden || !field.valueGood || this.#size > MAX_SIZE) this.malformed = true
    if (this.malformed || nameClass > names.odd || untrailing.has(name)) return
    const at = this.#text.length
    const value = at + name.length + 2
    this.#marks.push(at, value - 2, value, value + field.value.length)
    this.#text += field.line
  }

  /** Null when there were none that may stand here. */
  finish(): Fields | null {
    const fields = this.#marks.length === 0 ? null : new Fields(this.#text, this.#marks, true)
    this.begin()
    return fields
  }
}
