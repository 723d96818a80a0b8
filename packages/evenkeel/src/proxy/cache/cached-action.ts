/**
 * The action of a location with proxy_cache: the cache first, forwarding behind it; purging; and what a request that
 * changes something means for what is stored of it.
 */
import type { CacheUse } from '../../exchange/cache.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import { ERROR } from '../../exchange/log-level.ts'
import type { Outcome } from '../../exchange/outcome.ts'
import type { Action } from '../../exchange/route.ts'
import type { Source } from '../../exchange/sink.ts'
import type { CacheZone } from '../../filter/cache/zone.ts'
import type { TimerWheel } from '../../net/timer-wheel.ts'
import type { CacheSettings } from './cache-settings.ts'
import { entryName } from './names.ts'
import { CacheVisit } from './visit.ts'

export function cachedForward(settings: CacheSettings, forward: Action, wheel: TimerWheel): Action {
  return exchange => {
    exchange.cache = null
    const zone = settings.zone(exchange)
    if (zone === null) return forward(exchange)
    if (typeof zone === 'string') {
      exchange.route.errorLog.tell(exchange, ERROR, `cache "${zone}" not found`)
      return { kind: 'reply', status: 500 }
    }
    if (settings.purge(exchange)) return purge(exchange, zone, settings)
    if (!settings.methods.has(exchange.method)) {
      if (!SAFE.has(exchange.method)) exchange.cache = new Invalidation(zone, asGet(exchange, settings))
      return forward(exchange)
    }
    const visit = new CacheVisit(exchange, settings, zone, forward, wheel, settings.key(exchange), false)
    exchange.cache = visit
    visit.start()
    return undefined
  }
}

/** 204 when something was there, 404 when nothing was. A key that ends in `*` is the beginning of many. */
function purge(exchange: Exchange, zone: CacheZone, settings: CacheSettings): Outcome {
  const key = asGet(exchange, settings)
  if (!key.endsWith('*')) return { kind: 'reply', status: zone.drop(entryName(key)) ? 204 : 404, body: '' }
  zone.dropPrefix(key.slice(0, -1), count => {
    if (!exchange.ended) exchange.loop.proceed(exchange, { kind: 'reply', status: count > 0 ? 204 : 404, body: '' })
  })
  return undefined
}

/** The key that a GET of the same URI has. */
function asGet(exchange: Exchange, settings: CacheSettings): string {
  const { method } = exchange
  exchange.method = 'GET'
  const key = settings.key(exchange)
  exchange.method = method
  return key
}

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'REPORT', 'SEARCH'])

/** A request that may change what is there: if it succeeds, what is stored of its URI is old (RFC 9111, 4.4). */
class Invalidation implements CacheUse {
  readonly status = ''
  readonly key: string
  readonly age = -1
  readonly lastModified = ''
  readonly etag = ''
  readonly storable = false
  readonly method = ''
  readonly #zone: CacheZone

  constructor(zone: CacheZone, key: string) {
    this.#zone = zone
    this.key = key
  }

  takes(head: ResponseHead): boolean {
    if (head.status >= 200 && head.status < 400) this.#zone.drop(entryName(this.key))
    return false
  }

  serve(): void {}
  replaced(): void {}
  keeps(): void {}

  failed(): boolean {
    return false
  }

  guard(source: Source): Source {
    return source
  }
}
