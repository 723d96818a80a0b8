/** `sticky` in an upstream, in its three kinds. */
import type { StickyCookieModel, StickyLearnModel } from '../../../model/sticky.ts'
import type { Template } from '../../../model/template.ts'
import type { Statement } from '../parser.ts'
import type { Draft, Place, UpstreamDraft } from '../place.ts'
import { ANY, type Directive } from '../table.ts'
import { readMilliseconds, readSeconds, readSize } from '../values.ts'
import { inUpstream } from './in-upstream.ts'

export const stickyDirectives: readonly Directive[] = [
  inUpstream(
    'sticky',
    'cookie name [expires=time|max] [domain=text] [path=text] [httponly] [secure] [samesite=strict|lax|none|$variable] | ' +
      'route $variable ... | learn create=$variable lookup=$variable zone=name:size [timeout=time] [header]',
    [2, ANY],
    'Clients stay with the server they were given first: by a cookie, by what a request says, or by sessions of the servers.',
    (upstream, place, statement) => {
      if (!place.once(statement)) return
      const [, kind = ''] = statement.words
      if (kind === 'cookie') readCookie(upstream, place, statement)
      else if (kind === 'route') readRoute(upstream, place, statement)
      else if (kind === 'learn') readLearn(upstream, place, statement)
      else place.fail(statement, 1, `unknown parameter "${kind}"`, 'it may be cookie, route, learn')
    },
  ),
]

const SAME_SITE: ReadonlySet<string> = new Set(['strict', 'lax', 'none'])

function readCookie(upstream: UpstreamDraft, place: Place, statement: Statement): void {
  const [, , name = '', ...parameters] = statement.words
  if (name === '') return place.failDirective(statement, 'empty cookie name')
  const cookie: Draft<StickyCookieModel> = {
    kind: 'cookie',
    name,
    expires: null,
    domain: null,
    path: null,
    httpOnly: false,
    secure: false,
    sameSite: null,
    lookup: [[{ variable: `cookie_${name}`.toLowerCase() }]],
  }
  const met = new Set<string>()
  for (const [index, written] of parameters.entries()) {
    const word = index + 3
    const [, key = written, value] = /^(domain|path|expires|samesite)=(.*)$/s.exec(written) ?? []
    if (met.has(key)) return place.failDirective(statement, `parameter "${key}" is duplicate`)
    met.add(key)
    if (key === 'httponly') cookie.httpOnly = true
    else if (key === 'secure') cookie.secure = true
    else if (value === undefined) return place.fail(statement, word, `unknown parameter "${written}"`)
    else if (value === '' && (key === 'domain' || key === 'path')) {
      return place.failDirective(statement, `no value for "${key}"`)
    } else if (key === 'domain') cookie.domain = place.template(statement, word, value)
    else if (key === 'path') cookie.path = value
    else if (key === 'samesite') {
      if (!value.includes('$') && !SAME_SITE.has(value.toLowerCase())) return wrong('samesite')
      cookie.sameSite = place.template(statement, word, value)
    } else {
      const seconds = value === 'max' ? 'max' : readSeconds(value)
      if (seconds === null) return wrong('expires')
      cookie.expires = seconds
    }
  }
  upstream.sticky = cookie

  function wrong(key: string): void {
    place.failDirective(statement, `invalid "${key}" parameter value`)
  }
}

function readRoute(upstream: UpstreamDraft, place: Place, statement: Statement): void {
  const lookup: Template[] = []
  for (const [index, written] of statement.words.slice(2).entries()) {
    const variable = readVariable(written)
    if (variable === null) return place.fail(statement, index + 2, `invalid variable name "${written}"`)
    lookup.push(variable)
  }
  upstream.sticky = { kind: 'route', lookup }
}

/** nginx's own least: a zone that holds about 200 sessions. */
const SMALLEST_ZONE = 8 * 4096

function readLearn(upstream: UpstreamDraft, place: Place, statement: Statement): void {
  const create: Template[] = []
  const lookup: Template[] = []
  const learn: Draft<StickyLearnModel> = { kind: 'learn', create, lookup, zone: '', timeoutMs: 0, atHeader: false }
  const bad = (reason: string): void => place.failDirective(statement, reason)
  let size = 0
  for (const [index, written] of statement.words.slice(2).entries()) {
    const [, key, value = ''] = /^(zone|timeout|create|lookup)=(.*)$/s.exec(written) ?? []
    if (written === 'header') learn.atHeader = true
    else if (key === 'create' || key === 'lookup') {
      const variable = readVariable(value)
      if (variable === null) return bad(`missing variable in the "${key}" parameter`)
      learn[key] = [...learn[key], variable]
    } else if (key === 'timeout') {
      if (learn.timeoutMs > 0) return bad('duplicate timeout')
      learn.timeoutMs = readMilliseconds(value) ?? 0
      if (learn.timeoutMs === 0) return bad('invalid timeout')
    } else if (key === 'zone') {
      const colon = value.indexOf(':')
      if (size > 0) return bad('duplicate zone')
      if (colon < 0) return bad('zone size is not specified')
      if (colon === 0) return bad('zone name is not specified')
      learn.zone = value.slice(0, colon)
      const bytes = readSize(value.slice(colon + 1))
      if (bytes === null) return bad('invalid zone size')
      if (bytes < SMALLEST_ZONE) return bad('zone is too small')
      size = bytes
    } else return place.fail(statement, index + 2, `unknown parameter "${written}"`)
  }
  if (learn.lookup.length === 0) return bad('"lookup" parameter is not specified')
  if (learn.create.length === 0) return bad('"create" parameter is not specified')
  if (size === 0) return bad('"zone" parameter is not specified')
  if (place.reading.zones.some(({ kind, name }) => kind === 'sticky' && name === learn.zone)) {
    return place.fail(statement, 0, `sticky zone "${learn.zone}" is already used in another upstream`)
  }
  place.reading.zones.push({ kind: 'sticky', name: learn.zone, size })
  upstream.sticky = { ...learn, timeoutMs: learn.timeoutMs || DEFAULT_TIMEOUT_MS }
}

const DEFAULT_TIMEOUT_MS = 600_000

/** `$name` and nothing else; what a cookie may be called is more than `\w`. */
function readVariable(written: string): Template | null {
  return /^\$[^\s${}]+$/.test(written) ? [{ variable: written.slice(1).toLowerCase() }] : null
}
