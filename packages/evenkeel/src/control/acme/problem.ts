/** What keeps a certificate from being issued, in the issuer's words where it has some (RFC 8555, 6.7; RFC 7807). */
import type { Setback } from './schedule.ts'
import { readRetryAfter } from './schedule.ts'
import type { AcmeAnswer } from './transport.ts'

export class AcmeProblem extends Error implements Setback {
  readonly unreachable: boolean
  readonly retryAfterMs: number | null
  /** The last part of its URN: `badNonce`, `rateLimited`. */
  readonly type: string

  constructor(
    text: string,
    { unreachable = false, retryAfterMs = null, type = '' }: Partial<Setback & { readonly type: string }> = {},
  ) {
    super(text)
    this.unreachable = unreachable
    this.retryAfterMs = retryAfterMs
    this.type = type
  }
}

/** An answer that is none of the good ones. */
export function refusal(what: string, { status, headers, text }: AcmeAnswer, nowMs: number): AcmeProblem {
  const body = readJson(text)
  const { type, words } = describe(body ?? {})
  return new AcmeProblem(`${what}: ${words === '' ? `status ${status}` : words}`, {
    // A gateway in front of it has nothing to say about us.
    unreachable: status >= 500 && type === '',
    retryAfterMs: readRetryAfter(headers['retry-after'], nowMs),
    type,
  })
}

/** Its type and everything it says, those about single names included. */
export function describe(problem: Readonly<Record<string, unknown>>): {
  readonly type: string
  readonly words: string
} {
  const type = textOf(problem['type']).replace(/^.*:/, '')
  const inner = Array.isArray(problem['subproblems']) ? problem['subproblems'] : []
  const details = [problem, ...inner.filter(isRecord)].map(one => {
    const identifier = isRecord(one['identifier']) ? `${textOf(one['identifier']['value'])}: ` : ''
    return identifier + textOf(one['detail'])
  })
  const detail = details.filter(text => text !== '').join('; ')
  // It ends in a log: one line, of a bounded length, whoever wrote it.
  const words = [type, detail].filter(text => text !== '').join(': ')
  return { type, words: words.replace(/[\0-\x1f\x7f]+/g, ' ').slice(0, 1000) }
}

export function readJson(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : null
  } catch {
    return null
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
