/**
 * Fields of a message by the name a variable has: `$http_x_real_ip` is `X-Real-IP`, and `X_Real_IP` where such names are let
 * in. Looked for in the received text without making a string of any name.
 */
import { HIDDEN, MARKS, type Fields } from '../exchange/fields.ts'

const HYPHEN = 0x2d
const UNDERSCORE = 0x5f

/** The name of a field as variables write it, ready to be compared. */
export class FieldName {
  /** Lower-case, with `_` for `-`. */
  readonly text: string
  readonly #codes: Uint8Array

  constructor(text: string) {
    this.text = text
    this.#codes = Uint8Array.from(text, letter => letter.charCodeAt(0))
  }

  /** Whether the name that stands in `text` from `start` up to `end` is this one. */
  isAt(text: string, start: number, end: number): boolean {
    const codes = this.#codes
    if (end - start !== codes.length) return false
    for (let i = 0; i < codes.length; i++) {
      let code = text.charCodeAt(start + i)
      if (code >= 0x41 && code <= 0x5a) code |= 0x20
      else if (code === HYPHEN) code = UNDERSCORE
      if (code !== codes[i]) return false
    }
    return true
  }
}

/** The values of all fields of that name in order, joined; undefined: there is none. */
export function fieldValue(fields: Fields, name: FieldName, between: string): string | undefined {
  let joined: string | undefined
  const { before, text, marks, hide, after } = fields
  for (let i = 0; i < before.length; i += 2) {
    if (name.isAt(before[i]!, 0, before[i]!.length)) joined = join(joined, between, before[i + 1]!)
  }
  for (let i = 0; i < marks.length; i += MARKS) {
    const start = marks[i]!
    const end = marks[i + 1]!
    if (start === HIDDEN || !name.isAt(text, start, end)) continue
    if (hide.size > 0 && hide.hasAt(text, start, end)) continue
    joined = join(joined, between, text.slice(marks[i + 2]!, marks[i + 3]!))
  }
  for (let i = 0; i < after.length; i += 2) {
    if (name.isAt(after[i]!, 0, after[i]!.length)) joined = join(joined, between, after[i + 1]!)
  }
  return joined
}

function join(sofar: string | undefined, between: string, value: string): string {
  return sofar === undefined ? value : sofar + between + value
}
