/**
 * Caches of one configuration in this worker, and what caching means in one location.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { CacheZone } from '../../filter/cache/zone.ts'
import type { Compile } from '../../filter/compile.ts'
import type { CachePathModel } from '../../model/cache.ts'
import type { ContentModel } from '../../model/model.ts'
import type { Settings } from '../../model/settings.ts'
import { literalText, type Template } from '../../model/template.ts'
import type { CacheSettings, Predicate } from '../../proxy/cache/cache-settings.ts'
import { compileTarget } from '../../proxy/forward/compile-forward.ts'
import type { ForwardSettings } from '../../proxy/forward/forward-settings.ts'
import { readPassUrl } from '../../proxy/forward/pass-url.ts'
import { isTrue } from '../../route/condition.ts'
import { CacheIndex } from '../../shared/cache-index.ts'
import { under } from '../paths.ts'
import type { WorkerZones } from '../zones.ts'

export type CacheZones = ReadonlyMap<string, CacheZone>

/** `owner` is the worker's number from 1. */
export function openCacheZones(
  paths: readonly CachePathModel[],
  zones: WorkerZones,
  owner: number,
  prefix: string,
): CacheZones {
  const opened = new Map<string, CacheZone>()
  for (const { path, levels, zone, maxBytes, memoryBytes, purger } of paths) {
    const table = zones.get('cache', zone)
    if (table === undefined) continue
    const index = new CacheIndex(table, owner)
    const folder = under(prefix, `${path}/`)
    opened.set(
      zone,
      new CacheZone({ name: zone, index, path: folder, levels, maxBytes, memoryBytes, owner, purgeable: purger }),
    )
  }
  return opened
}

/** What a location passes to, as far as the key of its cache says it. */
export interface CachedPlace {
  readonly content: Extract<ContentModel, { kind: 'proxy' }>
  /** Text of a prefix location that a URI part of proxy_pass replaces; '' elsewhere. */
  readonly prefix: string
}

/** null: nothing is cached there. */
export function compileCache(
  settings: Settings,
  place: CachedPlace,
  forward: ForwardSettings,
  zones: CacheZones,
  compile: Compile,
): CacheSettings | null {
  if (settings.proxyCache === null) return null
  const { hiddenFields, addServer, addDate } = forward
  return {
    zone: compileZone(settings.proxyCache, zones, compile),
    key: settings.proxyCacheKey === null ? compileOwnKey(place, compile) : compile.text(settings.proxyCacheKey),
    methods: new Set(settings.proxyCacheMethods),
    convertHead: settings.proxyCacheConvertHead,
    minUses: settings.proxyCacheMinUses,
    lock: settings.proxyCacheLock,
    lockAgeMs: settings.proxyCacheLockAge,
    lockTimeoutMs: settings.proxyCacheLockTimeout,
    useStale: new Set(settings.proxyCacheUseStale.includes('off') ? [] : settings.proxyCacheUseStale),
    backgroundUpdate: settings.proxyCacheBackgroundUpdate,
    revalidate: settings.proxyCacheRevalidate,
    maxRangeOffset: settings.proxyCacheMaxRangeOffset,
    bypass: compilePredicate(settings.proxyCacheBypass, compile),
    noCache: compilePredicate(settings.proxyNoCache, compile),
    purge: compilePredicate(settings.proxyCachePurge, compile),
    heedsRequests: settings.proxyCacheRequestControl,
    buffering: settings.proxyBuffering,
    store: {
      ignored: new Set(settings.proxyIgnoreHeaders.map(name => name.toLowerCase())),
      valid: settings.proxyCacheValid,
      revalidates: settings.proxyCacheRevalidate,
      sharesAuthorized:
        names(settings.proxyCacheKey, ['http_authorization', 'remote_user']) || !passesCredentials(settings),
      keyedByRange: names(settings.proxyCacheKey, ['http_range', 'slice_range']),
    },
    client: { ifModifiedSince: settings.ifModifiedSince, maxRanges: settings.maxRanges },
    hiddenFields,
    addServer,
    addDate,
    adjust: (exchange, head) => forward.adjust(exchange, head),
  }
}

function compileZone(name: Template, zones: CacheZones, compile: Compile): CacheSettings['zone'] {
  const fixed = literalText(name)
  if (fixed !== undefined) {
    const zone = zones.get(fixed) ?? fixed
    return () => zone
  }
  const text = compile.text(name)
  return exchange => {
    const value = text(exchange)
    return value === '' || value === 'off' ? null : (zones.get(value) ?? value)
  }
}

/** What the request is forwarded as. */
function compileOwnKey({ content, prefix }: CachedPlace, compile: Compile): (exchange: Exchange) => string {
  const { pass } = content
  const target = compileTarget({ prefix })
  if (pass.kind === 'fixed') {
    const to = { uri: pass.uri, uriIsWhole: false }
    return exchange => `${pass.scheme}://${pass.host}${target(exchange, to)}`
  }
  const url = compile.text(pass.url)
  return exchange => {
    const read = readPassUrl(url(exchange))
    if (read === null) return url(exchange)
    return `${read.scheme}://${read.authority}${target(exchange, { uri: read.uri, uriIsWhole: read.uri !== null })}`
  }
}

function compilePredicate(texts: readonly Template[], compile: Compile): Predicate {
  if (texts.length === 0) return never
  const compiled = texts.map(text => compile.text(text))
  return exchange => compiled.some(text => isTrue(text(exchange)))
}

/** Whether an origin learns who asks, so that what it answers may be for nobody else (RFC 9111, 3.5). */
function passesCredentials({ proxySetHeader, proxyPassRequestHeaders }: Settings): boolean {
  const own = proxySetHeader.find(({ name }) => name.toLowerCase() === 'authorization')
  return own === undefined ? proxyPassRequestHeaders : literalText(own.value) === undefined
}

function never(): boolean {
  return false
}

function names(template: Template | null, variables: readonly string[]): boolean {
  return (template ?? []).some(
    part => typeof part !== 'string' && 'variable' in part && variables.includes(part.variable),
  )
}
