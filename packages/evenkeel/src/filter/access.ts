/**
 * `allow` and `deny`: the first rule that an address falls under decides; none: no opinion.
 *
 * As in nginx, rules are for one kind of address each: a list with only IPv6 rules says nothing about IPv4 clients.
 */
import { ERROR } from '../exchange/log-level.ts'
import type { Settings } from '../model/settings.ts'
import { isInside, parseAddress, parseNetwork, type Network } from './network.ts'
import type { AccessCheck } from './satisfy.ts'

/** null: everybody may pass. Throws when a rule can't be read, since dropping it would let somebody in. */
export function compileAccess(settings: Pick<Settings, 'access' | 'satisfy'>): AccessCheck | null {
  const { access, satisfy } = settings
  // Where everything must agree, a list that refuses nobody has nothing to say.
  if (access.length === 0 || (satisfy === 'all' && !access.some(rule => !rule.allow))) return null
  const unix = access.find(rule => rule.network === 'unix:' || rule.network === 'all')
  const rules = access.filter(rule => rule.network !== 'unix:').map(rule => compileRule(rule.allow, rule.network))

  return exchange => {
    const text = exchange.remoteAddress
    let rule: { readonly allow: boolean } | undefined = unix
    if (!text.startsWith('unix:')) {
      const address = parseAddress(text)
      rule = rules.find(({ network }) => network === null || (address !== null && isInside(address, network)))
    }
    if (rule === undefined) return undefined
    if (rule.allow) return 'granted'
    if (satisfy === 'all') exchange.route.errorLog.tell(exchange, ERROR, 'access forbidden by rule')
    return { kind: 'reply', status: 403 }
  }
}

interface Rule {
  readonly allow: boolean
  /** null: all. */
  readonly network: Network | null
}

function compileRule(allow: boolean, text: string): Rule {
  if (text === 'all') return { allow, network: null }
  const network = parseNetwork(text)
  if (network === null)
    throw new Error(`invalid network "${text}" in ${allow ? 'allow' : 'deny'}, write it as 10.0.0.0/8`)
  return { allow, network }
}
