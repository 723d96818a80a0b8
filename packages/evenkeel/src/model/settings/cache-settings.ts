/** Settings of caching, inherited like all others; `proxy_cache_path` is model/cache.ts. */
import type { Template } from '../template.ts'

export type CacheCondition =
  | 'off'
  | 'error'
  | 'timeout'
  | 'invalid_header'
  | 'updating'
  | 'http_500'
  | 'http_502'
  | 'http_503'
  | 'http_504'
  | 'http_403'
  | 'http_404'
  | 'http_429'

export interface CacheSettings {
  /** Name of a zone; null: off. */
  proxyCache: Template | null
  /** null: what the request is forwarded as. */
  proxyCacheKey: Template | null
  proxyCacheValid: readonly { readonly statuses: readonly number[]; readonly seconds: number }[]
  proxyCacheMinUses: number
  proxyCacheLock: boolean
  proxyCacheLockAge: number
  proxyCacheLockTimeout: number
  proxyCacheUseStale: readonly CacheCondition[]
  proxyCacheBackgroundUpdate: boolean
  proxyCacheRevalidate: boolean
  proxyCacheBypass: readonly Template[]
  proxyNoCache: readonly Template[]
  proxyCacheMethods: readonly string[]
  proxyCacheConvertHead: boolean
  /** Bytes; null: no limit. */
  proxyCacheMaxRangeOffset: number | null
  proxyCachePurge: readonly Template[]
  proxyCacheRequestControl: boolean
  /** Where responses are kept as files; true: under root or alias; null: nowhere. */
  proxyStore: true | Template | null
  /** Permissions of such files. */
  proxyStoreAccess: number
}

export const cacheDefaults: CacheSettings = {
  proxyCache: null,
  proxyCacheKey: null,
  proxyCacheValid: [],
  proxyCacheMinUses: 1,
  proxyCacheLock: false,
  proxyCacheLockAge: 5000,
  proxyCacheLockTimeout: 5000,
  proxyCacheUseStale: [],
  proxyCacheBackgroundUpdate: false,
  proxyCacheRevalidate: false,
  proxyCacheBypass: [],
  proxyNoCache: [],
  proxyCacheMethods: ['GET', 'HEAD'],
  proxyCacheConvertHead: true,
  proxyCacheMaxRangeOffset: null,
  proxyCachePurge: [],
  proxyCacheRequestControl: false,
  proxyStore: null,
  proxyStoreAccess: 0o600,
}
