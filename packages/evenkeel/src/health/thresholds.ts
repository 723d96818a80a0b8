/**
 * What one more probe means for a peer: how many in a row it takes to fall, and to be trusted again.
 *
 * A peer that is still being checked for the first time has nothing to lose or to prove: its first probe decides, however
 * many it would take later. A server that fails the only probe it ever had must not be given requests for its `fails`.
 */

/** `checking`: mandatory, and no probe has passed or failed yet. */
export type Health = 'checking' | 'healthy' | 'unhealthy'

export interface Standing {
  readonly health: Health
  /** Probes in a row that said otherwise. */
  readonly against: number
}

export interface Thresholds {
  readonly fails: number
  readonly passes: number
}

/** How a peer begins. */
export function firstStanding(mandatory: boolean): Standing {
  return { health: mandatory ? 'checking' : 'healthy', against: 0 }
}

export function afterProbe(standing: Standing, passed: boolean, { fails, passes }: Thresholds): Standing {
  const { health } = standing
  if (health === 'checking') return { health: passed ? 'healthy' : 'unhealthy', against: 0 }
  if (passed === (health === 'healthy')) return { health, against: 0 }
  const against = standing.against + 1
  if (against < (passed ? passes : fails)) return { health, against }
  return { health: passed ? 'healthy' : 'unhealthy', against: 0 }
}
