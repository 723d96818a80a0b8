/**
 * What is counted of limits and caches by how a request came out there: for each named zone one row of numbers, whose
 * places have these names. The words are those of nginx's API and of $upstream_cache_status.
 */
import type { Model } from './model.ts'

export type TallyKind = 'limit_req' | 'limit_conn' | 'cache'

export const limitOutcomes = ['passed', 'delayed', 'rejected', 'delayed_dry_run', 'rejected_dry_run'] as const
export type LimitOutcome = (typeof limitOutcomes)[number]

/** Responses of each have a place, and behind all of these their bytes have one. */
export const cacheOutcomes = ['hit', 'stale', 'updating', 'revalidated', 'miss', 'expired', 'bypass'] as const

export function tallyKey(kind: TallyKind, name: string): string {
  return `${kind} ${name}`
}

/** Keys of everything that a model has counted so. */
export function tallyKeysOf({ http }: Pick<Model, 'http'>): readonly string[] {
  if (http === null) return []
  return [
    ...(http.limitZones ?? []).map(({ kind, name }) => tallyKey(kind, name)),
    ...(http.cachePaths ?? []).map(({ zone }) => tallyKey('cache', zone)),
  ]
}
