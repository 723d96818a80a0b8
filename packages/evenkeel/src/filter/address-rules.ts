/**
 * `allow` and `deny` as a question about an address: the first rule that it falls under decides; none: it may pass.
 *
 * As in nginx, rules are for one kind of address each: a list with only IPv6 rules says nothing about IPv4 clients.
 */
import type { Settings } from '../model/settings.ts'
import { isInside, parseAddress, parseNetwork, type Network } from './network.ts'

/** null: everybody may pass. Throws when a rule can't be read, since dropping it would let somebody in. */
export function compileAddressRules(access: Settings['access']): ((address: string) => boolean) | null {
  if (!access.some(rule => !rule.allow)) return null
  const unix = access.find(rule => rule.network === 'unix:' || rule.network === 'all')
  const unixAllowed = unix === undefined || unix.allow
  const rules = access.filter(rule => rule.network !== 'unix:').map(rule => compileRule(rule.allow, rule.network))

  return text => {
    if (text.startsWith('unix:')) return unixAllowed
    const address = parseAddress(text)
    const rule = rules.find(({ network }) => network === null || (address !== null && isInside(address, network)))
    return rule === undefined || rule.allow
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
