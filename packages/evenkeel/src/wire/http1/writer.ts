/**
 * Pieces of HTTP/1 messages as text: status lines, chunk heads, trailers. Text, since one Latin-1 write of a joined
 * string is the cheapest way out of V8; the phrases are nginx's, which clients and tests have come to know.
 */
import type { Fields } from '../../exchange/fields.ts'
import { phrases } from './phrases.ts'

/** What ends a chunked body that has no trailers. */
export const LAST_CHUNK = '0\r\n\r\n'

const FIRST = 100
const LAST = 599
const usualLines: readonly string[] = Array.from(
  { length: LAST - FIRST + 1 },
  (_, i) => `HTTP/1.1 ${FIRST + i} ${phrases.get(FIRST + i) ?? ''}\r\n`,
)

/** The status line with its CRLF; an empty reason stands for the usual one. */
export function statusLine(status: number, reason: string): string {
  if (reason === '' && status >= FIRST && status <= LAST) return usualLines[status - FIRST]!
  return `HTTP/1.1 ${status} ${reason}\r\n`
}

/** The usual phrase for a status; '' when there is none. */
export function reasonPhrase(status: number): string {
  return phrases.get(status) ?? ''
}

/** What goes before the data of a chunk. Behind it goes CRLF. */
export function chunkHead(size: number): string {
  return size.toString(16) + '\r\n'
}

/** The end of a chunked body with these trailers. */
export function trailerText(fields: Fields): string {
  return '0\r\n' + fields.render() + '\r\n'
}
