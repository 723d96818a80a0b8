/** The charts, and the slider below them by which the page goes back in time. */
import { Chart } from './chart.ts'
import { spanMs, type Sample } from './chart-scale.ts'
import { make, setAttribute, setText } from './dom.ts'
import { formatClock, formatDuration, formatMs, formatRate } from './format.ts'
import { HISTORY_MS, type History, type Point } from './history.ts'
import { noTraffic } from './rates.ts'

export interface PastPlaces {
  readonly charts: HTMLElement
  readonly slider: HTMLInputElement
  readonly told: HTMLElement
  readonly live: HTMLElement
  readonly series: HTMLSelectElement
}

export class Past {
  readonly #places: PastPlaces
  readonly #history: History
  readonly #moved: () => void
  readonly #traffic: Chart
  readonly #latency: Chart
  #atMs: number | null = null

  /** `moved`: another moment, or other servers, are to be shown. */
  constructor(places: PastPlaces, history: History, moved: () => void) {
    this.#places = places
    this.#history = history
    this.#moved = moved
    const choose = (atMs: number): void => this.go(atMs)
    this.#traffic = new Chart({
      title: 'Requests per second',
      series: [
        { name: '2xx', look: 'good', always: true },
        { name: '3xx', look: 'calm' },
        { name: '4xx', look: 'warn' },
        { name: '5xx', look: 'bad' },
        { name: 'connections', look: 'quiet' },
      ],
      stacked: true,
      format: formatRate,
      choose,
    })
    this.#latency = new Chart({
      title: 'Latency',
      series: [
        { name: 'average', look: 'calm', always: true },
        { name: 'p50', look: 'good' },
        { name: 'p99', look: 'warn' },
      ],
      stacked: false,
      format: formatMs,
      choose,
    })
    places.charts.append(this.#traffic.element, this.#latency.element)
    new ResizeObserver(() => this.#draw()).observe(places.charts)
    places.slider.addEventListener('input', () => this.#slide())
    places.live.addEventListener('click', () => this.go(null))
    places.series.addEventListener('change', moved)
  }

  /** Where the page has gone back to; null: the present. */
  get atMs(): number | null {
    return this.#atMs
  }

  go(atMs: number | null): void {
    const newest = this.#history.points.at(-1)?.atMs ?? 0
    this.#atMs = atMs === null || atMs >= newest - 1500 ? null : atMs
    this.#moved()
  }

  show(): void {
    const { slider, told, live } = this.#places
    const { points } = this.#history
    const last = points.at(-1)
    if (last === undefined) return
    const span = spanMs(points[0]?.atMs, last.atMs, HISTORY_MS)
    // What has left the history cannot be shown any more.
    if (this.#atMs !== null && this.#atMs < last.atMs - HISTORY_MS) this.#atMs = last.atMs - HISTORY_MS
    slider.min = String(-Math.round(span / 1000))
    slider.value = this.#atMs === null ? '0' : String(Math.round((this.#atMs - last.atMs) / 1000))
    const text =
      this.#atMs === null ? 'now' : `${formatClock(this.#atMs)}, ${formatDuration(last.atMs - this.#atMs)} ago`
    setText(told, this.#atMs === null ? 'Live' : `As it was at ${text}`)
    setAttribute(slider, 'aria-valuetext', text)
    live.hidden = this.#atMs === null
    this.#offerSeries()
    this.#draw()
  }

  #slide(): void {
    const value = Number(this.#places.slider.value)
    const newest = this.#history.points.at(-1)?.atMs ?? 0
    this.go(value === 0 ? null : newest + value * 1000)
  }

  #draw(): void {
    const { points } = this.#history
    const last = points.at(-1)
    if (last === undefined) return
    const key = this.#places.series.value
    const span = spanMs(points[0]?.atMs, last.atMs, HISTORY_MS)
    const window = { fromMs: last.atMs - span, toMs: last.atMs, markMs: this.#atMs }
    // The first one knows of no rate.
    const rest = points.slice(1)
    this.#traffic.show(
      rest.map(point => trafficSample(point, key)),
      window,
    )
    this.#latency.show(
      rest.map(point => latencySample(point, key)),
      window,
    )
  }

  #offerSeries(): void {
    const { series } = this.#places
    const wanted = ['', ...(this.#history.points.at(-1)?.byUpstream.keys() ?? [])]
    if (wanted.length === series.options.length && wanted.every((key, at) => series.options[at]!.value === key)) return
    const chosen = series.value
    series.replaceChildren(
      ...wanted.map(key =>
        make('option', { value: key }, key === '' ? 'all upstreams' : key.slice(key.indexOf(' ') + 1)),
      ),
    )
    series.value = wanted.includes(chosen) ? chosen : ''
  }
}

function trafficSample({ atMs, whole, byUpstream }: Point, key: string): Sample {
  const { classes, perSecond } = key === '' ? whole : (byUpstream.get(key) ?? noTraffic)
  const [, ok = 0, moved = 0, refused = 0, failed = 0] = classes
  // Connections of stream have no statuses.
  const connections = key.startsWith('stream ') ? perSecond : 0
  return { atMs, values: [ok, moved, refused, failed, connections] }
}

function latencySample({ atMs, whole, byUpstream }: Point, key: string): Sample {
  const { averageMs, p50Ms, p99Ms } = key === '' ? whole : (byUpstream.get(key) ?? noTraffic)
  return { atMs, values: [averageMs, p50Ms, p99Ms] }
}
