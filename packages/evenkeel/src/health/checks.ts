/** The checks that a model asks for: one for each upstream and way of asking, however many locations want the same. */
import { grpcAsProxy, speaksGrpc } from '../model/grpc-settings.ts'
import type { HealthCheckModel, MatchModel } from '../model/health.ts'
import type { HttpModel, UpstreamModel } from '../model/model.ts'
import { proxyTls, type TlsClientModel } from '../model/origin-tls.ts'
import { resolveServers, type ResolvedLocation } from '../model/resolve.ts'

export interface Check {
  readonly upstream: UpstreamModel
  readonly model: HealthCheckModel
  readonly match: MatchModel | null
  /** What the Host field of probes says. */
  readonly host: string
  /** How TLS is spoken with peers; null: it is not. */
  readonly tls: TlsClientModel | null
  readonly connectTimeoutMs: number
  readonly readTimeoutMs: number
  /** All that a probe depends on: a check with the same key is the same check, over reloads too. */
  readonly key: string
}

export function checksOf(http: HttpModel): Check[] {
  const upstreams = new Map(http.upstreams.map(upstream => [upstream.name, upstream]))
  const matches = new Map((http.matches ?? []).map(match => [match.name, match]))
  const checks = new Map<string, Check>()
  const visit = (location: ResolvedLocation): void => {
    const { healthCheck: model, content } = location
    for (const inner of location.locations) visit(inner)
    if (model === undefined || content?.kind !== 'proxy' || content.pass.kind !== 'fixed') return
    const upstream = upstreams.get(content.pass.upstream)
    if (upstream === undefined) return
    const match = model.match === null ? null : (matches.get(model.match) ?? null)
    const { host, scheme } = content.pass
    const settings = speaksGrpc(content) ? grpcAsProxy(location.settings) : location.settings
    const alpn = model.type === 'grpc' ? ['h2'] : []
    const tls = scheme === 'https' && model.type !== 'tcp' ? proxyTls(settings, alpn) : null
    // A probe that outlasts the interval would keep the next one waiting.
    const connectTimeoutMs = Math.min(settings.proxyConnectTimeout, model.intervalMs)
    const readTimeoutMs = Math.min(settings.proxyReadTimeout, model.intervalMs)
    const key = JSON.stringify([upstream.name.toLowerCase(), model, match, host, tls, connectTimeoutMs, readTimeoutMs])
    if (!checks.has(key)) checks.set(key, { upstream, model, match, host, tls, connectTimeoutMs, readTimeoutMs, key })
  }
  for (const server of resolveServers(http)) for (const location of server.locations) visit(location)
  return [...checks.values()]
}
