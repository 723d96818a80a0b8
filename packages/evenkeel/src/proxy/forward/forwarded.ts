/**
 * `forwarded on`: tells the origin who asked, how and for which host, in the fields everybody reads (X-Forwarded-For,
 * -Proto, -Host) and in the one that is a standard (Forwarded, RFC 7239).
 *
 * What a client says of these itself is believed only of the proxies named by forwarded_trusted: theirs is kept, with
 * the proxy added behind it. Of anybody else it is dropped, since an origin could not tell it from ours.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { isInside, parseAddress, parseNetwork, type Network } from '../../filter/access/network.ts'
import type { Settings } from '../../model/settings.ts'
import { safeFieldValue } from '../../wire/http1/check.ts'

export interface Forwarded {
  /** Names that do not go on as they came. */
  readonly hidden: readonly string[]
  /** Appends names and values. */
  add(exchange: Exchange, to: string[]): void
}

const NAMES = ['X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'Forwarded'] as const

/** null: off. Fields that proxy_set_header names are its alone. */
export function compileForwarded(
  settings: Pick<Settings, 'forwarded' | 'forwardedTrusted' | 'proxySetHeader'>,
): Forwarded | null {
  if (!settings.forwarded) return null
  const own = new Set(settings.proxySetHeader.map(({ name }) => name.toLowerCase()))
  const names = NAMES.filter(name => !own.has(name.toLowerCase()))
  const isTrusted = compileTrust(settings.forwardedTrusted)
  return {
    hidden: names,
    add(exchange, to) {
      const { fields } = exchange.request
      const trusted = isTrusted(exchange.connection.remoteAddress)
      for (const name of names) {
        const said = trusted ? fields.getAll(name).join(', ') : ''
        const value = valueOf(name, exchange, said)
        if (value !== '' && safeFieldValue(value) !== null) to.push(name, value)
      }
    },
  }
}

function valueOf(name: (typeof NAMES)[number], exchange: Exchange, said: string): string {
  const { remoteAddress, secure } = exchange.connection
  const scheme = secure ? 'https' : 'http'
  const host = exchange.request.authority
  switch (name) {
    case 'X-Forwarded-For':
      return said === '' ? remoteAddress : `${said}, ${remoteAddress}`
    case 'X-Forwarded-Proto':
      return said === '' ? scheme : said
    case 'X-Forwarded-Host':
      return said === '' ? host : said
    case 'Forwarded': {
      const named = host === '' ? '' : `;host=${quoted(host)}`
      const element = `for=${node(remoteAddress)}${named};proto=${scheme}`
      return said === '' ? element : `${said}, ${element}`
    }
  }
}

/** An IPv6 address stands in brackets, and those in quotes; what is no address has no name (RFC 7239, 6). */
function node(address: string): string {
  if (address.includes(':')) return address.startsWith('unix:') ? 'unknown' : `"[${address}]"`
  return address === '' ? 'unknown' : address
}

function quoted(text: string): string {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`
}

function compileTrust(written: readonly string[]): (address: string) => boolean {
  if (written.length === 0) return () => false
  const everybody = written.includes('all')
  const unix = everybody || written.includes('unix:')
  const networks: Network[] = written.map(parseNetwork).filter(network => network !== null)
  return text => {
    if (text.startsWith('unix:')) return unix
    const address = parseAddress(text)
    return everybody || (address !== null && networks.some(network => isInside(address, network)))
  }
}
