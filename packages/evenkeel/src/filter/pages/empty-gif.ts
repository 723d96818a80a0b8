/** `empty_gif`: one transparent pixel, for counting views. Its date never changes, so it is asked for once. */
import { Fields } from '../../exchange/fields.ts'
import type { Outcome } from '../../exchange/outcome.ts'
import type { Action } from '../../exchange/route.ts'
import type { Settings } from '../../model/settings.ts'
import { checkPreconditions, type Validators } from '../ranges/conditional.ts'
import { formatHttpDate } from '../fields/http-date.ts'

export function compileEmptyGif(settings: Pick<Settings, 'ifModifiedSince'>): Action {
  const { ifModifiedSince } = settings
  return exchange => {
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return { kind: 'reply', status: 405 }
    const status = checkPreconditions(exchange.request.fields, validators, ifModifiedSince)
    if (status === 412) return { kind: 'reply', status }
    const fields = new Fields()
    fields.add('Last-Modified', lastModified)
    const reply: Outcome =
      status === 304
        ? { kind: 'reply', status, body: '', type: null, fields }
        : { kind: 'reply', status, body: pixel, type: 'image/gif', fields }
    return reply
  }
}

/** The date nginx tells for it. */
const validators: Validators = { lastModified: 23349600, etag: null }
const lastModified = formatHttpDate(validators.lastModified)

/** GIF89a, 1×1, two colours of which the second is transparent. */
const pixel = Buffer.from('R0lGODlhAQABAIABAAAAAP///yH5BAEAAAEALAAAAAABAAEAAAICTAEAOw==', 'base64')
