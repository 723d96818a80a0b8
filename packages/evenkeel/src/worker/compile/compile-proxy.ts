/** A proxy_pass or grpc_pass, with what it stands on in this worker: its upstream, connections, cache and stores. */
import type { Action } from '../../exchange/route.ts'
import type { Compile } from '../../filter/compile.ts'
import { compileAcceptRate } from '../../filter/limits/limit-rate.ts'
import { compileProxyResponse } from '../../filter/fields/proxy-response.ts'
import { compileStore } from '../../filter/files/store-file.ts'
import type { Waits } from '../../filter/waits.ts'
import { speaksGrpc } from '../../model/settings/grpc-settings.ts'
import type { ContentModel, LocationMatch } from '../../model/model.ts'
import { maySpeakTls, proxyTls } from '../../model/origin-tls.ts'
import type { Settings } from '../../model/settings.ts'
import { cachedForward } from '../../proxy/cache/cached-action.ts'
import { compileForward } from '../../proxy/forward/compile-forward.ts'
import { fixedForward, variableForward, type ResolveName } from '../../proxy/forward/forward-action.ts'
import { compileGrpcUrl } from '../../proxy/forward/grpc-url.ts'
import type { OriginsByPool } from '../../proxy/http2/origins-by-pool.ts'
import type { Ports } from '../../proxy/ports.ts'
import { compileRetryRule } from '../code/code-retry.ts'
import type { CodeUnits } from '../code/code-units.ts'
import { compileCache, type CacheZones } from './compile-cache.ts'
import type { TlsClients } from '../tls/tls-client.ts'
import type { Upstreams } from '../upstreams.ts'

/** What a proxy_pass is compiled with, the same for all of them. */
export interface ProxyParts {
  readonly upstreams: Upstreams
  readonly caches: CacheZones
  readonly waits: Waits
  readonly tlsClients: TlsClients
  readonly ports: Ports
  readonly code: CodeUnits
  http2Origins(): OriginsByPool
  resolver(settings: Settings): ResolveName | null
}

export function compileProxy(
  settings: Settings,
  content: Extract<ContentModel, { kind: 'proxy' }>,
  match: LocationMatch | null,
  compile: Compile,
  parts: ProxyParts,
): Action {
  const { ports, upstreams } = parts
  const { pass } = content
  const live = pass.kind === 'fixed' ? upstreams.get(pass.upstream) : undefined
  const model = live?.model
  const prefix =
    match !== null && (match.kind === 'prefix' || match.kind === 'prefix-final' || match.kind === 'exact')
      ? match.text
      : ''
  const forward = compileForward({
    settings,
    compile,
    prefix,
    cached: settings.proxyCache !== null,
    keepalive: {
      requests: model?.keepaliveRequests ?? 1000,
      timeMs: model?.keepaliveTimeMs ?? 3_600_000,
      timeoutMs: model?.keepaliveTimeoutMs ?? 60_000,
    },
    adjustments: compileProxyResponse(settings, pass, match, compile),
    acceptRate: compileAcceptRate(settings, compile, parts.waits),
    grpc: speaksGrpc(content),
    retryRule: compileRetryRule(settings, parts.code),
    http2: () => parts.http2Origins(),
  })
  const cache = compileCache(settings, { content, prefix }, forward, parts.caches, compile)
  const keep = (action: Action): Action =>
    cache === null ? compileStore(settings, match, compile, action) : cachedForward(cache, action, ports.wheel)
  const fixedHost = pass.kind === 'fixed' ? pass.host : null
  const secure = maySpeakTls(content)
    ? parts.tlsClients
        .of(proxyTls(settings, settings.proxyHttpVersion === '2' ? ['h2'] : []))
        .compile(compile.text, fixedHost)
    : null
  if (pass.kind === 'fixed') {
    if (live === undefined) return () => ({ kind: 'reply', status: 502 })
    return keep(fixedForward(live, pass.host, pass.uri, forward, ports, secure))
  }
  const url = compile.text(pass.url)
  return keep(
    variableForward(
      {
        url: speaksGrpc(content) ? compileGrpcUrl(url) : url,
        find: name => upstreams.get(name),
        resolve: parts.resolver(settings),
      },
      forward,
      ports,
      secure,
    ),
  )
}
