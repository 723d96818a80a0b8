/**
 * Makes the upstreams of a model ready for workers: names are addresses by now, and peers get their rows.
 *
 * `localhost` is one peer with both loopback addresses, whatever the hosts file says: nginx makes two of it where the
 * file lists ::1, and then three servers on localhost no longer answer 1-2-3. Other names are a peer an address. A name
 * that does not resolve is a peer that is down, so that one missing name does not keep all the others from service; one
 * that is resolved while running (`resolve`) is as many peers as it has addresses, none included.
 */
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import type { HttpModel, ServerLine, UpstreamModel } from '../model/model.ts'
import { lineOf, type DialAddress, type PeerPlan, type UpstreamPlan } from '../model/plan.ts'
import { numberOf, subsetOf } from '../model/subset.ts'
import { tiersOf } from '../model/tiers.ts'
import type { PlacedPeer, RowRegistry } from '../shared/registry.ts'
import type { NamedAddress } from './names/name-asking.ts'
import type { FindName } from './names/names.ts'

export interface Plans {
  readonly plans: readonly UpstreamPlan[]
  /** What is worth a line in the log without keeping anything from starting. */
  readonly warnings: readonly string[]
  /** What makes the model unusable: no room for its peers, or a name that has to resolve. */
  readonly problems: readonly string[]
}

export function planUpstreams(
  http: HttpModel | null,
  generation: number,
  registry: RowRegistry,
  find: FindName,
): Plans {
  const plans: UpstreamPlan[] = []
  const warnings: string[] = []
  const problems: string[] = []
  for (const upstream of http?.upstreams ?? []) {
    const missing: string[] = []
    const all = upstream.servers.flatMap((line, index) => {
      const found = peersOf(upstream, line, index, find)
      if (!found.some(({ addresses }) => addresses.length > 0)) missing.push(line.text)
      return found
    })
    const peers = subset(upstream, all)
    for (const text of missing) {
      const what = `host not found in upstream "${upstream.name}": "${text}"`
      if (http?.strictResolve === true) problems.push(what)
      else warnings.push(`${what} is taken as down until it is found`)
    }
    const placement = registry.place(generation, upstream.name, placed(upstream, peers))
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

/** Backups are few, and for when nobody of the others is to be had: all of them stay. */
function subset(upstream: UpstreamModel, peers: readonly UnplacedPeer[]): readonly UnplacedPeer[] {
  const { subset: model } = upstream
  if (model === undefined) return peers
  const isBackup = (peer: UnplacedPeer): boolean => lineOf(upstream, peer).backup
  const primaries = peers.filter(peer => !isBackup(peer))
  const names = primaries.map(({ name }) => name)
  const chosen = new Set(subsetOf(names, model.size, model.index ?? numberOf(hostname())).map(at => primaries[at]!))
  return peers.filter(peer => isBackup(peer) || chosen.has(peer))
}

type UnplacedPeer = Omit<PeerPlan, 'row'>

function peersOf(upstream: UpstreamModel, line: ServerLine, server: number, find: FindName): UnplacedPeer[] {
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
  const hosts: readonly NamedAddress[] = isIP(host) !== 0 ? [{ host }] : (find(upstream, line) ?? [])
  if (line.service !== undefined) return servicePeers(line, server, hosts)
  // Others are found by their place in the list: it has to be there.
  if (hosts.length === 0 && line.resolve !== true) return [{ server, name: `${host}:${port}`, addresses: [] }]
  return hosts.map(one => peerOf(server, one.host, port))
}

/** As in nginx: the lowest priority serves, the others are backups, and of a backup's records only the lowest count. */
function servicePeers(line: ServerLine, server: number, hosts: readonly NamedAddress[]): UnplacedPeer[] {
  const lowest = Math.min(...hosts.map(({ service }) => service!.priority))
  return hosts.flatMap(({ host, service }) => {
    const { priority, port, target, weight } = service!
    if (line.backup && priority !== lowest) return []
    const ownWeight = line.weight === 1 ? Math.max(1, weight) : line.weight
    const backup = line.backup || priority !== lowest
    return [{ ...peerOf(server, host, port), service: { text: target, weight: ownWeight, backup } }]
  })
}

function peerOf(server: number, host: string, port: number): UnplacedPeer {
  const name = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return { server, name, addresses: [{ host, port }] satisfies DialAddress[] }
}

function placed(upstream: UpstreamModel, peers: readonly UnplacedPeer[]): PlacedPeer[] {
  const lines = peers.map(peer => lineOf(upstream, peer))
  const tiers = tiersOf(lines, upstream.preferZone)
  return peers.map((peer, index) => {
    const { weight, backup, down, drain } = lines[index]!
    const out = down || drain === true || peer.addresses.length === 0
    return { address: peer.name, weight, backup, tier: tiers[index]!, down: out }
  })
}
