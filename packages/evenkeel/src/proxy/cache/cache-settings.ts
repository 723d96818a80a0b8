/** What caching in one location needs to know, made once when the configuration is compiled. */
import type { Exchange } from '../../exchange/exchange.ts'
import type { NameSet } from '../../exchange/name-set.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import type { ClientRules } from '../../filter/cache/client-part.ts'
import type { StoreSettings } from '../../filter/cache/freshness.ts'
import type { CacheZone } from '../../filter/cache/zone.ts'

export type Predicate = (exchange: Exchange) => boolean

export interface CacheSettings {
  /** null: this request is not for a cache; a string is the name of one there is not. */
  zone(exchange: Exchange): CacheZone | null | string
  key(exchange: Exchange): string
  readonly methods: ReadonlySet<string>
  readonly convertHead: boolean
  readonly minUses: number
  readonly lock: boolean
  readonly lockAgeMs: number
  readonly lockTimeoutMs: number
  /** `updating`, and conditions under which a stale response stands in for a failure. */
  readonly useStale: ReadonlySet<string>
  readonly backgroundUpdate: boolean
  readonly revalidate: boolean
  /** Ranges that begin behind it are not for the cache; null: all are. */
  readonly maxRangeOffset: number | null
  readonly bypass: Predicate
  readonly noCache: Predicate
  readonly purge: Predicate
  /** What a client says in Cache-Control counts even where it costs the origin something. */
  readonly heedsRequests: boolean
  /** Responses are read ahead; without that none is stored. */
  readonly buffering: boolean
  readonly store: StoreSettings
  readonly client: ClientRules
  // As for what is forwarded (forward-settings).
  readonly hiddenFields: NameSet
  readonly addServer: boolean
  readonly addDate: boolean
  adjust(exchange: Exchange, head: ResponseHead): void
}
