/**
 * Makes the upstreams of a model ready for workers: names become addresses, peers get their rows.
 *
 * `localhost` is one peer with both loopback addresses, whatever the hosts file says: nginx makes two of it where the
 * file lists ::1, and then three servers on localhost no longer answer 1-2-3. Other names are a peer an address. A name
 * that does not resolve is a peer that is down, so that one missing name does not keep all the others from service.
 */
import { isIP } from 'node:net'
import type { HttpModel, ServerLine, UpstreamModel } from '../model/model.ts'
import type { DialAddress, PeerPlan, UpstreamPlan } from '../model/plan.ts'
import { tiersOf } from '../model/tiers.ts'
import type { RowRegistry } from '../shared/registry.ts'

/** Numeric addresses of a name; empty, or a rejection, when it has none. */
export type Lookup = (name: string) => Promise<readonly string[]>

export interface Plans {
  readonly plans: readonly UpstreamPlan[]
  /** What is worth a line in the log without keeping anything from starting. */
  readonly warnings: readonly string[]
  /** What makes the model unusable: no room for its peers. */
  readonly problems: readonly string[]
}

export async function planUpstreams(
  http: HttpModel | null,
  generation: number,
  registry: RowRegistry,
  lookup: Lookup,
): Promise<Plans> {
  const upstreams = http?.upstreams ?? []
  const addresses = await resolveNames(upstreams, lookup)
  const plans: UpstreamPlan[] = []
  const warnings: string[] = []
  const problems: string[] = []
  for (const upstream of upstreams) {
    const peers = upstream.servers.flatMap((line, index) => peersOf(line, index, addresses))
    for (const peer of peers) {
      if (peer.addresses.length > 0) continue
      warnings.push(
        `host not found in upstream "${upstream.name}": "${peer.name}" is taken as down until a reload finds it`,
      )
    }
    const tiers = tiersOf(upstream)
    const placement = registry.place(
      generation,
      upstream.name,
      peers.map(peer => placed(peer, upstream, tiers)),
    )
    if (typeof placement === 'string') {
      problems.push(placement)
      continue
    }
    plans.push({
      name: upstream.name,
      epoch: placement.epoch,
      group: placement.group,
      peers: peers.map((peer, index) => ({ ...peer, row: placement.rows[index]! })),
    })
  }
  return { plans, warnings, problems }
}

type UnplacedPeer = Omit<PeerPlan, 'row'>

async function resolveNames(
  upstreams: readonly UpstreamModel[],
  lookup: Lookup,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const names = new Set<string>()
  for (const { servers } of upstreams) {
    for (const { address } of servers) if ('host' in address && isName(address.host)) names.add(address.host)
  }
  const found = await Promise.all([...names].map(async name => [name, await lookup(name).catch(() => [])] as const))
  return new Map(found)
}

function isName(host: string): boolean {
  return isIP(host) === 0 && host.toLowerCase() !== 'localhost'
}

function peersOf(line: ServerLine, server: number, found: ReadonlyMap<string, readonly string[]>): UnplacedPeer[] {
  const { address } = line
  if ('path' in address) return [{ server, name: `unix:${address.path}`, addresses: [address] }]
  const { host, port } = address
  if (host.toLowerCase() === 'localhost') {
    const addresses = [
      { host: '127.0.0.1', port },
      { host: '::1', port },
    ]
    return [{ server, name: `127.0.0.1:${port}`, addresses }]
  }
  const hosts = isIP(host) !== 0 ? [host] : (found.get(host) ?? [])
  if (hosts.length === 0) return [{ server, name: `${host}:${port}`, addresses: [] }]
  return hosts.map(one => ({
    server,
    name: nameOf(one, port),
    addresses: [{ host: one, port }] satisfies DialAddress[],
  }))
}

function nameOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function placed(
  peer: UnplacedPeer,
  upstream: UpstreamModel,
  tiers: readonly number[],
): Parameters<RowRegistry['place']>[2][number] {
  const line = upstream.servers[peer.server]!
  return {
    address: peer.name,
    weight: line.weight,
    backup: line.backup,
    tier: tiers[peer.server]!,
    down: line.down || line.drain === true || peer.addresses.length === 0,
  }
}
