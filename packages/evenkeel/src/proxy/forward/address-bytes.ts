/** Numeric addresses as bytes, for `ip_hash`: 4 for IPv4 (also when mapped into IPv6), 16 for IPv6, none for Unix sockets. */
import { parseAddress } from '../../filter/access/network.ts'

export function addressBytes(address: string): Uint8Array {
  return Buffer.from(parseAddress(address) ?? '', 'latin1')
}
