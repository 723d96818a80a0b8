/**
 * `allow` and `deny`: the first rule that an address falls under decides; none: it may pass.
 *
 * As in nginx, rules are for one kind of address each: a list with only IPv6 rules says nothing about IPv4 clients.
 * `satisfy` is the compiler of a route's steps' to apply, once there is a second way to satisfy.
 */
import { ERROR } from '../exchange/log-level.ts'
import type { RequestStep } from '../exchange/route.ts'
import type { Settings } from '../model/settings.ts'
import { isInside, parseAddress, parseNetwork, type Network } from './network.ts'

/** null: everybody may pass. Throws when a rule can't be read, since dropping it would let somebody in. */
export function compileAccess(settings: Pick<Settings, 'access'>): RequestStep | null {
  const { access } = settings
  if (!access.some(rule => !rule.allow)) return null
  const unix = access.find(rule => rule.network === 'unix:' || rule.network === 'all')
  const unixAllowed = unix === undefined || unix.allow
  const rules = access.filter(rule => rule.network !== 'unix:').map(rule => compileRule(rule.allow, rule.network))

  return exchange => {
    const text = exchange.remoteAddress
    let allowed = unixAllowed
    if (!text.startsWith('unix:')) {
      const address = parseAddress(text)
      const rule = rules.find(({ network }) => network === null || (address !== null && isInside(address, network)))
      allowed = rule === undefined || rule.allow
    }
    if (allowed) return undefined
    exchange.route.errorLog.tell(exchange, ERROR, 'access forbidden by rule')
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
