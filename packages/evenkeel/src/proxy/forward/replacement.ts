/**
 * Answers of an origin that are not shown but replaced: X-Accel-Redirect, which asks for another answer from here, and
 * error pages of ours for its errors (proxy_intercept_errors).
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import type { Outcome } from '../../exchange/outcome.ts'
import type { AcceptRate } from '../../filter/limits/limit-rate.ts'
import type { Settings } from '../../model/settings.ts'
import { normalizePath } from '../../route/uri.ts'

type Settled = Exclude<Outcome, undefined>

export interface Replacement {
  /** Every answer is to be shown to `of`, not only those from 300. */
  readonly looksAtAll: boolean
  of(exchange: Exchange, head: ResponseHead): Settled | undefined
}

export function compileReplacement(settings: Settings, acceptRate: AcceptRate | null): Replacement {
  const acceptsRedirects = !settings.proxyIgnoreHeaders.some(name => name.toLowerCase() === 'x-accel-redirect')
  const intercepts = settings.proxyInterceptErrors
  return {
    looksAtAll: acceptsRedirects || acceptRate !== null,
    of(exchange, head) {
      const to = acceptsRedirects ? head.fields.get('x-accel-redirect') : undefined
      if (acceptRate !== null) acceptRate(exchange, head.fields, to !== undefined)
      if (to !== undefined) return redirectTo(exchange, to)
      if (!intercepts || head.status < 300 || exchange.route.errorPage === null) return undefined
      if (exchange.inErrorPage && !exchange.route.recursiveErrorPages) return undefined
      const page = exchange.route.errorPage(exchange, head.status)
      if (page !== undefined) exchange.inErrorPage = true
      return page
    },
  }
}

/** `/path?args` or `@name`; the request becomes a GET unless it is a HEAD. */
function redirectTo(exchange: Exchange, to: string): Settled {
  if (to.startsWith('@')) return { kind: 'redirect', uri: to }
  const mark = to.indexOf('?')
  const uri = normalizePath(mark < 0 ? to : to.slice(0, mark), true)
  if (uri === null || !uri.startsWith('/')) return { kind: 'reply', status: 500 }
  const method = exchange.method === 'HEAD' ? 'HEAD' : 'GET'
  return { kind: 'redirect', uri, args: mark < 0 ? '' : to.slice(mark + 1), method }
}
