/**
 * Answers issuers of certificates who look whether a host is ours (http-01, RFC 8555, 8.3): before anything a server says
 * of its own, so that no redirect or password stands in the way. What is not asked of us is a request like any other.
 */
import type { RequestStep } from '../../exchange/route.ts'

const PREFIX = '/.well-known/acme-challenge/'

export interface ChallengeAnswers {
  /** undefined: no such challenge is open. */
  answer(token: string): string | undefined
}

export function acmeAnswer(challenges: ChallengeAnswers): RequestStep {
  return exchange => {
    const { uri } = exchange
    if (!uri.startsWith(PREFIX)) return undefined
    const answer = challenges.answer(uri.slice(PREFIX.length))
    return answer === undefined ? undefined : { kind: 'reply', status: 200, body: answer, type: 'text/plain' }
  }
}
