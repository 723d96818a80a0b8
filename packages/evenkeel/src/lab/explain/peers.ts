/** Who of an upstream could have got the request, who did, and who would be next. */
import type { Exchange } from '../../exchange/exchange.ts'
import { addressBytes } from '../../proxy/forward/address-bytes.ts'
import type { Asker } from '../../upstream/upstream.ts'
import type { LiveUpstream } from '../../worker/upstreams.ts'
import type { ExplainedUpstream, Place } from './story.ts'

/** Enough to see weights in. */
const NEXT = 10

export function explainUpstream(live: LiveUpstream, exchange: Exchange, place: Place | null): ExplainedUpstream {
  const { model, current } = live
  const { name, key, arguments: words, code } = model.method
  const hashes = key !== null
  const index = new Map(current.peers.map(peer => [peer.name, peer.index]))
  const chosen = exchange.attempts.map(({ address }) => index.get(address) ?? -1)
  return {
    name: model.name,
    place,
    method: code === undefined ? [name, ...words].join(' ') : `balance ${code.path}#${code.name}`,
    ...(hashes ? { key: live.hashKey(exchange) } : {}),
    ...(live.sticky === null ? {} : { bound: live.sticky.idOf(exchange) }),
    peers: current.peers.map(peer => ({
      name: peer.name,
      written: peer.server.text,
      weight: peer.server.weight,
      role: peer.server.backup ? 'backup' : 'primary',
      down: peer.server.down || peer.addresses.length === 0,
      ...(peer.stickyId === '' ? {} : { id: peer.stickyId }),
      attempts: chosen.flatMap((one, at) => (one === peer.index ? [at + 1] : [])),
    })),
    next: nextPicks(live, exchange),
  }
}

/** The same request again and again, each served before the next comes. */
function nextPicks(live: LiveUpstream, exchange: Exchange): number[] {
  const asker: Asker = {
    hashKey: () => live.hashKey(exchange),
    address: () => addressBytes(exchange.remoteAddress),
    stickyId: () => live.sticky?.idOf(exchange) ?? '',
  }
  return Array.from({ length: NEXT }, () => {
    const lease = live.current.lease(live.current.select(asker))
    if (lease instanceof Promise || 'code' in lease) return -1
    lease.end('served', 1)
    return lease.peer.index
  })
}
