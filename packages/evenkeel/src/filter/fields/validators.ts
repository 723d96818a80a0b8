/** What a change of a response's bytes does to the fields that vouch for them (RFC 9110, 8.8 and 14.3). */
import type { Fields } from '../../exchange/fields.ts'
import { UNKNOWN_LENGTH, type ResponseHead } from '../../exchange/head.ts'

/** The bytes are others than those the sender knew: no length, no ranges of them, and no strong tag. */
export function transformed(head: ResponseHead): void {
  head.length = UNKNOWN_LENGTH
  head.fields.remove('Accept-Ranges')
  head.ranges = 'none'
  weakenEtag(head.fields)
}

/** A tag without quotes is none, and can't be made weak. */
export function weakenEtag(fields: Fields): void {
  const etag = fields.get('ETag')
  if (etag === undefined || etag.startsWith('W/')) return
  if (etag.startsWith('"')) fields.set('ETag', `W/${etag}`)
  else fields.remove('ETag')
}
