/** When a certificate is asked for: before it ends, and later each time it went wrong. Pure; luck is given in. */

export interface Validity {
  readonly fromMs: number
  readonly untilMs: number
}

/**
 * After two thirds of its life; after half of it where that is shorter than ten days. `luck` from 0 to 1 takes up to a
 * twentieth of its life off that, so that a thousand machines do not ask at the same moment.
 */
export function renewalMs({ fromMs, untilMs }: Validity, luck: number): number {
  const life = untilMs - fromMs
  const share = life < SHORT_MS ? 1 / 2 : 2 / 3
  return fromMs + life * (share - 0.05 * luck)
}

/** What went wrong: the issuer was not to be had, or had an answer, and may have said when to come back. */
export interface Setback {
  readonly unreachable: boolean
  readonly retryAfterMs: number | null
}

/** `count` of failures in a row, from 1. Issuers count what fails (five an hour are common), but not who never reached them. */
export function retryMs({ unreachable, retryAfterMs }: Setback, count: number, luck: number): number {
  const first = unreachable ? 10_000 : 300_000
  const most = unreachable ? HOUR_MS : 6 * HOUR_MS
  const backOff = Math.min(most, first * 2 ** Math.min(count - 1, 20)) * (1 - 0.2 * luck)
  // Never sooner than it asks for, whatever it asks for, within reason.
  return Math.max(backOff, Math.min(retryAfterMs ?? 0, DAY_MS))
}

/** `Retry-After`: seconds or a date; null: nothing that can be read. */
export function readRetryAfter(text: string | undefined, nowMs: number): number | null {
  if (text === undefined || text === '') return null
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs)
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const SHORT_MS = 10 * DAY_MS
