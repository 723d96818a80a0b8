/** Storing responses: proxy_cache and its kin, proxy_store. */
import type { CachePathModel } from '../../../model/cache.ts'
import type { CacheCondition } from '../../../model/settings/cache-settings.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { ANY, everywhere, flag, mask, milliseconds, number, once, row, type Directive } from '../table.ts'
import { readOffset, readSeconds, readSize } from '../values.ts'

const CONDITIONS: readonly CacheCondition[] = [
  'error',
  'timeout',
  'invalid_header',
  'updating',
  'http_500',
  'http_502',
  'http_503',
  'http_504',
  'http_403',
  'http_404',
  'http_429',
  'off',
]

/** As nginx: what `proxy_cache_methods` may name. */
const METHODS = ['GET', 'HEAD', 'POST']

export const cacheDirectives: readonly Directive[] = [
  {
    ...row(
      'proxy_cache_path',
      ['http'],
      'path [levels=levels] keys_zone=name:size [inactive=time] [max_size=size] [min_free=size] [memory=size] [use_temp_path=on|off] [purger=on|off]',
      null,
      'Folder and shared memory of a cache.',
    ),
    arguments: [2, ANY],
    apply: readCachePath,
  },
  {
    ...row('proxy_cache', everywhere, 'zone | off', 'off', 'The cache that responses are stored in.'),
    apply: (place, statement) => {
      if (!once(place, statement, 'proxyCache')) return
      if ((place.settings.proxyStore ?? null) !== null)
        return place.fail(statement, 0, 'is incompatible with "proxy_store"')
      if (statement.words[1] === 'off') return place.put(statement, 'proxyCache', null)
      if (statement.words[1] === '') return place.fail(statement, 1, 'invalid value "" in "proxy_cache" directive')
      const value = place.template(statement, 1)
      if (value !== null) place.put(statement, 'proxyCache', value)
    },
  },
  {
    ...row(
      'proxy_cache_key',
      everywhere,
      'string',
      '$scheme$proxy_host$request_uri',
      'What tells stored responses apart.',
    ),
    apply: (place, statement) => {
      const value = once(place, statement, 'proxyCacheKey') ? place.template(statement, 1) : null
      if (value !== null) place.put(statement, 'proxyCacheKey', value)
    },
  },
  {
    ...row(
      'proxy_cache_valid',
      everywhere,
      '[code ...] time',
      null,
      'How long responses that do not say so themselves are fresh; without codes 200, 301 and 302.',
    ),
    arguments: [1, ANY],
    apply: readValid,
  },
  number('proxy_cache_min_uses', 'proxyCacheMinUses', '1', 'Requests after which a response is stored.'),
  flag('proxy_cache_lock', 'proxyCacheLock', 'off', 'Whether one request fetches what several ask for.'),
  milliseconds('proxy_cache_lock_age', 'proxyCacheLockAge', '5s', 'After which another one may fetch it.'),
  milliseconds('proxy_cache_lock_timeout', 'proxyCacheLockTimeout', '5s', 'Longest time to wait for who fetches it.'),
  mask(
    'proxy_cache_use_stale',
    'proxyCacheUseStale',
    CONDITIONS,
    'off',
    'When a stored response that is not fresh is used all the same.',
  ),
  flag(
    'proxy_cache_background_update',
    'proxyCacheBackgroundUpdate',
    'off',
    'Whether a stale response is refreshed after it was sent.',
  ),
  flag(
    'proxy_cache_revalidate',
    'proxyCacheRevalidate',
    'off',
    'Whether the origin is asked if what is stored has changed.',
  ),
  predicates('proxy_cache_bypass', 'proxyCacheBypass', 'Conditions under which no stored response is used.'),
  predicates('proxy_no_cache', 'proxyNoCache', 'Conditions under which a response is not stored.'),
  predicates('proxy_cache_purge', 'proxyCachePurge', 'Conditions under which a request takes an entry out.'),
  {
    ...row(
      'proxy_cache_methods',
      everywhere,
      'GET | HEAD | POST ...',
      'GET HEAD',
      'Methods whose responses are stored.',
    ),
    arguments: [1, ANY],
    apply: (place, statement) => {
      const named: string[] = []
      for (const [index, written] of statement.words.slice(1).entries()) {
        const method = METHODS.find(one => one === written.toUpperCase())
        if (method === undefined) {
          return place.fail(statement, index + 1, `invalid value "${written}"`, `it may be ${METHODS.join(', ')}`)
        }
        named.push(method)
      }
      // GET and HEAD are always among them.
      const before = place.settings.proxyCacheMethods ?? ['GET', 'HEAD']
      place.put(statement, 'proxyCacheMethods', [...new Set([...before, ...named])])
    },
  },
  flag('proxy_cache_convert_head', 'proxyCacheConvertHead', 'on', 'Whether HEAD asks the origin with GET.'),
  {
    ...row('proxy_cache_max_range_offset', everywhere, 'number', null, 'Ranges that begin behind it are not cached.'),
    apply: (place, statement) => {
      if (!once(place, statement, 'proxyCacheMaxRangeOffset')) return
      const value = readOffset(statement.words[1] ?? '')
      if (value === null) place.failDirective(statement, 'invalid value')
      else place.put(statement, 'proxyCacheMaxRangeOffset', value)
    },
  },
  flag(
    'proxy_cache_request_control',
    'proxyCacheRequestControl',
    'off',
    'Whether no-cache, max-age and min-fresh of a request make the origin be asked.',
  ),
  {
    ...row('proxy_store', everywhere, 'on | off | string', 'off', 'Keeps responses as files.'),
    apply: (place, statement) => {
      if (!once(place, statement, 'proxyStore')) return
      const [, written = ''] = statement.words
      if (written === 'off') return place.put(statement, 'proxyStore', null)
      if ((place.settings.proxyCache ?? null) !== null)
        return place.fail(statement, 0, 'is incompatible with "proxy_cache"')
      const value = written === 'on' ? (true as const) : place.template(statement, 1)
      if (value !== null) place.put(statement, 'proxyStore', value)
    },
  },
  {
    ...row('proxy_store_access', everywhere, 'users:permissions ...', 'user:rw', 'Permissions of files kept.'),
    arguments: [1, 3],
    apply: readAccess,
  },
]

