/** Every peer there is, installed or not. */
import type { Options } from '../options.ts'
import { evenkeel, nginx } from './nginx.ts'
import { nodeProxies } from './node.ts'
import { caddy, haproxy } from './others.ts'
import type { Peer } from './peer.ts'

export function allPeers(options: Options): Peer[] {
  const nginxes = [evenkeel(), nginx(), ...options.binaries.map(([name, path]) => nginx(name, path))]
  const peers = options.quick ? nginxes : [...nginxes, haproxy(), caddy(), ...nodeProxies()]
  return options.only.length === 0 ? peers : peers.filter(peer => options.only.includes(peer.name))
}
