/** The figures at the top: how the whole is doing, at a glance. */
import { make, setAttribute, setText } from './dom.ts'
import { formatCount, formatDuration, formatMs, formatPercent, formatRate } from './format.ts'
import type { Moment } from './history.ts'
import { growth, secondsBetween, wholeTraffic } from './rates.ts'

export class Tiles {
  readonly #tiles = new Map<string, HTMLElement>()

  constructor(parent: HTMLElement) {
    for (const title of ['Requests', 'In flight', 'Errors', 'Latency', 'Servers', 'Connections']) {
      const tile = make(
        'div',
        { class: 'tile' },
        make('dt', {}, title),
        make('dd', { class: 'value' }, '–'),
        make('dd', { class: 'note' }),
      )
      this.#tiles.set(title, tile)
      parent.append(tile)
    }
  }

  show(moment: Moment): void {
    const { now, before } = moment
    const traffic = wholeTraffic(now, before)
    const seconds = secondsBetween(now, before)
    const served = traffic.classes.reduce((sum, rate) => sum + rate, 0)
    const errors = traffic.classes[4] ?? 0
    const peers = now.upstreams.flatMap(upstream => upstream.peers)
    const up = peers.filter(({ state }) => state === 'up').length
    const flight = peers.reduce((sum, { active }) => sum + active, 0)
    const accepted =
      before === null || seconds <= 0 ? 0 : growth(now.connections.accepted, before.connections.accepted) / seconds
    const { p50Ms, p99Ms, averageMs } = traffic
    this.#show('Requests', `${formatRate(traffic.perSecond)}/s`, 'to servers')
    this.#show('In flight', formatCount(flight), 'at servers now')
    this.#show(
      'Errors',
      formatPercent(served === 0 ? 0 : errors / served),
      `5xx: ${formatRate(errors)}/s`,
      errors > 0 ? 'bad' : '',
    )
    if (p50Ms === null) this.#show('Latency', formatMs(averageMs), 'on average')
    else this.#show('Latency', formatMs(p50Ms), `p50; p99 ${formatMs(p99Ms)}`)
    const tone = up === peers.length ? '' : up === 0 ? 'bad' : 'warn'
    this.#show(
      'Servers',
      `${up} / ${peers.length}`,
      up === peers.length ? 'all up' : `${peers.length - up} not up`,
      tone,
    )
    this.#show(
      'Connections',
      formatCount(now.connections.active + now.connections.idle),
      `${formatRate(accepted)}/s new`,
    )
  }

  #show(title: string, value: string, note: string, tone = ''): void {
    const tile = this.#tiles.get(title)!
    setText(tile.children[1]!, value)
    setText(tile.children[2]!, note)
    setAttribute(tile, 'data-tone', tone)
  }
}

/** Which balancer this is. */
export function describeBalancer({ now }: Moment): string {
  const since = now.loadedMs === 0 ? '' : ` · loaded ${formatDuration(Math.max(0, now.atMs - now.loadedMs))} ago`
  return `${now.build.replace(/^evenkeel-/, '')} · process ${now.pid} · configuration ${now.generation}${since}`
}