function predicates(
  name: string,
  key: 'proxyCacheBypass' | 'proxyNoCache' | 'proxyCachePurge',
  text: string,
): Directive {
  return {
    ...row(name, everywhere, 'string ...', null, text),
    arguments: [1, ANY],
    apply: (place, statement) => {
      for (let word = 1; word < statement.words.length; word++) {
        const value = place.template(statement, word)
        if (value !== null) place.append(statement, key, value)
      }
    },
  }
}

function readValid(place: Place, statement: Statement): void {
  const words = statement.words.slice(1)
  const written = words.pop() ?? ''
  const seconds = readSeconds(written)
  if (seconds === null) return place.fail(statement, words.length + 1, `invalid time value "${written}"`)
  const statuses: number[] = []
  let any = false
  for (const [index, word] of words.entries()) {
    if (word === 'any') {
      any = true
      continue
    }
    const status = /^\d{3}$/.test(word) ? Number(word) : 0
    if (status < 100 || status > 599) return place.fail(statement, index + 1, `invalid status "${word}"`)
    statuses.push(status)
  }
  const named = any ? [] : words.length === 0 ? [200, 301, 302] : statuses
  place.append(statement, 'proxyCacheValid', { statuses: named, seconds })
}

function readCachePath(place: Place, statement: Statement): void {
  const { http } = place.reading
  if (http === null) return
  let levels: number[] = []
  let zone: { readonly name: string; readonly size: number } | null = null
  const model = { inactiveSeconds: 600, maxBytes: 0, minFreeBytes: 0, memoryBytes: MEMORY_BYTES, purger: false }
  for (const [index, word] of statement.words.slice(2).entries()) {
    const at = word.indexOf('=')
    const name = at < 0 ? '' : word.slice(0, at)
    const value = word.slice(at + 1)
    const invalid = (what: string): void => place.fail(statement, index + 2, `invalid ${what} "${word}"`)
    const size = readOffset(value)
    switch (name) {
      case 'levels':
        if (!/^[12](?::[12]){0,2}$/.test(value)) return invalid('"levels"')
        levels = value.split(':').map(Number)
        break
      case 'keys_zone': {
        const colon = value.lastIndexOf(':')
        const bytes = readSize(value.slice(colon + 1))
        if (colon < 1 || bytes === null) return invalid('keys zone size')
        if (bytes < SMALLEST_ZONE) return place.fail(statement, index + 2, `keys zone "${value}" is too small`)
        zone = { name: value.slice(0, colon), size: bytes }
        break
      }
      case 'inactive': {
        const seconds = readSeconds(value)
        if (seconds === null) return invalid('inactive value')
        model.inactiveSeconds = seconds
        break
      }
      case 'max_size':
      case 'min_free':
      case 'memory':
        if (size === null) return invalid(`${name} value`)
        if (name === 'max_size') model.maxBytes = size
        else if (name === 'min_free') model.minFreeBytes = size
        else model.memoryBytes = size
        break
      case 'use_temp_path':
      case 'purger':
        if (value !== 'on' && value !== 'off') return invalid(`${name} value`)
        if (name === 'purger') model.purger = value === 'on'
        break
      default:
        // How the files are looked through: that is done a few at a time here, whatever they say.
        if (!PACES.has(name)) return place.fail(statement, index + 2, `invalid parameter "${word}"`)
    }
  }
  if (zone === null) return place.fail(statement, 0, '"proxy_cache_path" must have "keys_zone" parameter')
  const path = (statement.words[1] ?? '').replace(/\/+$/, '')
  const made: CachePathModel = { path, levels, zone: zone.name, ...model }
  const present = http.cachePaths ?? []
  if (present.some(one => one.zone === made.zone)) return place.fail(statement, 0, `duplicate zone "${made.zone}"`)
  place.mark(`cachePaths.${present.length}`, statement.position)
  http.cachePaths = [...present, made]
  place.reading.zones.push({ kind: 'cache', name: zone.name, size: zone.size })
}

const MEMORY_BYTES = 8 * 1024 * 1024
const SMALLEST_ZONE = 16 * 1024
const PACES: ReadonlySet<string> = new Set(
  ['manager', 'loader', 'purger'].flatMap(who => ['files', 'sleep', 'threshold'].map(what => `${who}_${what}`)),
)

const USERS: Readonly<Record<string, number>> = { user: 6, group: 3, all: 0 }

function readAccess(place: Place, statement: Statement): void {
  if (!once(place, statement, 'proxyStoreAccess')) return
  let access = 0o600
  for (const [index, word] of statement.words.slice(1).entries()) {
    const [, user = '', rights] = /^(user|group|all):(rw|r)$/.exec(word) ?? []
    const shift = USERS[user]
    if (shift === undefined) return place.fail(statement, index + 1, `invalid value "${word}"`)
    access |= (rights === 'rw' ? 6 : 4) << shift
  }
  place.put(statement, 'proxyStoreAccess', access)
}
