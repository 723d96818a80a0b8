/**
 * Cache-Control and its targeted sibling, read as a cache has to: what is malformed makes a response less reusable, never
 * more (RFC 9111, 4.2.1), and of a directive said twice the stricter one counts.
 */

/** Seconds of a directive that is not there. */
export const ABSENT = -1
/** `max-stale` without a number: however stale. */
export const ANY_AGE: number = Number.MAX_SAFE_INTEGER

export interface CacheControl {
  noStore: boolean
  /** Of everything; where fields are named it is only about these. */
  noCache: boolean
  private: boolean
  /** Lower-case names of fields that are not to be stored (`no-cache="x"`, `private="x"`). */
  readonly fields: string[]
  public: boolean
  mustRevalidate: boolean
  proxyRevalidate: boolean
  mustUnderstand: boolean
  onlyIfCached: boolean
  /** Seconds; ABSENT where there is no such directive, 0 where it is malformed. */
  maxAge: number
  sMaxage: number
  staleWhileRevalidate: number
  staleIfError: number
  maxStale: number
  minFresh: number
}

/** `values` are those of all fields of that name, in order. */
export function readCacheControl(values: readonly string[]): CacheControl {
  const control: CacheControl = {
    noStore: false,
    noCache: false,
    private: false,
    fields: [],
    public: false,
    mustRevalidate: false,
    proxyRevalidate: false,
    mustUnderstand: false,
    onlyIfCached: false,
    maxAge: ABSENT,
    sMaxage: ABSENT,
    staleWhileRevalidate: ABSENT,
    staleIfError: ABSENT,
    maxStale: ABSENT,
    minFresh: ABSENT,
  }
  for (const value of values) readOne(value, control)
  return control
}

/**
 * A targeted field (CDN-Cache-Control) is a dictionary of structured fields: whoever writes it wrongly has said nothing
 * (RFC 9213, 2.1). Null: it is to be ignored.
 */
export function readTargeted(values: readonly string[]): CacheControl | null {
  const text = values.join(',')
  if (text.trim() === '' || !DICTIONARY.test(text.trim())) return null
  for (const [, name = '', value = ''] of text.matchAll(MEMBER)) {
    if (COUNTED.has(name) && !/^\d{1,15}$/.test(value)) return null
  }
  return readCacheControl([text.replaceAll(PARAMETERS, '').replaceAll('=?1', '')])
}

/** Whole seconds; 0 for what is none, so that it is not reused; beyond 2^31 nobody counts (RFC 9111, 1.2.2). */
export function deltaSeconds(text: string): number {
  if (!/^\d+$/.test(text)) return 0
  return Math.min(Number(text), MOST)
}

const MOST = 2 ** 31

function readOne(value: string, control: CacheControl): void {
  for (const [, written = '', quoted, plain] of value.matchAll(DIRECTIVE)) {
    const argument = quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, '$1')
    apply(written.toLowerCase(), argument, control)
  }
}

function apply(name: string, argument: string | undefined, control: CacheControl): void {
  switch (name) {
    case 'no-store':
      control.noStore = true
      return
    case 'no-cache':
    case 'private': {
      const fields = fieldNames(argument)
      if (fields.length > 0) control.fields.push(...fields)
      else if (name === 'private') control.private = true
      else control.noCache = true
      return
    }
    case 'public':
      control.public = true
      return
    case 'must-revalidate':
      control.mustRevalidate = true
      return
    case 'proxy-revalidate':
      control.proxyRevalidate = true
      return
    case 'must-understand':
      control.mustUnderstand = true
      return
    case 'only-if-cached':
      control.onlyIfCached = true
      return
    case 'max-age':
      control.maxAge = stricter(control.maxAge, deltaSeconds(argument ?? ''))
      return
    case 's-maxage':
      control.sMaxage = stricter(control.sMaxage, deltaSeconds(argument ?? ''))
      return
    case 'stale-while-revalidate':
      control.staleWhileRevalidate = stricter(control.staleWhileRevalidate, deltaSeconds(argument ?? ''))
      return
    case 'stale-if-error':
      control.staleIfError = stricter(control.staleIfError, deltaSeconds(argument ?? ''))
      return
    case 'max-stale':
      control.maxStale = argument === undefined ? ANY_AGE : deltaSeconds(argument)
      return
    case 'min-fresh':
      control.minFresh = deltaSeconds(argument ?? '')
  }
}

function stricter(before: number, value: number): number {
  return before === ABSENT ? value : Math.min(before, value)
}

function fieldNames(argument: string | undefined): string[] {
  if (argument === undefined) return []
  return argument
    .split(',')
    .map(name => name.trim().toLowerCase())
    .filter(name => name !== '')
}

/**
 * A name, and perhaps an argument that follows at once. What stands between two directives is skipped; a semicolon
 * parts them too, since origins write it and nginx has always read it so.
 */
const DIRECTIVE = /([^\s,;="]+)(?:\s*=(?:"((?:[^"\\]|\\.)*)"|([^,;]*)))?/g

const COUNTED: ReadonlySet<string> = new Set(['max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error'])
const KEY = '[a-z*][a-z0-9_.*-]*'
const ITEM =
  '(?:-?\\d{1,15}(?:\\.\\d{1,3})?|"(?:[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\["\\\\])*"|[A-Za-z*][!#$%&\'*+.^_`|~:\\/\\w-]*|\\?[01])'
const ONE = `${KEY}(?:=${ITEM})?(?:; *${KEY}(?:=${ITEM})?)*`
const DICTIONARY = new RegExp(`^${ONE}(?:[ \\t]*,[ \\t]*${ONE})*$`)
const MEMBER = new RegExp(`(?:^|,)[ \\t]*(${KEY})(?:=(${ITEM}))?`, 'g')
const PARAMETERS = new RegExp(`; *${KEY}(?:=${ITEM})?`, 'g')
