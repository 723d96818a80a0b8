/**
 * The action of a location with proxy_pass: makes a Forward for each exchange, to a target that is fixed or made for it.
 */
import { isIP } from 'node:net'
import type { Exchange } from '../../exchange/exchange.ts'
import { failure } from '../../exchange/failure.ts'
import type { Action } from '../../exchange/route.ts'
import type { DialAddress } from '../../model/plan.ts'
import type { Pool } from '../../upstream/pool.ts'
import type { Sticky } from '../../upstream/sticky.ts'
import type { Peer, Upstream } from '../../upstream/upstream.ts'
import { AdHocUpstream } from './ad-hoc-upstream.ts'
import type { ForwardSettings, ForwardTarget, TlsTargetOf } from './forward-settings.ts'
import { Forward } from './forward.ts'
import type { OriginConnection } from '../http1/origin-connection.ts'
import { readPassUrl, type PassUrl } from './pass-url.ts'
import type { Ports } from '../ports.ts'

/** An upstream of the runtime; its peers may be replaced while it lives. */
export interface NamedUpstream<Subject = Exchange> {
  readonly current: Upstream
  readonly pool: Pool<OriginConnection> | null
  hashKey(exchange: Subject): string
  readonly sticky: Sticky | null
}

/** Resolves a name for one request. `done` gets addresses, or the word that says why there are none. */
export type ResolveName = (name: string, done: (addresses: readonly string[] | string) => void) => void

export interface VariablePass {
  readonly url: (exchange: Exchange) => string
  find(name: string): NamedUpstream | undefined
  /** null: no resolver is configured. */
  readonly resolve: ResolveName | null
}

export function fixedForward(
  upstream: NamedUpstream,
  host: string,
  uri: string | null,
  settings: ForwardSettings,
  ports: Ports,
  tls: TlsTargetOf | null = null,
): Action {
  const target = new NamedTarget(upstream, host, uri, false, tls)
  return exchange => {
    new Forward(exchange, settings, target, ports).start()
    return undefined
  }
}

/** `tls` null: nothing but http:// can come out of it. */
export function variableForward(
  pass: VariablePass,
  settings: ForwardSettings,
  ports: Ports,
  tls: TlsTargetOf | null = null,
): Action {
  return exchange => {
    const written = pass.url(exchange)
    const url = readPassUrl(written)
    if (url === null || (url.scheme === 'https' && tls === null)) return failure('invalid_target', written)
    const secure = url.scheme === 'https' ? tls : null
    const named = url.hasPort ? undefined : pass.find(url.host)
    if (named !== undefined) {
      const target = new NamedTarget(named, url.authority, url.uri, url.uri !== null, secure)
      new Forward(exchange, settings, target, ports).start()
      return undefined
    }
    const addresses = literalAddresses(url)
    if (addresses !== null) {
      new Forward(exchange, settings, adHocTarget(url, addresses, secure), ports).start()
      return undefined
    }
    if (pass.resolve === null) return failure('no_resolver', url.host)
    pass.resolve(url.host, found => {
      const problem = exchange.ended
        ? failure('client_gone')
        : typeof found === 'string'
          ? failure('not_resolved', `${url.host}: ${found}`)
          : null
      if (problem !== null) {
        const answered = exchange.cache !== null && exchange.cache.failed(problem)
        if (!answered && !exchange.ended) exchange.loop.proceed(exchange, problem)
      } else if (typeof found !== 'string') {
        const peers = found.map(host => ({ host, port: url.port }))
        new Forward(exchange, settings, adHocTarget(url, peers, secure), ports).start()
      }
    })
    return undefined
  }
}

export class NamedTarget implements ForwardTarget {
  readonly host: string
  readonly uri: string | null
  readonly uriIsWhole: boolean
  readonly pool: Pool<OriginConnection> | null
  readonly sticky: Sticky | null
  readonly tls: TlsTargetOf | null
  readonly #named: NamedUpstream

  constructor(
    named: NamedUpstream,
    host: string,
    uri: string | null,
    uriIsWhole: boolean,
    tls: TlsTargetOf | null = null,
  ) {
    this.tls = tls
    this.#named = named
    this.pool = named.pool
    this.sticky = named.sticky
    this.host = host
    this.uri = uri
    this.uriIsWhole = uriIsWhole
  }

  get upstream(): Upstream {
    return this.#named.current
  }

  poolKey(peer: Peer): string {
    return peer.name
  }

  hashKey(exchange: Exchange): string {
    return this.#named.hashKey(exchange)
  }
}

export function adHocTarget(
  url: PassUrl,
  addresses: readonly DialAddress[],
  tls: TlsTargetOf | null = null,
): ForwardTarget {
  return {
    upstream: new AdHocUpstream(url.authority, addresses),
    pool: null,
    poolKey: () => '',
    tls,
    host: url.authority,
    uri: url.uri,
    uriIsWhole: url.uri !== null,
    hashKey: () => '',
    sticky: null,
  }
}

export function literalAddresses(url: PassUrl): DialAddress[] | null {
  if (url.host.startsWith('unix:')) return [{ path: url.host.slice(5) }]
  if (isIP(url.host) !== 0) return [{ host: url.host, port: url.port }]
  // As everywhere: localhost is both loopback addresses, and no question for a name server (RFC 6761, 6.3).
  if (url.host === 'localhost') return [{ host: '127.0.0.1', port: url.port }]
  return null
}
