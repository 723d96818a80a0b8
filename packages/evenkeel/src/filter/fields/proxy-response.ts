/**
 * What a proxied answer says about places, told in the client's terms: proxy_redirect for Location and Refresh,
 * proxy_cookie_domain, _path and _flags for Set-Cookie.
 *
 * Fields that no rule touches keep their place and their bytes; a field that a rule changed goes to the end.
 */
import type { HeadStep } from '../../exchange/route.ts'
import type { LocationMatch, ProxyPass } from '../../model/model.ts'
import type { ProxyRedirectRule, Settings } from '../../model/settings.ts'
import type { Compile } from '../compile.ts'
import { compileCookies, rewritesCookies } from './proxy-cookies.ts'
import { compileLocationField, type LocationOf } from './location-field.ts'
import { isSafeValue } from './safe-value.ts'
import { cutPrefix, applyFirst, compileValueRule, type ValueRule } from '../rewriting/value-rule.ts'

/** `match` null: proxy_pass of a server outside of any location. */
export function compileProxyResponse(
  settings: Settings,
  pass: ProxyPass,
  match: LocationMatch | null,
  compile: Compile,
): HeadStep[] {
  const steps: HeadStep[] = []
  const redirects = compileRedirects(settings.proxyRedirect, pass, match, compile)
  if (redirects.length > 0) {
    steps.push(locationStep(redirects, compileLocationField(settings)))
    steps.push(refreshStep(redirects))
  }
  if (rewritesCookies(settings)) steps.push(compileCookies(settings, compile))
  return steps
}

function compileRedirects(
  rules: Settings['proxyRedirect'],
  pass: ProxyPass,
  match: LocationMatch | null,
  compile: Compile,
): ValueRule[] {
  if (rules === 'off') return []
  const listed: readonly ProxyRedirectRule[] = rules === 'default' ? [{ kind: 'default' }] : rules
  return listed.flatMap(rule => {
    if (rule.kind !== 'default') return [compileValueRule(rule, compile, cutPrefix)]
    const standard = compileDefault(pass, match)
    return standard === null ? [] : [standard]
  })
}

/** The address we pass to, in the place of which the client knows the location. Nothing can be said with variables. */
function compileDefault(pass: ProxyPass, match: LocationMatch | null): ValueRule | null {
  if (pass.kind === 'variable') return null
  const from = pass.uri === null ? `${pass.written}/` : pass.written
  const to = pass.uri === null || match === null || match.kind === 'pattern' ? '/' : match.text
  return (_, value) => {
    const kept = cutPrefix(value, from)
    return kept === null ? null : to + kept.after
  }
}

function locationStep(rules: readonly ValueRule[], locationOf: LocationOf): HeadStep {
  return (exchange, head) => {
    const value = head.fields.get('Location')
    if (value === undefined) return
    const changed = applyFirst(rules, exchange, value)
    // One that was rewritten to a path is ours now, and becomes a whole URL like all of ours.
    if (changed !== null) head.fields.set('Location', locationOf(exchange, changed))
  }
}

/** `Refresh: 5; url=http://…` */
function refreshStep(rules: readonly ValueRule[]): HeadStep {
  return (exchange, head) => {
    const value = head.fields.get('Refresh')
    const at = value === undefined ? -1 : value.toLowerCase().indexOf('url=')
    if (value === undefined || at < 0) return
    const changed = applyFirst(rules, exchange, value.slice(at + 4))
    if (changed !== null && isSafeValue(changed)) head.fields.set('Refresh', value.slice(0, at + 4) + changed)
  }
}
