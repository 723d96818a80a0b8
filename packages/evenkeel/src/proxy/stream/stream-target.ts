/** Where a session goes when proxy_pass has variables: an upstream of that name, an address, or a name to look up. */
import { isIP } from 'node:net'
import { failure, type Failure } from '../../exchange/failure.ts'
import type { Session } from '../../exchange/session.ts'
import type { DialAddress } from '../../model/plan.ts'
import { AdHocUpstream } from '../forward/ad-hoc-upstream.ts'
import type { ResolveName } from '../forward/forward-action.ts'
import type { SessionForwardSettings, SessionTarget } from './stream-settings.ts'

export interface VariableTarget {
  address(session: Session): string
  find(name: string): SessionTarget | undefined
  /** null: no resolver is configured. */
  readonly resolve: ResolveName | null
}

export function variableTarget(from: VariableTarget): SessionForwardSettings['target'] {
  return (session, done) => {
    const written = from.address(session)
    const named = from.find(written)
    if (named !== undefined) return done(named)
    if (written.startsWith('unix:')) return done(adHoc(written, [{ path: written.slice(5) }]))
    const [, bracketed, name, port] = /^(?:\[([^\]]*)\]|([^[\]:]*)):(\d{1,5})$/.exec(written) ?? []
    const host = bracketed ?? name ?? ''
    if (port === undefined || host === '' || Number(port) > 65_535 || Number(port) === 0) {
      const wrong = host !== '' || /^[^:]+$/.test(written) ? 'no port' : 'invalid address'
      return done(failure('invalid_target', `${wrong} in upstream "${written}"`))
    }
    const peers = (hosts: readonly string[]): SessionTarget =>
      adHoc(
        written,
        hosts.map(one => ({ host: one, port: Number(port) })),
      )
    if (isIP(host) !== 0) return done(peers([host]))
    // As everywhere: localhost is no question for a name server (RFC 6761, 6.3).
    if (host === 'localhost') return done(peers(['127.0.0.1']))
    if (from.resolve === null) return done(failure('no_resolver', `no resolver defined to resolve ${host}`))
    from.resolve(host, found => done(wasFound(host, found, peers)))
  }
}

function wasFound(
  host: string,
  found: readonly string[] | string,
  peers: (hosts: readonly string[]) => SessionTarget,
): SessionTarget | Failure {
  return typeof found === 'string' ? failure('not_resolved', `${host} could not be resolved (${found})`) : peers(found)
}

function adHoc(name: string, addresses: readonly DialAddress[]): SessionTarget {
  return { current: new AdHocUpstream(name, addresses), hashKey: () => '' }
}
