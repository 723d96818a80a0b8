/**
 * Whether a response may be stored, and for how long it is fresh: RFC 9111, with nginx's own means before it
 * (X-Accel-Expires) and behind it (proxy_cache_valid). Pure; all times are seconds.
 */
import type { Fields } from '../../exchange/fields.ts'
import { parseHttpDate } from '../fields/http-date.ts'
import { ABSENT, readCacheControl, readTargeted, type CacheControl } from './cache-control.ts'

/** proxy_cache_valid: the first rule that names the status counts. */
export interface ValidRule {
  /** Empty: any status. */
  readonly statuses: readonly number[]
  readonly seconds: number
}

export interface StoreSettings {
  /** Lower-case names of fields that have no say (proxy_ignore_headers). */
  readonly ignored: ReadonlySet<string>
  readonly valid: readonly ValidRule[]
  /** What is stale or must be asked about each time is worth storing: the origin can be asked whether it has changed. */
  readonly revalidates: boolean
  /** What a client with credentials gets may be shared: the key tells such clients apart, or the origin is not told of them. */
  readonly sharesAuthorized: boolean
  /** The key tells ranges apart: partial responses may be stored as they are. */
  readonly keyedByRange: boolean
}

export interface Received {
  readonly status: number
  readonly fields: Fields
  /** When it came. */
  readonly now: number
  /** The request had an Authorization field. */
  readonly authorized: boolean
}

/** What is known of a stored response's age. */
export interface Lifetime {
  /** Until when it is fresh. */
  readonly freshUntil: number
  /** How old it was when it came. */
  readonly initialAge: number
  /** How long after that it may be used while it is fetched anew, and where that fails; 0: not at all. */
  readonly staleWhileRevalidate: number
  readonly staleIfError: number
  /** It may never be used stale, whatever the configuration says. */
  readonly neverStale: boolean
  /** '' none. */
  readonly vary: string
  /** Lower-case names of fields that are not stored. */
  readonly without: readonly string[]
}

/** Null: it is not to be stored. */
export function lifetimeOf(received: Received, settings: StoreSettings): Lifetime | null {
  const { status, fields, now } = received
  const { ignored } = settings
  // A 304 has no content of its own; an interim or switching response is none.
  if (status < 200 || status === 304) return null
  if (status === 206 && !settings.keyedByRange && !isNamed(settings.valid, 206)) return null
  const control = controlOf(fields, ignored)
  if (!ignored.has('set-cookie') && fields.has('set-cookie') && !control.fields.includes('set-cookie')) return null
  const vary = ignored.has('vary') ? '' : fields.getAll('vary').join(', ')
  if (vary.length > LONGEST_VARY || vary.split(',').some(name => name.trim() === '*')) return null

  const accel = ignored.has('x-accel-expires') ? ABSENT : accelUntil(fields.get('x-accel-expires'), now)
  if (accel === NEVER) return null
  const initialAge = initialAgeOf(fields, now)
  const stale = staleTimes(control)
  if (accel !== ABSENT) {
    return { freshUntil: accel, initialAge, ...stale, neverStale: false, vary, without: control.fields }
  }
  if (control.private || isForbidden(control, status)) return null
  if (received.authorized && !settings.sharesAuthorized && !allowsAuthorized(control)) return null

  const asked = control.noCache ? now : freshUntil(control, fields, ignored, now, initialAge)
  const byStatus = asked === ABSENT ? validFor(settings.valid, status) : 0
  if (asked === ABSENT && byStatus === 0) return null
  const until = asked === ABSENT ? now + byStatus : asked
  // What is stale when it comes is only worth keeping if it can be asked about.
  const checkable = settings.revalidates && status === 200 && (fields.has('etag') || fields.has('last-modified'))
  if (until <= now && !checkable) return null
  const neverStale =
    control.noCache ||
    control.mustRevalidate ||
    control.proxyRevalidate ||
    (control.sMaxage !== ABSENT && stale.staleWhileRevalidate === 0 && stale.staleIfError === 0)
  return { freshUntil: until, initialAge, ...stale, neverStale, vary, without: control.fields }
}

