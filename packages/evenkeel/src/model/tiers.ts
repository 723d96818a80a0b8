/**
 * In which order an upstream uses its servers: by priority, in each priority those of the preferred zone before the
 * others, and backups after all. The next tier is asked when nobody of the one before is to be had.
 */
import type { ServerLine, UpstreamModel } from './model.ts'

/** The tier of each server, counted from 0 without gaps. */
export function tiersOf(servers: readonly ServerLine[], preferZone: UpstreamModel['preferZone']): number[] {
  const ranks = servers.map(server => rankOf(server, preferZone))
  const order = [...new Set(ranks)].sort((a, b) => a - b)
  return ranks.map(rank => order.indexOf(rank))
}

function rankOf(server: ServerLine, preferred: string | undefined): number {
  const elsewhere = preferred !== undefined && server.zone !== preferred ? 1 : 0
  return (server.backup ? Number.MAX_SAFE_INTEGER - 1 : 2 * (server.priority ?? 0)) + elsewhere
}
