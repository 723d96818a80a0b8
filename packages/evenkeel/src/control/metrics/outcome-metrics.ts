/** Metrics of limits and caches: how requests came out there. */
import { cacheOutcomes, limitOutcomes } from '../../model/tallies.ts'
import type { View } from '../status/view.ts'
import type { Exposition, Sample } from './exposition.ts'

export function aboutLimits(out: Exposition, view: View): void {
  for (const kind of ['limit_req', 'limit_conn'] as const) {
    const samples = view.limits(kind).flatMap(({ zone, counts }) =>
      limitOutcomes.flatMap((outcome, place): Sample[] => {
        if (kind === 'limit_conn' && outcome.startsWith('delayed')) return []
        return [{ labels: { zone, outcome }, value: counts[place] ?? 0 }]
      }),
    )
    if (samples.length > 0)
      out.counter(`evenkeel_${kind}_requests_total`, `Requests, by what ${kind} made of them.`, samples)
  }
}

export function aboutCaches(out: Exposition, view: View): void {
  const caches = view.caches()
  if (caches.length === 0) return
  const each = (from: number): Sample[] =>
    caches.flatMap(({ zone, counts }) =>
      cacheOutcomes.map((status, place) => ({ labels: { cache: zone, status }, value: counts[from + place] ?? 0 })),
    )
  out.gauge(
    'evenkeel_cache_size_bytes',
    'Bytes on disk.',
    caches.map(({ zone, bytes }) => ({ labels: { cache: zone }, value: bytes })),
  )
  out.counter('evenkeel_cache_responses_total', 'Responses, by what the cache had to do with them.', each(0))
  out.counter('evenkeel_cache_sent_bytes_total', 'Bytes of their bodies.', each(cacheOutcomes.length))
}
