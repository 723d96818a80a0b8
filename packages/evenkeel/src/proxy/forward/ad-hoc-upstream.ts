/**
 * An upstream for an address that only a request knew: proxy_pass with variables, resolved or written as a number.
 *
 * It lives for that one request: its peers are tried in turn and nothing of them is remembered, as in nginx, where such
 * a group has no counters either.
 */
import { failure, type Failure } from '../../exchange/failure.ts'
import type { ServerLine, UpstreamModel } from '../../model/model.ts'
import type { DialAddress } from '../../model/plan.ts'
import { Selection } from '../../upstream/selection.ts'
import type { Asker, Lease, Peer, Upstream } from '../../upstream/upstream.ts'

export class AdHocUpstream implements Upstream {
  readonly name: string
  readonly model: UpstreamModel
  readonly peers: readonly Peer[]

  constructor(name: string, addresses: readonly DialAddress[]) {
    this.name = name
    this.model = { ...blank, name }
    this.peers = addresses.map((address, index) => ({
      index,
      name: nameOf(address),
      addresses: [address],
      server: { ...line, text: name, address },
      stickyId: '',
      row: -1,
    }))
  }

  select(asker: Asker): Selection {
    // A single address is not tried again: it would only fail again.
    return new Selection(asker, this, this.peers.length === 1 ? 0 : this.peers.length)
  }

  lease(selection: Selection): Lease | Failure {
    const peer = this.peers[selection.last + 1]
    if (peer === undefined) return failure('no_live_peers')
    selection.last = peer.index
    if (selection.tries > 0) selection.tries--
    return { peer, end: () => false }
  }
}

function nameOf(address: DialAddress): string {
  if ('path' in address) return 'unix:' + address.path
  return (address.host.includes(':') ? `[${address.host}]` : address.host) + ':' + address.port
}

const line: ServerLine = {
  text: '',
  address: { path: '' },
  weight: 1,
  maxConns: 0,
  maxFails: 1,
  failTimeoutSeconds: 10,
  backup: false,
  down: false,
}

const blank: UpstreamModel = {
  name: '',
  implicit: true,
  servers: [],
  method: { name: 'round_robin', key: null, arguments: [] },
  zone: null,
  keepalive: 0,
  keepaliveRequests: 1000,
  keepaliveTimeMs: 3_600_000,
  keepaliveTimeoutMs: 60_000,
}
