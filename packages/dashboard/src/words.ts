/** States and checks of servers in words. */
import { formatCount } from './format.ts'
import type { Peer, PeerState } from './snapshot.ts'

export interface StateWords {
  readonly word: string
  readonly tone: 'good' | 'warn' | 'bad' | 'quiet'
  readonly about: string
}

export function describeState({ state }: Pick<Peer, 'state'>): StateWords {
  return stateWords[state]
}

const stateWords: Readonly<Record<PeerState, StateWords>> = {
  up: { word: 'up', tone: 'good', about: 'takes requests' },
  draining: { word: 'draining', tone: 'warn', about: 'takes nothing new and finishes the rest' },
  down: { word: 'down', tone: 'quiet', about: 'taken out by the configuration or the API' },
  unavail: { word: 'failing', tone: 'bad', about: 'out for a while because of failed attempts' },
  checking: { word: 'checking', tone: 'warn', about: 'takes nothing until its first health check has passed' },
  unhealthy: { word: 'unhealthy', tone: 'bad', about: 'out because its health checks fail' },
}

export function isTrouble(peer: Pick<Peer, 'state' | 'checks'>): boolean {
  return peer.state !== 'up' || peer.checks.lastPassed === false
}

/** `passing (120)`, `failing: 3 of 120, status 503`. */
export function explainChecks({ checks }: Pick<Peer, 'checks'>): string {
  const { done, fails, lastPassed, reason } = checks
  if (lastPassed === null) return done === 0 ? '–' : 'not yet'
  const counts = fails === 0 ? formatCount(done) : `${formatCount(fails)} of ${formatCount(done)} failed`
  if (lastPassed) return `passing (${counts})`
  return reason === '' ? `failing (${counts})` : `failing: ${reason} (${counts})`
}
