/**
 * The action of a location with tunnel_pass: whom a CONNECT is led to. The address is fixed, or made of variables, by
 * default of the host and port that the client named.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { failure, type Failure } from '../../exchange/failure.ts'
import type { Action } from '../../exchange/route.ts'
import {
  adHocTarget,
  literalAddresses,
  NamedTarget,
  type NamedUpstream,
  type VariablePass,
} from '../forward/forward-action.ts'
import type { ForwardTarget } from '../forward/forward-settings.ts'
import { readPassUrl } from '../forward/pass-url.ts'
import type { Ports } from '../ports.ts'
import { TunnelForward, type TunnelSettings } from './tunnel-forward.ts'

/** Only who asks for a tunnel gets one; a subrequest has no connection to give. */
function refused(exchange: Exchange): boolean {
  return exchange.request.method !== 'CONNECT' || exchange.method !== 'CONNECT' || exchange.parent !== null
}

export function fixedTunnel(upstream: NamedUpstream, host: string, settings: TunnelSettings, ports: Ports): Action {
  const target = new NamedTarget(upstream, host, null, false)
  return exchange => {
    if (refused(exchange)) return { kind: 'reply', status: 405 }
    new TunnelForward(exchange, settings, target, ports).start()
    return undefined
  }
}

/** `pass.url` gives `host:port`, or the name of an upstream. */
export function variableTunnel(pass: VariablePass, settings: TunnelSettings, ports: Ports): Action {
  return exchange => {
    if (refused(exchange)) return { kind: 'reply', status: 405 }
    const written = pass.url(exchange)
    const found = find(written, pass, exchange, target => new TunnelForward(exchange, settings, target, ports).start())
    return found ?? undefined
  }
}

function find(
  written: string,
  pass: VariablePass,
  exchange: Exchange,
  use: (target: ForwardTarget) => void,
): Failure | null {
  const url = readPassUrl(`http://${written}`)
  if (url === null || url.uri !== null) return failure('invalid_target', written)
  // Like proxy_pass, a name of ours wins, whatever the port that the client put behind it.
  const named = pass.find(url.host)
  if (named !== undefined && !url.hasPort) {
    use(new NamedTarget(named, url.authority, null, false))
    return null
  }
  if (!url.hasPort) return failure('invalid_target', written)
  const addresses = literalAddresses(url)
  if (addresses !== null) {
    use(adHocTarget(url, addresses))
    return null
  }
  if (pass.resolve === null) return failure('no_resolver', url.host)
  pass.resolve(url.host, found => {
    if (exchange.ended) return
    if (typeof found === 'string') exchange.loop.proceed(exchange, failure('not_resolved', `${url.host}: ${found}`))
    else
      use(
        adHocTarget(
          url,
          found.map(host => ({ host, port: url.port })),
        ),
      )
  })
  return null
}
