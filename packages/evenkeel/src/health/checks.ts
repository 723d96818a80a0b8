/** The checks that a model asks for: one for each upstream and way of asking, however many locations want the same. */
import { grpcAsProxy, speaksGrpc } from '../model/settings/grpc-settings.ts'
import type { HealthCheckModel, MatchModel } from '../model/health.ts'
import type { HttpModel, Model, UpstreamModel } from '../model/model.ts'
import { proxyTls, type TlsClientModel } from '../model/origin-tls.ts'
import { resolveServers, type ResolvedLocation } from '../model/resolve.ts'
import { planName, resolveStream, type StreamModel } from '../model/stream/stream.ts'
import type { StreamMatchModel } from '../model/stream/stream-health.ts'
import { streamProxyTls } from '../model/stream/stream-tls.ts'

/** As much of a model as checks are made of. */
export type Checkable = Pick<Model, 'http' | 'stream'>

export interface Check {
  /** What plans call its upstream. */
  readonly plan: string
  readonly upstream: UpstreamModel
  readonly model: HealthCheckModel
  readonly match: MatchModel | null
  /** What is said over TCP or UDP, and what has to come back; null: a connection is enough. */
  readonly streamMatch: StreamMatchModel | null
  /** The PROXY protocol that the servers of `stream` expect. */
  readonly proxyProtocol: 'off' | 'v1' | 'v2'
  /** What the Host field of probes says. */
  readonly host: string
  /** How TLS is spoken with peers; null: it is not. */
  readonly tls: TlsClientModel | null
  readonly connectTimeoutMs: number
  readonly readTimeoutMs: number
  /** All that a probe depends on: a check with the same key is the same check, over reloads too. */
  readonly key: string
}

export function checksOf({ http, stream }: Checkable): Check[] {
  return [...(http === null ? [] : httpChecks(http)), ...(stream === undefined ? [] : streamChecks(stream))]
}

function httpChecks(http: HttpModel): Check[] {
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
    if (checks.has(key)) return
    const streamMatch = match?.talk === undefined ? null : { name: match.name, ...match.talk }
    const only = { plan: upstream.name, streamMatch, proxyProtocol: 'off' } as const
    checks.set(key, { ...only, upstream, model, match, host, tls, connectTimeoutMs, readTimeoutMs, key })
  }
  for (const server of resolveServers(http)) for (const location of server.locations) visit(location)
  return [...checks.values()]
}

function streamChecks(stream: StreamModel): Check[] {
  const upstreams = new Map(stream.upstreams.map(upstream => [upstream.name, upstream]))
  const matches = new Map((stream.matches ?? []).map(match => [match.name, match]))
  const checks = new Map<string, Check>()
  for (const { model: server, settings } of resolveStream(stream)) {
    const { healthCheck: model, content } = server
    if (model === undefined || content?.kind !== 'proxy' || content.pass.kind !== 'fixed') continue
    const upstream = upstreams.get(content.pass.upstream)
    if (upstream === undefined) continue
    const plan = planName(upstream.name)
    const streamMatch = model.match === null ? null : (matches.get(model.match) ?? null)
    const host = content.pass.written
    const tls = model.type === 'udp' ? null : streamProxyTls(settings)
    const { proxyProtocol } = settings
    // It was said for probes alone, so it may be longer than the interval: the next probe waits then.
    const readTimeoutMs = settings.healthCheckTimeout
    const connectTimeoutMs = Math.min(settings.proxyConnectTimeout, readTimeoutMs)
    const shared = { model, host, tls, connectTimeoutMs, readTimeoutMs, streamMatch, proxyProtocol }
    const key = JSON.stringify([plan.toLowerCase(), shared])
    if (!checks.has(key)) checks.set(key, { ...shared, plan, upstream, match: null, key })
  }
  return [...checks.values()]
}
