/**
 * What of a stored response its client gets: all of it, nothing because it has it already (304), nothing because it
 * asked on a condition that does not hold (412), or parts of it (206, 416). The order is nginx's, as for files.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Fields } from '../../exchange/fields.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import { checkPreconditions, rangeStillApplies, type Validators } from '../ranges/conditional.ts'
import { parseHttpDate } from '../fields/http-date.ts'
import { parseRanges, type ByteRange } from '../ranges/ranges.ts'

export interface ClientRules {
  readonly ifModifiedSince: 'off' | 'exact' | 'before'
  readonly maxRanges: number | null
}

export type ClientPart = 'all' | 'unchanged' | 'failed' | 'unsatisfiable' | readonly ByteRange[]

/** `several`: more ranges than one can be served. */
export function clientPart(exchange: Exchange, head: ResponseHead, rules: ClientRules, several: boolean): ClientPart {
  if (head.status !== 200) return 'all'
  const request = exchange.request.fields
  const validators = validatorsOf(head.fields)
  const precondition = checkPreconditions(request, validators, rules.ifModifiedSince)
  if (precondition === 412) return 'failed'
  if (precondition === 304) return 'unchanged'
  const asked = request.get('Range')
  if (asked === undefined || head.length < 0 || refusesRanges(head.fields)) return 'all'
  if (!rangeStillApplies(request, validators)) return 'all'
  const ranges = parseRanges(asked, head.length, rules.maxRanges)
  if (ranges === 'whole') return 'all'
  if (ranges === 'unsatisfiable') return 'unsatisfiable'
  return several || ranges.length === 1 ? ranges : 'all'
}

/** What a 304 leaves out: everything about a content that it has not got. */
export function makeUnchanged(head: ResponseHead): void {
  for (const name of ABOUT_CONTENT) head.fields.remove(name)
  head.status = 304
  head.reason = ''
  head.length = -1
}

function refusesRanges(fields: Fields): boolean {
  return fields.get('accept-ranges')?.trim().toLowerCase() === 'none'
}

function validatorsOf(fields: Fields): Validators {
  const lastModified = fields.get('last-modified')
  return {
    lastModified: lastModified === undefined ? NaN : parseHttpDate(lastModified),
    etag: fields.get('etag') ?? null,
  }
}

const ABOUT_CONTENT = ['content-type', 'content-encoding', 'content-language', 'accept-ranges']
