/** Rules for what responses say about places and cookies: Location, Refresh, Set-Cookie. */
import type { Settings } from '../../../model/settings.ts'
import type { ProxyRedirectRule } from '../../../model/settings.ts'
import type { Pattern } from '../../../model/pattern.ts'
import { literalText, type Template } from '../../../model/template.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { everywhere, row, type Directive } from '../table.ts'

type RuleKey = 'proxyRedirect' | 'proxyCookieDomain' | 'proxyCookiePath'

export const proxyRuleDirectives: readonly Directive[] = [
  {
    ...row(
      'proxy_redirect',
      everywhere,
      'default | off | redirect replacement',
      'default',
      'Changes Location and Refresh of responses.',
    ),
    arguments: [1, 2],
    apply: (place, statement) => {
      const [, first = '', second] = statement.words
      if (second === undefined && first === 'default') return addDefault(place, statement)
      readRule(place, statement, 'proxyRedirect', 'marked')
    },
  },
  {
    ...row('proxy_cookie_domain', everywhere, 'off | domain replacement', 'off', 'Changes the domain of cookies.'),
    arguments: [1, 2],
    apply: (place, statement) => readRule(place, statement, 'proxyCookieDomain', 'always'),
  },
  {
    ...row('proxy_cookie_path', everywhere, 'off | path replacement', 'off', 'Changes the path of cookies.'),
    arguments: [1, 2],
    apply: (place, statement) => readRule(place, statement, 'proxyCookiePath', 'marked'),
  },
  {
    ...row('proxy_cookie_flags', everywhere, 'off | cookie [flag ...]', 'off', 'Sets and removes flags of cookies.'),
    arguments: [1, 4],
    apply: readFlags,
  },
]

function addDefault(place: Place, statement: Statement): void {
  const content = place.holder.content
  if (content?.kind === 'proxy' && content.pass.kind === 'variable') {
    return place.fail(
      statement,
      1,
      '"proxy_redirect default" cannot be used with "proxy_pass" directive with variables',
    )
  }
  if (content?.kind !== 'proxy') {
    return place.fail(statement, 1, '"proxy_redirect default" should be placed after the "proxy_pass" directive')
  }
  addRule(place, statement, 'proxyRedirect', { kind: 'default' })
}

/** caseless: whether a pattern is caseless when it is marked `~*`, or always. */
function readRule(place: Place, statement: Statement, key: RuleKey, caseless: 'marked' | 'always'): void {
  const [, from = '', to] = statement.words
  if (to === undefined) {
    if (from !== 'off') return place.fail(statement, 1, `invalid parameter "${from}"`)
    if (key in place.settings) return place.failDirective(statement, 'is duplicate')
    return place.put(statement, key, 'off')
  }
  const replacement = place.template(statement, 2)
  if (replacement === null) return
  if (!from.startsWith('~')) {
    // A leading dot of a cookie's domain has no meaning.
    const text = key === 'proxyCookieDomain' ? from.replace(/^\./, '') : from
    const value = place.template(statement, 1, text)
    if (value !== null) addRule(place, statement, key, { kind: 'text', from: value, to: replacement })
    return
  }
  const marked = caseless === 'marked' && from.startsWith('~*')
  const pattern = place.pattern(statement, 1, from.slice(marked ? 2 : 1), marked || caseless === 'always')
  if (pattern !== null) addRule(place, statement, key, { kind: 'pattern', pattern, to: replacement })
}

function addRule(place: Place, statement: Statement, key: RuleKey, rule: ProxyRedirectRule): void {
  const present = place.settings[key]
  if (present === 'off') return place.failDirective(statement, 'is duplicate')
  place.put(statement, key, typeof present === 'object' ? [...present, rule] : [rule])
}

const FLAG = /^(?:no)?(?:secure|httponly)$|^nosamesite$|^samesite=(?:strict|lax|none)$/i

function readFlags(place: Place, statement: Statement): void {
  const [, cookie = '', ...flags] = statement.words
  const present = place.settings.proxyCookieFlags
  if (present === 'off' || (flags.length === 0 && cookie === 'off' && present !== undefined)) {
    return place.failDirective(statement, 'is duplicate')
  }
  if (flags.length === 0) {
    if (cookie === 'off') place.put(statement, 'proxyCookieFlags', 'off')
    else place.fail(statement, 1, `invalid parameter "${cookie}"`)
    return
  }
  const name: Template | Pattern | null = cookie.startsWith('~')
    ? place.pattern(statement, 1, cookie.slice(1), true)
    : place.template(statement, 1)
  const values: Template[] = []
  for (const index of flags.keys()) {
    const value = place.template(statement, index + 2)
    if (value === null) return
    const text = literalText(value)
    // nginx finds out at the first response, in its error log.
    if (text !== undefined && !FLAG.test(text))
      place.warn(statement, index + 2, `invalid proxy_cookie_flags flag "${text}"`)
    values.push(value)
  }
  if (name === null) return
  const rule = { name, flags: values }
  const list: Settings['proxyCookieFlags'] = present === undefined ? [rule] : [...present, rule]
  place.put(statement, 'proxyCookieFlags', list)
}
