/**
 * `allow` and `deny` as a question about an address: the first rule that it falls under decides.
 *
 * As in nginx, rules are for one kind of address each: a list with only IPv6 rules says nothing about IPv4 clients.
 */
import type { Settings } from '../../model/settings.ts'
import { isInside, parseAddress, parseNetwork, type Network } from './network.ts'

/** Whether an address may pass; undefined: no rule is about it. Throws when a rule can't be read, since dropping it would let somebody in. */
export function compileAddressRules(access: Settings['access']): (address: string) => boolean | undefined {
  const unix = access.find(rule => rule.network === 'unix:' || rule.network === 'all')
  const rules = access.filter(rule => rule.network !== 'unix:').map(rule => compileRule(rule.allow, rule.network))
  return text => {
    if (text.startsWith('unix:')) return unix?.allow
    const address = parseAddress(text)
    return rules.find(({ network }) => network === null || (address !== null && isInside(address, network)))?.allow
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
