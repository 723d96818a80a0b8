/** Every upstream with its servers. */
import { KeyedList, make, setAttribute, setText, type Part } from './dom.ts'
import { formatBytes, formatCount, formatDuration, formatMs, formatRate } from './format.ts'
import { peerKey, peerTraffic, secondsBetween, upstreamKey, upstreamsByKey, type Traffic } from './rates.ts'
import type { Moment } from './history.ts'
import type { Peer, Upstream } from './snapshot.ts'
import { Table, type Column } from './table.ts'
import { describeState, explainChecks, isTrouble } from './words.ts'

/** A page of ten thousand rows helps nobody: who looks for one of them has the search. */
const MOST_ROWS = 200

export interface PeerRow {
  readonly upstream: Upstream
  readonly peer: Peer
  readonly traffic: Traffic
}

interface Card {
  readonly upstream: Upstream
  readonly rows: readonly PeerRow[]
}

export interface Choice {
  /** Part of a server's or upstream's name. */
  readonly search: string
  /** Only servers that something is wrong with. */
  readonly troubled: boolean
  readonly changeable: boolean
}

export class UpstreamCards {
  readonly #cards: KeyedList<Card>
  readonly #empty: HTMLElement
  #changeable = false

  constructor(parent: HTMLElement, empty: HTMLElement, change: (upstream: string, peer: string) => void) {
    this.#empty = empty
    const columns = columnsFor(change, () => this.#changeable)
    this.#cards = new KeyedList(
      parent,
      ({ upstream }) => upstreamKey(upstream),
      ({ upstream }) => makeCard(upstream, columns),
    )
  }

  show(moment: Moment, choice: Choice): void {
    this.#changeable = choice.changeable
    const cards = cardsOf(moment, choice)
    this.#cards.show(cards)
    const all = moment.now.upstreams.length
    setText(
      this.#empty,
      cards.length > 0 ? '' : all === 0 ? 'The configuration has no upstreams.' : 'No server is like that.',
    )
  }
}

function cardsOf({ now, before }: Moment, { search, troubled }: Choice): Card[] {
  const seconds = secondsBetween(now, before)
  const earlier = before === null ? new Map<string, Upstream>() : upstreamsByKey(before)
  const wanted = search.trim().toLowerCase()
  return now.upstreams.flatMap(upstream => {
    const whole = upstream.name.toLowerCase().includes(wanted)
    const peers = upstream.peers.filter(
      peer => (whole || `${peer.server} ${peer.name}`.toLowerCase().includes(wanted)) && (!troubled || isTrouble(peer)),
    )
    if (peers.length === 0 && (wanted !== '' || troubled)) return []
    const old = new Map(earlier.get(upstreamKey(upstream))?.peers.map(peer => [peerKey(peer), peer]))
    const rows = peers.slice(0, MOST_ROWS).map(peer => {
      return { upstream, peer, traffic: peerTraffic(peer, old.get(peerKey(peer)), seconds) }
    })
    return [{ upstream: { ...upstream, peers }, rows }]
  })
}

function makeCard({ kind, name }: Upstream, columns: readonly Column<PeerRow>[]): Part<Card> {
  const summary = make('span', { class: 'summary' })
  const more = make('p', { class: 'quiet' })
  const table = new Table<PeerRow>(`Servers of ${name}`, columns, ({ peer }) => peerKey(peer))
  const title = make('h3', {}, name)
  if (kind === 'stream') title.append(' ', make('span', { class: 'tag' }, 'TCP and UDP'))
  const element = make(
    'article',
    { class: 'card', 'aria-label': `Upstream ${name}` },
    make('header', {}, title, summary),
    table.element,
    more,
  )
  return {
    element,
    update({ upstream: { peers, queued }, rows }) {
      const up = peers.filter(({ state }) => state === 'up').length
      const rate = rows.reduce((sum, { traffic }) => sum + traffic.perSecond, 0)
      const waiting = queued === null ? '' : ` · ${formatCount(queued)} waiting`
      setText(summary, `${up} of ${peers.length} up · ${formatRate(rate)}/s${waiting}`)
      setAttribute(summary, 'data-tone', peers.length > 0 && up === 0 ? 'bad' : up < peers.length ? 'warn' : '')
      table.show(rows)
      setText(more, peers.length > rows.length ? `${peers.length - rows.length} more: search for them.` : '')
    },
  }
}

