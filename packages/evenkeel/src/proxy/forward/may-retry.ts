/**
 * Whether a failed attempt may be repeated at another peer: the one place that decides it, as a pure function.
 *
 * nginx's rules (proxy_next_upstream): the kind of failure has to be listed; a request that is not idempotent and may
 * have reached the peer is repeated only with `non_idempotent`; a body that was streamed is not sent again. What is
 * not nginx's: a request that the peer says it has not looked at is sent again if all of it is still here, and nothing here ever allows a second answer once the first has begun, which is the caller's to know.
 */
import type { RetryRule } from '../../exchange/code.ts'
import { failures, type Failure, type FailureCode } from '../../exchange/failure.ts'
import type { NextUpstreamCondition } from '../../model/settings.ts'

export interface RetrySettings {
  readonly conditions: ReadonlySet<NextUpstreamCondition>
  /** 0: no limit. */
  readonly timeoutMs: number
  /** Has the last word where repeating is possible at all; null or left out: nobody has. */
  readonly rule?: RetryRule | null
}

export interface AttemptFacts {
  readonly method: string
  /** Something of the request may have reached the peer. */
  readonly sent: boolean
  /** The body was sent on as it came. */
  readonly bodySpent: boolean
  /** And it is not here any more. */
  readonly bodyGone: boolean
  readonly triesLeft: number
  /** Since the first attempt began. */
  readonly elapsedMs: number
}

/** Methods that nginx does not repeat by itself (RFC 9110, 9.2.2 calls them not idempotent). */
const NOT_IDEMPOTENT: ReadonlySet<string> = new Set(['POST', 'LOCK', 'PATCH'])

export function mayRetry(problem: Failure, facts: AttemptFacts, settings: RetrySettings): boolean {
  const row = failures[problem.code]
  if (row.retry === 'never' || row.condition === 'none') return false
  const usual = settings.conditions.has(row.condition) && mayRepeat(facts, settings, row.retry === 'unsent')
  return settings.rule == null ? usual : ruled(settings.rule, facts, settings, problem.code, 0, usual)
}

/** The same for an answer that asks for another peer by its status (http_503 …). */
export function mayRetryStatus(status: number, facts: AttemptFacts, settings: RetrySettings): boolean {
  const usual = asksForAnother(status, settings) && mayRepeat(facts, settings, false)
  return settings.rule == null ? usual : ruled(settings.rule, facts, settings, '', status, usual)
}

/** Whether that status asks for another peer at all. */
export function asksForAnother(status: number, settings: RetrySettings): boolean {
  return settings.conditions.has(`http_${status}` as NextUpstreamCondition)
}

/**
 * Whether a request may be sent to a second peer while the first one is at it: where it would go there after a timeout.
 * What may not run twice does not, whatever `non_idempotent` says of requests that have failed.
 */
export function mayHedge(method: string, settings: RetrySettings): boolean {
  return settings.conditions.has('timeout') && !NOT_IDEMPOTENT.has(method)
}

/** `unseen`: the peer said that it has not looked at what was sent. */
function mayRepeat(facts: AttemptFacts, settings: RetrySettings, unseen: boolean): boolean {
  if (facts.triesLeft <= 0) return false
  if (facts.sent && (unseen ? facts.bodyGone : facts.bodySpent || isUnsafe(facts.method, settings))) return false
  return settings.timeoutMs === 0 || facts.elapsedMs < settings.timeoutMs
}

function isUnsafe(method: string, settings: RetrySettings): boolean {
  return NOT_IDEMPOTENT.has(method) && !settings.conditions.has('non_idempotent')
}

/** A rule may forbid anything, and allow what can be sent again: not a body that is gone. */
function ruled(
  rule: RetryRule,
  facts: AttemptFacts,
  settings: RetrySettings,
  failure: FailureCode | '',
  status: number,
  usual: boolean,
): boolean {
  const { method, sent, triesLeft, elapsedMs } = facts
  if (triesLeft <= 0 || (sent && facts.bodySpent)) return false
  if (settings.timeoutMs !== 0 && elapsedMs >= settings.timeoutMs) return false
  return rule({ method, failure, status, sent, triesLeft, elapsedMs, usual })
}
