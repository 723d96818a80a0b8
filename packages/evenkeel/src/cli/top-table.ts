/** The table of `evenkeel top`: two looks at the API and the time between them in, text out. */

export interface Look {
  readonly connections: { readonly accepted: number; readonly active: number; readonly idle: number }
  readonly requests: { readonly total: number; readonly current: number }
  readonly processes: { readonly respawned: number; readonly retiring?: readonly unknown[] }
  readonly upstreams: Readonly<Record<string, { readonly peers: readonly LookedPeer[] }>>
}

export interface LookedPeer {
  readonly server: string
  readonly state: string
  readonly active: number
  readonly requests: number
  readonly fails: number
  readonly unavail: number
  readonly backup: boolean
  /** Ms. Left out: nothing was measured yet. */
  readonly response_time?: number
  readonly responses: { readonly '4xx': number; readonly '5xx': number }
}

/** `before` null: there are no rates yet. `width` cuts lines. */
export function topTable(now: Look, before: Look | null, seconds: number, width: number): string {
  const rate = (is: number, was: number | undefined): string =>
    before === null || was === undefined || seconds <= 0 ? '-' : Math.max(0, (is - was) / seconds).toFixed(1)
  const { connections, requests, processes } = now
  const lines = [
    `connections  ${connections.active + connections.idle} (${connections.idle} idle)   ` +
      `new/s ${rate(connections.accepted, before?.connections.accepted)}   ` +
      `requests ${requests.current} now   ${rate(requests.total, before?.requests.total)}/s   ` +
      `old configurations ${processes.retiring?.length ?? 0}   workers replaced ${processes.respawned}`,
  ]
  for (const [name, { peers }] of Object.entries(now.upstreams)) {
    const old = new Map(before?.upstreams[name]?.peers.map(peer => [peer.server, peer]))
    const rows = peers.map(peer => {
      const was = old.get(peer.server)
      return [
        peer.server,
        peer.backup ? `${peer.state} (backup)` : peer.state,
        rate(peer.requests, was?.requests),
        String(peer.active),
        peer.response_time === undefined ? '-' : String(peer.response_time),
        String(peer.responses['4xx']),
        String(peer.responses['5xx']),
        String(peer.fails),
        String(peer.unavail),
      ]
    })
    lines.push('', ...columns([[name, ...HEAD], ...rows]))
  }
  return `${lines.map(line => visible(line).slice(0, width)).join('\n')}\n`
}

const HEAD = ['state', 'req/s', 'active', 'ms', '4xx', '5xx', 'fails', 'unavail']

/** The first two are text, the others numbers. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map(row => row[at]!.length)))
  return rows.map(row =>
    row
      .map((cell, at) => (at < 2 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd(),
  )
}

/** Names are the configuration's, but nothing of them may move the terminal. */
function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, '?')
}
