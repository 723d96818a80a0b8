/** An upstream as explanations of a request tell it. */
import type { StoryPeer } from '../../filter/explain.ts'
import type { Rows } from '../../shared/rows.ts'
import type { Upstream } from '../../upstream/upstream.ts'

export function storyOf(
  upstream: Upstream | undefined,
  rows: Rows,
): { readonly method: string; readonly peers: readonly StoryPeer[] } | undefined {
  if (upstream === undefined) return undefined
  const { name, arguments: words, code } = upstream.model.method
  return {
    method: code === undefined ? [name, ...words].join(' ') : `${code.path}#${code.name}`,
    peers: upstream.peers.map(({ name: server, server: line, addresses, row }) => ({
      server,
      weight: line.weight,
      backup: line.backup,
      active: row < 0 ? 0 : rows.inflight(row),
      fails: row < 0 ? 0 : rows.fails(row),
      out: line.down || addresses.length === 0 || (row >= 0 && rows.down(row) !== 0),
    })),
  }
}
