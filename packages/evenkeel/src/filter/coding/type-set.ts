/** Content types that a directive names (gzip_types, sub_filter_types …), as one question about a response. */
import type { ResponseHead } from '../../exchange/head.ts'

export type TypeTest = (head: ResponseHead) => boolean

/** `*` is every response, also one without a type. */
export function compileTypes(types: readonly string[]): TypeTest {
  const any = types.includes('*')
  const set = new Set(types)
  if (any) return () => true
  return head => {
    const value = head.fields.get('Content-Type')
    return value !== undefined && value !== '' && set.has(mediaType(value))
  }
}

/** `text/html` of `Text/HTML; charset=utf-8`. */
export function mediaType(value: string): string {
  const end = value.indexOf(';')
  return (end < 0 ? value : value.slice(0, end)).trim().toLowerCase()
}
