/** What a change of a response's bytes does to the fields that vouch for them (RFC 9110, 8.8 and 14.3). */
import { UNKNOWN_LENGTH, type ResponseHead } from '../exchange/head.ts'

/** No length, no ranges of it, and no strong tag. */
export function transformed(head: ResponseHead): void {
  const { fields } = head
  head.length = UNKNOWN_LENGTH
  fields.remove('Accept-Ranges')
  const etag = fields.get('ETag')
  if (etag === undefined || etag.startsWith('W/')) return
  // A tag without quotes is none, and can't be made weak.
  if (etag.startsWith('"')) fields.set('ETag', `W/${etag}`)
  else fields.remove('ETag')
}
