/** What of a response is stored, and what a 304 changes of it. */
import type { Fields } from '../../exchange/fields.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import { readLines, type Entry } from './entry.ts'
import type { Lifetime } from './freshness.ts'

export interface EntryParts {
  readonly key: string
  readonly method: string
  readonly head: Pick<ResponseHead, 'status' | 'reason' | 'fields'>
  /** Seconds. */
  readonly now: number
  readonly lifetime: Lifetime
  readonly variant: string
  readonly family: string
}

export function makeEntry({ key, method, head, now, lifetime, variant, family }: EntryParts): Omit<Entry, 'length'> {
  const { status, reason } = head
  const fields = stored(head.fields, lifetime.without)
  const checkable = status === 200 || status === 206
  return {
    key,
    method,
    status,
    reason,
    fields,
    storedAt: now,
    lifetime,
    variant,
    family,
    lastModified: checkable ? (fields.get('last-modified') ?? '') : '',
    etag: checkable ? (fields.get('etag') ?? '') : '',
  }
}

/** The stored fields with those of a 304 in their places; what they say of the content stays true (RFC 9111, 3.2). */
export function mergeHead(stored: Fields, fresh: Fields): Fields {
  const names = new Set<string>()
  let lines = ''
  fresh.each((name, value) => {
    const lower = name.toLowerCase()
    if (OF_THE_CONTENT.has(lower) || lower === 'set-cookie') return
    names.add(lower)
    lines += `${name}: ${value}\r\n`
  })
  let kept = ''
  stored.each((name, value) => {
    // An age that was told with the stored response is not that of the new one.
    const lower = name.toLowerCase()
    if (!names.has(lower) && lower !== 'age') kept += `${name}: ${value}\r\n`
  })
  return readLines(kept + lines)
}

function stored(fields: Fields, without: readonly string[]): Fields {
  let lines = ''
  fields.each((name, value) => {
    const lower = name.toLowerCase()
    if (!OF_THE_CONNECTION.has(lower) && !without.includes(lower)) lines += `${name}: ${value}\r\n`
  })
  return readLines(lines)
}

/** RFC 9111, 3.1; Connection and what it names were left out when the response was read. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
])
const OF_THE_CONTENT: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-length',
  'content-md5',
  'content-range',
  'content-type',
  'etag',
])
