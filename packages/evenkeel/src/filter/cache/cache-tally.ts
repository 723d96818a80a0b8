/** Counts responses of a location with a cache by what the cache had to do with them. */
import type { ExchangeLog } from '../../exchange/route.ts'
import { cacheOutcomes } from '../../model/tallies.ts'
import type { Settings } from '../../model/settings.ts'
import type { Tally } from '../../shared/tally.ts'
import type { Compile } from '../compile.ts'

/** null: nothing is cached there. */
export function compileCacheTally(
  { proxyCache }: Pick<Settings, 'proxyCache'>,
  compile: Pick<Compile, 'text'>,
  find: (zone: string) => Tally | undefined,
): ExchangeLog | null {
  if (proxyCache === null) return null
  const zone = compile.text(proxyCache)
  return exchange => {
    const status = exchange.cache?.status ?? ''
    const place = cacheOutcomes.findIndex(outcome => outcome === status.toLowerCase())
    if (place < 0) return
    const tally = find(zone(exchange))
    tally?.add(place)
    tally?.add(cacheOutcomes.length + place, exchange.bodyBytesSent)
  }
}
