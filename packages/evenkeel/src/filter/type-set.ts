/** Content types that a directive names (gzip_types, sub_filter_types …), as one question about a response. */
import type { ResponseHead } from '../exchange/head.ts'

export type TypeTest = (head: ResponseHead) => boolean

/** A response without a type is none of them, not even with `*`. */
export function compileTypes(types: readonly string[]): TypeTest {
  const any = types.includes('*')
  const set = new Set(types)
  return head => {
    const value = head.fields.get('Content-Type')
    if (value === undefined || value === '') return false
    return any || set.has(mediaType(value))
  }
}

/** `text/html` of `Text/HTML; charset=utf-8`. */
export function mediaType(value: string): string {
  const end = value.indexOf(';')
  return (end < 0 ? value : value.slice(0, end)).trim().toLowerCase()
}
