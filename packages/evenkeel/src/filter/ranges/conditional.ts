/**
 * Conditional requests: what a client's preconditions mean for a response whose validators are known (RFC 9110, 13).
 *
 * The order and the odd corners are nginx's, so that caches in front see no difference: both If-Modified-Since and
 * If-None-Match have to agree on "not modified", and dates are compared for equality unless told otherwise.
 */
import type { Fields } from '../../exchange/fields.ts'
import { parseHttpDate } from '../fields/http-date.ts'

export interface Validators {
  /** Seconds since the epoch; NaN: unknown. */
  readonly lastModified: number
  /** With its quotes; null: none. */
  readonly etag: string | null
}

export type Precondition = 200 | 304 | 412

export function checkPreconditions(
  request: Fields,
  { lastModified, etag }: Validators,
  ifModifiedSince: 'off' | 'exact' | 'before',
): Precondition {
  const unmodified = request.get('If-Unmodified-Since')
  if (unmodified !== undefined && !(parseHttpDate(unmodified) >= lastModified)) return 412
  const match = request.get('If-Match')
  if (match !== undefined && !listHas(match, etag, false)) return 412

  const since = request.get('If-Modified-Since')
  const noneMatch = request.get('If-None-Match')
  if (since === undefined && noneMatch === undefined) return 200
  if (since !== undefined && isModified(since, lastModified, ifModifiedSince)) return 200
  if (noneMatch !== undefined && !listHas(noneMatch, etag, true)) return 200
  return 304
}

/** If-Range: whether the part asked for belongs to what we have. Without the field it does. */
export function rangeStillApplies(request: Fields, { lastModified, etag }: Validators): boolean {
  const ifRange = request.get('If-Range')
  if (ifRange === undefined) return true
  // Only an exact match counts, and a weak tag never is one (RFC 9110, 13.1.5).
  if (ifRange.length >= 2 && ifRange.endsWith('"')) return ifRange === etag && !ifRange.startsWith('W/')
  return parseHttpDate(ifRange) === lastModified
}

function isModified(since: string, lastModified: number, mode: 'off' | 'exact' | 'before'): boolean {
  if (mode === 'off' || Number.isNaN(lastModified)) return true
  const time = parseHttpDate(since)
  return time !== lastModified && (mode === 'exact' || !(time >= lastModified))
}

/** Whether a list of entity tags holds this one; a weak comparison ignores `W/` on both sides (RFC 9110, 8.8.3.2). */
function listHas(list: string, etag: string | null, weak: boolean): boolean {
  if (list === '*') return true
  if (etag === null) return false
  const wanted = weak ? etag.replace(/^W\//, '') : etag
  for (const entry of list.match(/(?:W\/)?"[^"]*"/g) ?? []) {
    if ((weak ? entry.replace(/^W\//, '') : entry) === wanted) return true
  }
  return false
}