function columnsFor(change: (upstream: string, peer: string) => void, changeable: () => boolean): Column<PeerRow>[] {
  return [
    { title: 'Server', kind: 'name', show: showName },
    { title: 'State', kind: 'text', show: showState },
    { title: 'Weight', kind: 'number', show: ({ peer }) => String(peer.weight) },
    {
      title: 'Per s',
      about: 'Requests per second',
      kind: 'number',
      show: ({ traffic }) => formatRate(traffic.perSecond),
    },
    { title: 'Requests', kind: 'number', show: ({ peer }) => formatCount(peer.requests) },
    {
      title: 'In flight',
      about: 'Requests at the server now, and how many there may be',
      kind: 'number',
      show: showActive,
    },
    ...([2, 3, 4, 5] as const).map((digit): Column<PeerRow> => ({
      title: `${digit}xx`,
      kind: 'number',
      show: ({ peer }) => formatCount(peer.classes[digit - 1] ?? 0),
      tone: ({ peer, traffic }) => toneOfClass(digit, peer, traffic),
    })),
    {
      title: 'Latency',
      about: 'Time to the whole response: p50 and p99 where they are told, else the average',
      kind: 'number',
      show: showLatency,
    },
    {
      title: 'Failures',
      about: 'Failed attempts, and how often they made it unavailable',
      kind: 'number',
      show: showFailures,
      tone: ({ peer }) => (peer.fails > 0 ? 'warn' : 'quiet'),
    },
    {
      title: 'Checks',
      about: 'Health checks: how they stand, and how many there were',
      kind: 'text',
      show: ({ peer }) => explainChecks(peer),
      tone: ({ peer }) => (peer.checks.lastPassed === false ? 'bad' : 'quiet'),
    },
    {
      title: 'Received',
      about: 'Bytes from the server',
      kind: 'number',
      show: ({ peer }) => formatBytes(peer.received),
    },
    {
      title: 'Change',
      kind: 'text',
      show: ({ upstream, peer }, cell) => {
        const key = peerKey(peer)
        let button = cell.querySelector('button')
        if (button === null) {
          button = make('button', { type: 'button' }, 'Change…')
          button.addEventListener('click', () => change(upstreamKey(upstream), key))
          cell.append(button)
        }
        setAttribute(button, 'aria-label', `Change ${peer.server} of ${upstream.name}`)
        button.hidden = !changeable() || upstream.kind === 'stream'
        return null
      },
    },
  ]
}

function showName({ peer }: PeerRow, cell: HTMLElement): null {
  if (cell.childElementCount === 0) cell.append(make('span'), make('span', { class: 'tag' }))
  const [address, tag] = cell.children
  setText(address!, peer.server)
  setText(tag!, peer.backup ? 'backup' : '')
  cell.title = peer.name === peer.server ? '' : peer.name
  return null
}

function showState({ peer }: PeerRow, cell: HTMLElement): null {
  if (cell.childElementCount === 0) cell.append(make('span', { class: 'state' }))
  const { word, tone, about } = describeState(peer)
  const mark = cell.firstElementChild!
  setText(mark, word)
  setAttribute(mark, 'data-tone', tone)
  cell.title = peer.downtimeMs > 0 ? `${about}; out for ${formatDuration(peer.downtimeMs)} in all` : about
  return null
}

function showActive({ peer }: PeerRow): string {
  return peer.mostActive > 0 ? `${peer.active} / ${peer.mostActive}` : String(peer.active)
}

function showLatency({ traffic, peer }: PeerRow): string {
  if (traffic.p50Ms !== null) return `${formatMs(traffic.p50Ms)} / ${formatMs(traffic.p99Ms)}`
  return formatMs(traffic.averageMs ?? peer.responseMs)
}

function showFailures({ peer }: PeerRow): string {
  return peer.unavailable > 0
    ? `${formatCount(peer.fails)} (${formatCount(peer.unavailable)}×)`
    : formatCount(peer.fails)
}

function toneOfClass(digit: number, { classes }: Peer, { classes: now }: Traffic): string {
  if ((classes[digit - 1] ?? 0) === 0) return 'quiet'
  if (digit < 4) return ''
  return (now[digit - 1] ?? 0) > 0 && digit === 5 ? 'bad' : 'warn'
}
