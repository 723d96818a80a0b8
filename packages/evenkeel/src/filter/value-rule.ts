/**
 * One rule of proxy_redirect, proxy_cookie_domain or proxy_cookie_path: what a value has to be, and what it becomes.
 */
import type { Exchange } from '../exchange/exchange.ts'
import type { ProxyRedirectRule } from '../model/settings.ts'
import type { Compile } from './compile.ts'

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

/** A value that starts with a text gets another start; one that matches a pattern is replaced whole. */
export function compileValueRule(
  rule: Exclude<ProxyRedirectRule, { kind: 'default' }>,
  compile: Compile,
  startsWith: (value: string, from: string) => string | null,
): ValueRule {
  const to = compile.text(rule.to)
  if (rule.kind === 'pattern') {
    const pattern = compile.pattern(rule.pattern)
    return (exchange, value) => (pattern.exec(value, exchange) ? to(exchange) : null)
  }
  const from = compile.text(rule.from)
  return (exchange, value) => {
    const rest = startsWith(value, from(exchange))
    return rest === null ? null : to(exchange) + rest
  }
}

/** What follows `from` at the start of the value; null: it does not start so. */
export function afterPrefix(value: string, from: string): string | null {
  return value.startsWith(from) ? value.slice(from.length) : null
}
