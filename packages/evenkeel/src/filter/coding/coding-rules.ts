/**
 * gzip_http_version, gzip_proxied and gzip_disable: which clients get coded answers at all. The rules are nginx's gzip
 * rules, and hold for every coding.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import type { CompressionSettings, GzipProxied } from '../../model/settings/compression-settings.ts'
import type { Compile } from '../compile.ts'
import { parseHttpDate } from '../fields/http-date.ts'

/** `head` null: it is not known yet, the answer is a file of ours. */
export type CodingRules = (exchange: Exchange, head: ResponseHead | null) => boolean

export function compileCodingRules(settings: CompressionSettings, compile: Compile): CodingRules {
  const { gzipHttpVersion } = settings
  const proxied = new Set<GzipProxied>(settings.gzipProxied)
  const patterns = settings.gzipDisable.filter(one => one !== 'msie6').map(one => compile.pattern(one))
  const msie6 = settings.gzipDisable.includes('msie6')
  return (exchange, head) => {
    const { fields, version } = exchange.request
    if (version < gzipHttpVersion) return false
    if (fields.has('Via') && !mayBeProxied(proxied, exchange, head)) return false
    if (!msie6 && patterns.length === 0) return true
    const agent = fields.get('User-Agent')
    if (agent === undefined) return true
    if (msie6 && isOldExplorer(agent)) return false
    return !patterns.some(pattern => matches(pattern, agent, exchange))
  }
}

/** The groups of the request's own matches are kept. */
function matches(pattern: ReturnType<Compile['pattern']>, agent: string, exchange: Exchange): boolean {
  const { captures } = exchange
  const found = pattern.exec(agent, exchange)
  exchange.captures = captures
  return found
}

function mayBeProxied(rules: ReadonlySet<GzipProxied>, exchange: Exchange, head: ResponseHead | null): boolean {
  if (rules.has('off')) return false
  if (rules.has('any')) return true
  if (rules.has('auth') && exchange.request.fields.has('Authorization')) return true
  const fields = head?.fields
  const expires = fields?.get('Expires')
  if (expires !== undefined) {
    if (!rules.has('expired')) return false
    const date = fields?.get('Date')
    const now = date === undefined ? Math.floor(Date.now() / 1000) : parseHttpDate(date)
    return parseHttpDate(expires) < now
  }
  const control = fields?.getAll('Cache-Control') ?? []
  if (control.length > 0) {
    const said = control.join(',').toLowerCase()
    return (['no-cache', 'no-store', 'private'] as const).some(word => rules.has(word) && hasToken(said, word))
  }
  if (rules.has('no_last_modified') && fields?.has('Last-Modified') === true) return false
  return !(rules.has('no_etag') && fields?.has('ETag') === true)
}

/** Whether a list of directives holds this one, with or without a value. */
export function hasToken(list: string, token: string): boolean {
  return list.split(',').some(one => one.split('=', 1)[0]!.trim() === token)
}

/** MSIE 4 to 6, but for the service pack that mended it and Opera in disguise. */
function isOldExplorer(agent: string): boolean {
  const match = /MSIE ([456])\./.exec(agent)
  return match !== null && !agent.includes('Opera') && !(match[1] === '6' && agent.includes('SV1'))
}
