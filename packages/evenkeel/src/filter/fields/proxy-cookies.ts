/**
 * Set-Cookie fields of a proxied answer, told in the client's terms: another domain, another path, other flags.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { HeadStep } from '../../exchange/route.ts'
import type { ProxyRedirectRule, Settings } from '../../model/settings.ts'
import type { Template } from '../../model/template.ts'
import type { Compile } from '../compile.ts'
import { isSafeValue } from './safe-value.ts'
import {
  applyFirst,
  compileValueRule,
  cutPrefix,
  type Cut,
  type Kept,
  type ValueRule,
} from '../rewriting/value-rule.ts'

type CookieSettings = Pick<Settings, 'proxyCookieDomain' | 'proxyCookiePath' | 'proxyCookieFlags'>

/** Whether anything is told about cookies at all. */
export function rewritesCookies(settings: CookieSettings): boolean {
  const { proxyCookieDomain, proxyCookiePath, proxyCookieFlags } = settings
  return proxyCookieDomain !== 'off' || proxyCookiePath !== 'off' || proxyCookieFlags !== 'off'
}

export function compileCookies(settings: CookieSettings, compile: Compile): HeadStep {
  const domains = compileRules(withoutDots(settings.proxyCookieDomain), compile, cutDomain)
  const paths = compileRules(settings.proxyCookiePath, compile, cutPrefix)
  const flags = compileFlags(settings.proxyCookieFlags, compile)

  return (exchange, head) => {
    if (!head.fields.has('Set-Cookie')) return
    const cookies = head.fields.getAll('Set-Cookie')
    const changed = cookies.map(cookie => rewriteCookie(exchange, cookie))
    if (changed.every((cookie, i) => cookie === cookies[i])) return
    head.fields.remove('Set-Cookie')
    for (const cookie of changed) if (isSafeValue(cookie)) head.fields.add('Set-Cookie', cookie)
  }

  function rewriteCookie(exchange: Exchange, cookie: string): string {
    const attributes = parseCookie(cookie)
    const name = attributes[0]!
    if (name.value === null) return cookie
    let changed = false
    for (const attribute of attributes.slice(1)) {
      const key = attribute.key.toLowerCase()
      const rules = key === 'domain' ? domains : key === 'path' ? paths : none
      const value = attribute.value === null ? null : applyFirst(rules, exchange, attribute.value)
      if (value === null) continue
      attribute.value = value
      changed = true
    }
    const wanted = flags(exchange, name.key)
    if (wanted !== null) changed = editFlags(attributes, wanted) || changed
    return changed ? renderCookie(attributes) : cookie
  }
}

/** One `name=value` of a cookie's line; the first is the cookie itself. */
export interface CookieAttribute {
  key: string
  /** null: it stands without `=`. */
  value: string | null
}

export function parseCookie(text: string): CookieAttribute[] {
  return text.split(';').map(part => {
    const equals = part.indexOf('=')
    if (equals < 0) return { key: part.trim(), value: null }
    return { key: part.slice(0, equals).trim(), value: part.slice(equals + 1).trim() }
  })
}

export function renderCookie(attributes: readonly CookieAttribute[]): string {
  return attributes.map(({ key, value }) => (value === null ? key : `${key}=${value}`)).join('; ')
}

/** What is to become of the flags; undefined: as they are. */
export interface FlagChanges {
  secure?: boolean
  httponly?: boolean
  /** false: removed. */
  samesite?: 'Strict' | 'Lax' | 'None' | false
}

/** Changes the attributes in place; answers whether a flag was named at all. */
export function editFlags(attributes: CookieAttribute[], changes: FlagChanges): boolean {
  if (changes.secure !== undefined) setFlag(attributes, 'Secure', changes.secure ? null : false)
  if (changes.httponly !== undefined) setFlag(attributes, 'HttpOnly', changes.httponly ? null : false)
  if (changes.samesite !== undefined) setFlag(attributes, 'SameSite', changes.samesite)
  return Object.keys(changes).length > 0
}

/** `value` false: away with it; null: it has none. A flag that is there keeps its place and its spelling. */
function setFlag(attributes: CookieAttribute[], key: string, value: string | null | false): void {
  const at = attributes.findIndex((attribute, i) => i > 0 && attribute.key.toLowerCase() === key.toLowerCase())
  if (value === false) {
    if (at > 0) attributes.splice(at, 1)
  } else if (at < 0) attributes.push({ key, value })
  else if (value !== null && attributes[at]!.value?.toLowerCase() !== value.toLowerCase())
    attributes[at] = { key, value }
}

const none: readonly ValueRule[] = []

/** A domain is compared whole and caselessly; a dot before it stays. */
function cutDomain(value: string, from: string): Kept | null {
  const dot = value.startsWith('.') ? '.' : ''
  return value.slice(dot.length).toLowerCase() === from.toLowerCase() ? { before: dot, after: '' } : null
}

function compileRules(rules: 'off' | readonly ProxyRedirectRule[], compile: Compile, cut: Cut): ValueRule[] {
  if (rules === 'off') return []
  return rules.flatMap(rule => (rule.kind === 'default' ? [] : [compileValueRule(rule, compile, cut)]))
}

/** A dot before a domain means nothing any more (RFC 6265, 4.1.2.3): that of a rule goes, that of a cookie stays. */
function withoutDots(rules: 'off' | readonly ProxyRedirectRule[]): 'off' | readonly ProxyRedirectRule[] {
  if (rules === 'off') return rules
  return rules.map(rule =>
    rule.kind === 'text' ? { ...rule, from: withoutDot(rule.from), to: withoutDot(rule.to) } : rule,
  )
}

function withoutDot(template: Template): Template {
  const [first, ...rest] = template
  return typeof first === 'string' && first.startsWith('.') ? [first.slice(1), ...rest] : template
}

/** The changes the first rule for that cookie asks for. */
function compileFlags(
  rules: CookieSettings['proxyCookieFlags'],
  compile: Compile,
): (exchange: Exchange, cookie: string) => FlagChanges | null {
  if (rules === 'off') return () => null
  const compiled = rules.map(({ name, flags }) => ({
    applies: compileName(name, compile),
    flags: flags.map(flag => compile.text(flag)),
  }))
  return (exchange, cookie) => {
    const rule = compiled.find(({ applies }) => applies(exchange, cookie))
    if (rule === undefined) return null
    const changes: FlagChanges = {}
    for (const flag of rule.flags) readFlag(flag(exchange).toLowerCase(), changes)
    return changes
  }
}

type CookieName = Exclude<CookieSettings['proxyCookieFlags'], 'off'>[number]['name']

function compileName(name: CookieName, compile: Compile): (exchange: Exchange, cookie: string) => boolean {
  if ('source' in name) {
    const pattern = compile.pattern(name)
    return (exchange, cookie) => pattern.exec(cookie, exchange)
  }
  const text = compile.text(name)
  return (exchange, cookie) => text(exchange).toLowerCase() === cookie.toLowerCase()
}

/** An unknown or empty flag (a variable may hold anything) changes nothing. */
function readFlag(flag: string, changes: FlagChanges): void {
  if (flag === 'secure') changes.secure = true
  else if (flag === 'nosecure') changes.secure ??= false
  else if (flag === 'httponly') changes.httponly = true
  else if (flag === 'nohttponly') changes.httponly ??= false
  else if (flag === 'samesite=strict') changes.samesite = 'Strict'
  else if (flag === 'samesite=lax') changes.samesite ||= 'Lax'
  else if (flag === 'samesite=none') changes.samesite ||= 'None'
  else if (flag === 'nosamesite') changes.samesite ??= false
}