/** proxy_cache_valid for a status; 0: none. */
export function validFor(rules: readonly ValidRule[], status: number): number {
  return rules.find(({ statuses }) => statuses.length === 0 || statuses.includes(status))?.seconds ?? 0
}

/** How old a response was when it came (RFC 9111, 4.2.3), without what the way from the origin took. */
export function initialAgeOf(fields: Fields, now: number): number {
  const said = fields.get('age')?.split(',')[0]?.trim() ?? ''
  const age = /^\d+$/.test(said) ? Math.min(Number(said), 2 ** 31) : 0
  const date = dateOf(fields)
  const apparent = Number.isNaN(date) ? 0 : Math.floor(now) - date
  return Math.max(age, apparent > SLACK ? apparent : 0)
}

function controlOf(fields: Fields, ignored: ReadonlySet<string>): CacheControl {
  if (ignored.has('cache-control')) return readCacheControl([])
  return readTargeted(fields.getAll('cdn-cache-control')) ?? readCacheControl(fields.getAll('cache-control'))
}

/** The targeted field is all there is to say, where it is there: Expires is not looked at then (RFC 9213, 2.1). */
function freshUntil(
  control: CacheControl,
  fields: Fields,
  ignored: ReadonlySet<string>,
  now: number,
  initialAge: number,
): number {
  const seconds = control.sMaxage !== ABSENT ? control.sMaxage : control.maxAge
  if (seconds !== ABSENT) return now + seconds - initialAge
  if (ignored.has('expires')) return ABSENT
  if (!ignored.has('cache-control') && readTargeted(fields.getAll('cdn-cache-control')) !== null) return ABSENT
  const expires = fields.get('expires')
  if (expires === undefined) return ABSENT
  const at = parseHttpDate(expires)
  if (Number.isNaN(at)) return now
  const date = dateOf(fields)
  return now + at - (Number.isNaN(date) ? now : date) - initialAge
}

/** Until when X-Accel-Expires says; ABSENT: it says nothing, NEVER: not to be stored. */
function accelUntil(value: string | undefined, now: number): number {
  if (value === undefined) return ABSENT
  const [, at, digits] = /^(@?)(\d{1,12})$/.exec(value) ?? []
  if (digits === undefined) return ABSENT
  if (at === '@') return Number(digits)
  return Number(digits) === 0 ? NEVER : now + Number(digits)
}

function staleTimes(control: CacheControl): Pick<Lifetime, 'staleWhileRevalidate' | 'staleIfError'> {
  const staleWhileRevalidate = Math.max(control.staleWhileRevalidate, 0)
  // nginx has one for the other; the other way round would refresh in the background what nobody allowed.
  const staleIfError = control.staleIfError === ABSENT ? staleWhileRevalidate : control.staleIfError
  return { staleWhileRevalidate, staleIfError }
}

function isForbidden(control: CacheControl, status: number): boolean {
  if (control.mustUnderstand) return !UNDERSTOOD.has(status)
  return control.noStore
}

/** RFC 9111, 3.5 */
function allowsAuthorized(control: CacheControl): boolean {
  return control.public || control.mustRevalidate || control.sMaxage !== ABSENT
}

function isNamed(rules: readonly ValidRule[], status: number): boolean {
  return rules.some(({ statuses }) => statuses.includes(status))
}

function dateOf(fields: Fields): number {
  const date = fields.get('date')
  return date === undefined ? NaN : parseHttpDate(date)
}

/** Dates are of whole seconds, and servers make theirs once a second: so much says nothing of an age. */
const SLACK = 1
/** Stands for "not at all": no time that X-Accel-Expires can say. */
const NEVER = -2
/** Every name of it is looked up for every request: an origin has no use for more. */
const LONGEST_VARY = 512
/** Statuses whose meaning for caches is known here (RFC 9110, 15). */
const UNDERSTOOD: ReadonlySet<number> = new Set([
  200, 201, 202, 203, 204, 205, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412,
  413, 414, 415, 416, 417, 421, 422, 426, 500, 501, 502, 503, 504, 505,
])
