/**
 * Names as the system resolves them (hosts file included), for the main thread at start. Never for a request:
 * dns.lookup waits for one of four threads that the file system uses as well.
 */
import { promises } from 'node:dns'
import { isIP } from 'node:net'

/** Numeric addresses in the system's order; rejects with the system's code when there are none. */
export async function lookupAll(name: string): Promise<string[]> {
  if (isIP(name) !== 0) return [name]
  // Whatever the hosts file says: the tutorial's servers on localhost must be the same peers on every machine.
  if (name.toLowerCase() === 'localhost') return ['127.0.0.1', '::1']
  const found = await promises.lookup(name, { all: true, order: 'verbatim' })
  return [...new Set(found.map(entry => entry.address))]
}
