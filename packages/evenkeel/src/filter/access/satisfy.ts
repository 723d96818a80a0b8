/**
 * Several ways to keep people out, and `satisfy`, which says whether all of them must agree or one is enough.
 *
 * A way is an AccessCheck: it grants, denies (a reply of 401 or 403), or has no opinion. Whatever else it answers (an
 * error, a redirect) ends the matter under both. A 401 can be held back for auth_delay, so that guessing takes time.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { ERROR, INFO } from '../../exchange/log-level.ts'
import type { Outcome, Reply } from '../../exchange/outcome.ts'
import type { RequestStep } from '../../exchange/route.ts'
import type { Waits } from '../waits.ts'

/** Undefined: no opinion. */
export type Verdict = 'granted' | Outcome

/** One way to satisfy. */
export type AccessCheck = (exchange: Exchange) => Verdict | Promise<Verdict>

/** One step for each check, or one for all; none without checks. They are asked in the order given. */
export function compileSatisfy(
  mode: 'all' | 'any',
  delayMs: number,
  checks: readonly (AccessCheck | null)[],
  waits: Waits,
): RequestStep[] {
  const given = checks.filter(check => check !== null)
  if (given.length === 0) return []
  const settle = delayMs > 0 ? delayed(delayMs, waits) : (_: Exchange, verdict: Verdict) => outcomeOf(verdict)
  const whole = mode === 'any' ? [anyOf(given)] : given
  return whole.map(check => exchange => {
    const verdict = check(exchange)
    return verdict instanceof Promise ? verdict.then(found => settle(exchange, found)) : settle(exchange, verdict)
  })
}

function outcomeOf(verdict: Verdict): Outcome {
  return verdict === 'granted' ? undefined : verdict
}

function delayed(ms: number, waits: Waits): (exchange: Exchange, verdict: Verdict) => Outcome | Promise<Outcome> {
  return (exchange, verdict) => {
    const outcome = outcomeOf(verdict)
    if (outcome === undefined || !isDenial(outcome) || !asksForPassword(outcome)) return outcome
    exchange.route.errorLog.tell(exchange, INFO, 'delaying unauthorized request')
    return waits.wait(exchange, ms).then(() => outcome)
  }
}

function anyOf(checks: readonly AccessCheck[]): AccessCheck {
  const ask = (exchange: Exchange, from: number, denial: Reply | undefined): Verdict | Promise<Verdict> => {
    for (let i = from; i < checks.length; i++) {
      const verdict = checks[i]!(exchange)
      if (verdict instanceof Promise) {
        return verdict.then(found => {
          const next = weigh(found, denial)
          return next.kind === 'done' ? next.verdict : ask(exchange, i + 1, next.denial)
        })
      }
      const next = weigh(verdict, denial)
      if (next.kind === 'done') return next.verdict
      denial = next.denial
    }
    if (denial?.status === 403) exchange.route.errorLog.tell(exchange, ERROR, 'access forbidden by rule')
    return denial
  }
  return exchange => ask(exchange, 0, undefined)
}

type Next =
  | { readonly kind: 'done'; readonly verdict: Verdict }
  | { readonly kind: 'go on'; readonly denial: Reply | undefined }

/** The last denial is told, except that asking for a password is never taken back by a later one. */
function weigh(verdict: Verdict, denial: Reply | undefined): Next {
  if (verdict === undefined) return { kind: 'go on', denial }
  if (verdict === 'granted' || !isDenial(verdict)) return { kind: 'done', verdict }
  return { kind: 'go on', denial: denial !== undefined && asksForPassword(denial) ? denial : verdict }
}

function isDenial(outcome: Exclude<Outcome, undefined>): outcome is Reply {
  return 'kind' in outcome && outcome.kind === 'reply' && (outcome.status === 403 || asksForPassword(outcome))
}

/** 407 is the 401 of those who ask for a tunnel. */
function asksForPassword({ status }: Reply): boolean {
  return status === 401 || status === 407
}
