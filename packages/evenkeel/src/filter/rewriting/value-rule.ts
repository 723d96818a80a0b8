/**
 * One rule of proxy_redirect, proxy_cookie_domain or proxy_cookie_path: what a value has to be, and what it becomes.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { ProxyRedirectRule } from '../../model/settings.ts'
import type { Compile } from '../compile.ts'

/** The text that takes the value's place, or null when the rule does not apply. */
export type ValueRule = (exchange: Exchange, value: string) => string | null

/** The first rule that applies. */
export function applyFirst(rules: readonly ValueRule[], exchange: Exchange, value: string): string | null {
  for (const rule of rules) {
    const changed = rule(exchange, value)
    if (changed !== null) return changed
  }
  return null
}

/** What stays of a value on both sides of the text that is replaced. */
export interface Kept {
  readonly before: string
  readonly after: string
}

/** Finds in a value what a rule replaces; null: the rule does not apply. */
export type Cut = (value: string, from: string) => Kept | null

/** A value that starts with a text gets another start; one that matches a pattern is replaced whole. */
export function compileValueRule(
  rule: Exclude<ProxyRedirectRule, { kind: 'default' }>,
  compile: Compile,
  cut: Cut,
): ValueRule {
  const to = compile.text(rule.to)
  if (rule.kind === 'pattern') {
    const pattern = compile.pattern(rule.pattern)
    return (exchange, value) => (pattern.exec(value, exchange) ? to(exchange) : null)
  }
  const from = compile.text(rule.from)
  return (exchange, value) => {
    const kept = cut(value, from(exchange))
    return kept === null ? null : kept.before + to(exchange) + kept.after
  }
}

/** Cuts a text off the start of a value. */
export function cutPrefix(value: string, from: string): Kept | null {
  return value.startsWith(from) ? { before: '', after: value.slice(from.length) } : null
}
