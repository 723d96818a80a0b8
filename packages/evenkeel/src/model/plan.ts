/**
 * Upstreams with their names resolved and their shared rows given out: what the main thread adds to a Model before
 * workers compile it, and what it sends anew when names resolve differently or servers are changed while running.
 */
import type { ServerLine, UpstreamModel } from './model.ts'

/** Where to connect. `host` is a numeric address. */
export type DialAddress = { readonly host: string; readonly port: number } | { readonly path: string }

export interface PeerPlan {
  /** Index of its line in UpstreamModel.servers. */
  readonly server: number
  /** For $upstream_addr and logs: `127.0.0.1:8000`, `[::1]:8000`, `unix:/path`. */
  readonly name: string
  /** Tried in turn; more than one only for `localhost`. Empty: the name does not resolve, the peer is down. */
  readonly addresses: readonly DialAddress[]
  /** Its row in the shared counters. */
  readonly row: number
  /** What an SRV record says of it rather than its line. */
  readonly service?: Pick<ServerLine, 'text' | 'weight' | 'backup'>
}

export interface UpstreamPlan {
  readonly name: string
  /** Grows whenever the list of peers changes. */
  readonly epoch: number
  /** Where the group's own shared state stands: primaries, then backups. */
  readonly group: number
  readonly peers: readonly PeerPlan[]
}

/** The server line that holds for a peer. */
export function lineOf(
  { servers }: Pick<UpstreamModel, 'servers'>,
  { server, service }: Pick<PeerPlan, 'server' | 'service'>,
): ServerLine {
  const line = servers[server]!
  return service === undefined ? line : { ...line, ...service }
}
