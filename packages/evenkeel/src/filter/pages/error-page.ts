/**
 * `error_page`: what an error is answered by instead of the built-in page.
 *
 * Whether an error page may itself have one (recursive_error_pages) is the loop's to decide; here it is only said what
 * would be shown.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Outcome } from '../../exchange/outcome.ts'
import type { ErrorPage } from '../../exchange/route.ts'
import type { ErrorPageModel } from '../../model/settings.ts'
import type { Compile } from '../compile.ts'
import { isRedirect, redirectReply } from '../fields/location-field.ts'
import { escapeUnsafe } from '../fields/safe-value.ts'
import { internalRedirect } from '../files/try-files.ts'

/** null: no status has a page. */
export function compileErrorPage(models: readonly ErrorPageModel[], compile: Compile): ErrorPage | null {
  if (models.length === 0) return null
  const pages = new Map<number, (exchange: Exchange) => Outcome>()
  for (const model of models) {
    const text = compile.text(model.uri)
    // The first line that names a status is the one that counts.
    for (const status of model.statuses) if (!pages.has(status)) pages.set(status, compilePage(model, status, text))
  }
  return (exchange, status) => pages.get(status)?.(exchange)
}

/** 494 to 497 tell error_page why a request was bad; clients see 400. */
export function toldStatus(status: number): number {
  return status >= 494 && status <= 497 ? 400 : status
}

function compilePage(
  { answer }: ErrorPageModel,
  status: number,
  text: (exchange: Exchange) => string,
): (exchange: Exchange) => Outcome {
  const final = answer === null ? toldStatus(status) : answer === 'answer' ? 0 : answer
  const away = isRedirect(final) && answer !== null ? final : 302
  return exchange => {
    const uri = text(exchange)
    if (uri.startsWith('@')) return { kind: 'redirect', uri, status: final }
    if (!uri.startsWith('/')) return redirectReply(away, escapeUnsafe(uri))
    return { ...internalRedirect(uri), method: exchange.method === 'HEAD' ? 'HEAD' : 'GET', status: final }
  }
}
