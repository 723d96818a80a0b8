/**
 * `set_real_ip_from`: what trusted proxies say of the client's address takes the place of their own.
 *
 * It runs before anything else, and once more with the location's settings if nobody was believed before. The address
 * of the connection itself stays where it is, for $realip_remote_addr.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { RequestStep } from '../../exchange/route.ts'
import type { Settings } from '../../model/settings.ts'
import { forwardedAddress } from '../../route/forwarded-address.ts'
import { isInside, parseAddress, parseNetwork, type Network } from './network.ts'

/** null: nobody is trusted. */
export function compileRealip(
  settings: Pick<Settings, 'realIpFrom' | 'realIpHeader' | 'realIpRecursive'>,
): RequestStep | null {
  const { realIpFrom, realIpHeader, realIpRecursive } = settings
  if (realIpFrom.length === 0) return null
  const trusted = compileTrust(realIpFrom)
  const fromProxyProtocol = realIpHeader === 'proxy_protocol'
  const told = tellerOf(realIpHeader)
  return exchange => {
    const { connection } = exchange
    if (exchange.remoteAddress !== connection.remoteAddress || exchange.remotePort !== connection.remotePort) return
    const text = told(exchange)
    if (text === undefined) return
    const found = forwardedAddress(connection.remoteAddress, text, trusted, realIpRecursive)
    if (found === undefined) return
    exchange.remoteAddress = found.address
    exchange.remotePort = fromProxyProtocol ? connection.proxied!.remotePort : found.port
  }
}

function tellerOf(name: string): (exchange: Exchange) => string | undefined {
  if (name === 'proxy_protocol') return ({ connection }) => connection.proxied?.remoteAddress
  // Proxies may each add a line of this one field instead of going on in the last.
  if (name === 'x-forwarded-for') return ({ request }) => request.fields.getAll(name).join(',') || undefined
  return ({ request }) => request.fields.get(name)
}

/** Names have become addresses before; one that did not resolve trusts nobody. */
export function compileTrust(written: readonly string[]): (address: string) => boolean {
  const networks = written.map(parseNetwork).filter((network): network is Network => network !== null)
  const unix = written.includes('unix:')
  return text => {
    if (text.startsWith('unix:')) return unix
    const address = parseAddress(text)
    return address !== null && networks.some(network => isInside(address, network))
  }
}
