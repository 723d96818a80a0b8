/** A chart: series over time as SVG, with an axis, a legend that tells the figures under the pointer, and a mark of the past. */
import {
  areaPath,
  largest,
  linePath,
  niceMost,
  placeOf,
  sampleAt,
  thinned,
  type Frame,
  type Sample,
} from './chart-scale.ts'
import { make, makeSvg, setAttribute, setText } from './dom.ts'
import { formatClock } from './format.ts'

export interface Series {
  readonly name: string
  /** What the style sheet colours it by. */
  readonly look: string
  /** Named in the legend although it was zero all the time. */
  readonly always?: boolean
}

export interface ChartOptions {
  readonly title: string
  readonly series: readonly Series[]
  readonly stacked: boolean
  readonly format: (value: number) => string
  /** A moment was chosen. */
  readonly choose: (atMs: number) => void
}

export interface Window {
  readonly fromMs: number
  readonly toMs: number
  /** Where the page has gone back to; null: it shows the present. */
  readonly markMs: number | null
}

const HEIGHT = 150

export class Chart {
  readonly element: HTMLElement
  readonly #options: ChartOptions
  readonly #picture = makeSvg('svg', { role: 'img', height: String(HEIGHT), preserveAspectRatio: 'none' })
  readonly #lines = makeSvg('g')
  readonly #mark = makeSvg('line', { class: 'mark', y1: '0', y2: String(HEIGHT) })
  readonly #top = make('span', { class: 'axis top' })
  readonly #from = make('span', { class: 'axis from' })
  readonly #figures: readonly HTMLElement[]
  readonly #when = make('span', { class: 'when' })
  readonly #paths: readonly SVGElement[]
  #samples: readonly Sample[] = []
  #window: Window = { fromMs: 0, toMs: 1, markMs: null }
  #pointer: number | null = null

  constructor(options: ChartOptions) {
    this.#options = options
    const { series, title, stacked } = options
    this.#figures = series.map(() => make('b'))
    const legend = make('ul', { class: 'legend' })
    for (const [index, { name, look }] of series.entries()) {
      legend.append(make('li', { 'data-look': look }, name, ' ', this.#figures[index]!))
    }
    for (const share of [0.25, 0.5, 0.75]) {
      const y = String(HEIGHT * share)
      this.#picture.append(makeSvg('line', { class: 'grid', x1: '0', x2: '100%', y1: y, y2: y }))
    }
    this.#paths = series.map(({ look }) => makeSvg('path', { class: stacked ? 'area' : 'line', 'data-look': look }))
    this.#lines.append(...this.#paths)
    this.#picture.append(this.#lines, this.#mark)
    const canvas = make(
      'div',
      { class: 'canvas' },
      this.#picture,
      this.#top,
      this.#from,
      make('span', { class: 'axis to' }, 'now'),
    )
    this.element = make(
      'figure',
      { class: 'chart' },
      make('figcaption', {}, make('h3', {}, title), this.#when, legend),
      canvas,
    )
    this.#listen()
  }

  show(samples: readonly Sample[], window: Window): void {
    this.#samples = samples
    this.#window = window
    this.draw()
  }

  /** Again, for instance at another width. */
  draw(): void {
    const { stacked, format, title, series } = this.#options
    const width = Math.max(50, this.#picture.clientWidth)
    const shown = thinned(this.#samples, Math.floor(width / 2), stacked ? 'average' : 'largest')
    const { fromMs, toMs, markMs } = this.#window
    const most = niceMost(largest(shown, stacked))
    const frame: Frame = { width, height: HEIGHT, fromMs, toMs, most }
    setAttribute(this.#picture, 'viewBox', `0 0 ${width} ${HEIGHT}`)
    for (const [index, path] of this.#paths.entries()) {
      setAttribute(path, 'd', stacked ? areaPath(shown, index, frame) : linePath(shown, index, frame))
    }
    setText(this.#top, format(most))
    setText(this.#from, `${Math.round((toMs - fromMs) / 60_000)} min ago`)
    const looked = this.#pointer === null ? markMs : fromMs + this.#pointer * (toMs - fromMs)
    this.#mark.toggleAttribute('hidden', looked === null)
    if (looked !== null) for (const name of ['x1', 'x2']) setAttribute(this.#mark, name, String(placeOf(looked, frame)))
    const sample =
      looked === null ? this.#samples.at(-1) : sampleAt(this.#samples, (looked - fromMs) / (toMs - fromMs), frame)
    const told = series.map((_, index) => {
      const value = sample?.values[index] ?? null
      return value === null ? '–' : format(value)
    })
    for (const [index, figure] of this.#figures.entries()) {
      setText(figure, told[index]!)
      // What is never there needs no explanation.
      const always = series[index]!.always === true
      figure.parentElement!.hidden = !always && !this.#samples.some(({ values }) => (values[index] ?? 0) > 0)
    }
    setText(this.#when, looked === null || sample === undefined || sample === null ? '' : formatClock(sample.atMs))
    setAttribute(
      this.#picture,
      'aria-label',
      `${title}: ${series.map(({ name }, index) => `${name} ${told[index]}`).join(', ')}`,
    )
  }

  #listen(): void {
    const share = (event: MouseEvent): number => {
      const box = this.#picture.getBoundingClientRect()
      return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))
    }
    this.#picture.addEventListener('pointermove', event => {
      this.#pointer = share(event)
      this.draw()
    })
    this.#picture.addEventListener('pointerleave', () => {
      this.#pointer = null
      this.draw()
    })
    this.#picture.addEventListener('click', event => {
      const { fromMs, toMs } = this.#window
      this.#options.choose(fromMs + share(event) * (toMs - fromMs))
    })
  }
}
