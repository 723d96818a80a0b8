/**
 * The header block of a request to an origin (RFC 9113, 8.3.1). What is about one connection never gets into it, whoever
 * set it: `proxy_set_header Connection upgrade`, right for HTTP/1, would make the request malformed.
 */
import type { RequestHead } from '../../exchange/head.ts'
import { encodeField, type FieldEncoder } from './hpack-encoder.ts'

/** `:method` and `:scheme` as most requests have them, by their number in the static table (RFC 7541, Appendix A). */
const GET = '\x82'
const POST = '\x83'
const schemes = { http: '\x86', https: '\x87' } as const

/** Names a request of HTTP/2 must not have. */
export const connectionFields: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

/** `head.authority` becomes `:authority`; there is no Host among its fields. */
export function requestBlock(head: RequestHead, scheme: keyof typeof schemes, encoder: FieldEncoder): string {
  const method = head.method === 'GET' ? GET : head.method === 'POST' ? POST : encodeField(':method', head.method)
  let block = method + schemes[scheme] + encodeField(':path', head.target) + encodeField(':authority', head.authority)
  block += encoder.fields(head.fields)
  if (head.length > 0 || (head.length === 0 && head.method === 'POST'))
    block += encoder.field('content-length', '' + head.length)
  return block
}
