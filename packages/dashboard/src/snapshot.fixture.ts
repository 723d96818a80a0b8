/** Snapshots for tests: what is not told is that of a server nobody has asked yet. */
import { readSnapshot } from './read-snapshot.ts'
import type { Peer, Snapshot, Upstream } from './snapshot.ts'

const blank = readSnapshot({ 'http/upstreams': { app: { peers: [{ state: 'up', weight: 1 }] } } }, 0)

export function peer(parts: Partial<Peer> = {}): Peer {
  return { ...blank.upstreams[0]!.peers[0]!, server: '10.0.0.1:80', ...parts }
}

export function upstream(peers: readonly Peer[], parts: Partial<Upstream> = {}): Upstream {
  return { ...blank.upstreams[0]!, ...parts, peers }
}

export function snapshot(atMs: number, upstreams: readonly Upstream[]): Snapshot {
  return { ...blank, atMs, upstreams }
}
