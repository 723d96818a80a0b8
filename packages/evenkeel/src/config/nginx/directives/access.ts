/** Who may ask, and where names are resolved. */
import type { ResolverModel } from '../../../model/settings.ts'
import { isIpv4, readAddress, readNetwork } from '../addresses.ts'
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { ANY, choice, everywhere, milliseconds, once, row, type Directive } from '../table.ts'
import { readFlag, readSeconds } from '../values.ts'

export const resolverSyntax: string = 'address ... [valid=time] [ipv4=on|off] [ipv6=on|off]'

export const accessDirectives: readonly Directive[] = [
  rule('allow', 'Networks that may ask.'),
  rule('deny', 'Networks that may not.'),
  choice(
    'satisfy',
    'satisfy',
    { all: 'all', any: 'any' },
    'all',
    'Whether every kind of access control must agree, or one is enough.',
  ),
  {
    ...row('resolver', everywhere, resolverSyntax, null, 'DNS servers for names in proxy_pass with variables.'),
    arguments: [1, ANY],
    apply: (place, statement) => {
      const value = once(place, statement, 'resolver') ? readResolver(place, statement) : null
      if (value !== null) place.put(statement, 'resolver', value)
    },
  },
  milliseconds('resolver_timeout', 'resolverTimeout', '30s', 'Longest wait for an answer of a DNS server.'),
]

function rule(name: 'allow' | 'deny', text: string): Directive {
  return {
    ...row(name, [...everywhere, 'limit_except'], 'address | network | unix: | all', null, text),
    apply: (place, statement) => {
      const written = statement.words[1] ?? ''
      if (written !== 'all' && written !== 'unix:') {
        const network = readNetwork(written)
        if (network === null) {
          return place.fail(
            statement,
            1,
            `invalid parameter "${written}"`,
            'it may be an address, a network such as 10.0.0.0/8, unix: or all',
          )
        }
        if (network.loose) place.warn(statement, 1, `low address bits of ${written} are meaningless`)
      }
      place.append(statement, 'access', { allow: name === 'allow', network: written })
    },
  }
}

export function readResolver(place: Place, statement: Statement): ResolverModel | null {
  const addresses: { host: string; port: number }[] = []
  let validMs: number | null = null
  const families = { ipv4: true, ipv6: true }
  for (const [index, word] of statement.words.slice(1).entries()) {
    const [, name, value = ''] = /^(valid|ipv4|ipv6)=(.*)$/s.exec(word) ?? []
    if (name === undefined) {
      const address = readAddress(word, { defaultPort: 53 })
      if (typeof address === 'string' || address.kind === 'unix') {
        place.fail(
          statement,
          index + 1,
          `${typeof address === 'string' ? address : 'invalid host'} in resolver "${word}"`,
        )
        return null
      }
      if (!isIpv4(address.host) && !address.host.includes(':')) {
        place.fail(statement, index + 1, `host not found in resolver "${word}"`, 'give the DNS server by its address')
        return null
      }
      addresses.push({ host: address.host, port: address.port })
      continue
    }
    const read = name === 'valid' ? readSeconds(value) : readFlag(value)
    // Here on and off are taken in lower case only.
    if (read === null || (name !== 'valid' && value !== value.toLowerCase())) {
      place.fail(statement, index + 1, `invalid parameter: ${word}`)
      return null
    }
    if (typeof read === 'number') validMs = read * 1000
    else families[name === 'ipv4' ? 'ipv4' : 'ipv6'] = read
  }
  if (!families.ipv4 && !families.ipv6) {
    place.fail(statement, 0, '"ipv4" and "ipv6" cannot both be "off"')
    return null
  }
  if (addresses.length === 0) {
    place.fail(statement, 0, 'no name servers defined')
    return null
  }
  return { addresses, validMs, ...families }
}
