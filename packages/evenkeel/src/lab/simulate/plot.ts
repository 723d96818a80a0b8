/** Results as pictures: one SVG with the curve of all times and p99 over time, and one page that needs nothing else. */
import { PARTS, sharesText, timeText, type Result } from './results.ts'

const COLOURS = ['#2060c0', '#c03020', '#208040', '#a06000', '#7030a0', '#008090', '#806050', '#404040']
const WIDTH = 760
const HEIGHT = 300
const LEFT = 64
const RIGHT = 32
const TOP = 34
const BOTTOM = 38

export function plot(results: readonly Result[], title: string): string {
  const legend = HEIGHT * 2 + 12
  const height = legend + 18 * results.length + 8
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    curves(results, title),
    `<g transform="translate(0 ${HEIGHT})">${overTime(results)}</g>`,
    ...results.map(({ policy }, at) => {
      const y = legend + 18 * at
      return `<rect x="${LEFT}" y="${y}" width="18" height="4" fill="${colour(at)}"/><text x="${LEFT + 26}" y="${y + 6}">${escape(policy)}</text>`
    }),
    '</svg>',
    '',
  ].join('\n')
}

export function report(results: readonly Result[], title: string, told: readonly string[]): string {
  const rows = results.map(
    (result, at) =>
      `<tr><td><i style="background:${colour(at)}"></i>${escape(result.policy)}</td>${[
        timeText(result.p50),
        timeText(result.p90),
        timeText(result.p99),
        timeText(result.most),
        String(result.errors),
        String(result.retries),
        result.moved === null ? '-' : `${result.moved.toFixed(1)} %`,
        sharesText(result),
        result.servers.map(({ busy }) => Math.round(busy * 100)).join(' ') + ' %',
      ]
        .map(cell => `<td>${escape(cell)}</td>`)
        .join('')}</tr>`,
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escape(title)}</title>
<style>
body { font: 14px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse } th, td { padding: .2rem .8rem .2rem 0; text-align: right; white-space: nowrap }
th:first-child, td:first-child { text-align: left } tr { border-bottom: 1px solid #ddd }
i { display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem } svg { width: 100%; margin-top: 1rem }
</style>
<h1>${escape(title)}</h1>
<ul>${told.map(line => `<li>${escape(line)}</li>`).join('')}</ul>
<table>
<tr><th>policy<th>p50<th>p90<th>p99<th>longest<th>errors<th>retries<th>moved<th>requests of each server<th>busy</tr>
${rows.join('\n')}
</table>
${plot(results, title)}</html>
`
}

function curves(results: readonly Result[], title: string): string {
  const scale = new TimeScale(results.flatMap(({ curve }) => curve.map(([, ms]) => ms)))
  const x = (share: number): number => xOf(tail(share) / tail(0.9999))
  const ticks = [0.5, 0.9, 0.99, 0.999, 0.9999].map(
    share =>
      `<text x="${x(share)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${+(share * 100).toFixed(2)} %</text>`,
  )
  return [
    `<text x="${LEFT}" y="18" font-size="13" font-weight="bold">${escape(title)}</text>`,
    ...scale.grid(),
    ...ticks,
    `<text x="${(LEFT + WIDTH) / 2}" y="${HEIGHT - 6}" text-anchor="middle">so many requests were done within</text>`,
    ...results.map(({ curve }, at) =>
      line(
        curve.map(([share, ms]) => [x(share), scale.y(ms)]),
        colour(at),
      ),
    ),
  ].join('\n')
}

function overTime(results: readonly Result[]): string {
  const scale = new TimeScale(results.flatMap(({ p99Over }) => p99Over))
  const seconds = Math.max(...results.map(({ durationMs }) => durationMs), 1) / 1000
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    share =>
      `<text x="${xOf(share)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${+(share * seconds).toFixed(1)} s</text>`,
  )
  return [
    ...scale.grid(),
    ...ticks,
    `<text x="${(LEFT + WIDTH) / 2}" y="${HEIGHT - 6}" text-anchor="middle">99 of 100 requests were done within, over time</text>`,
    ...results.map(({ p99Over }, at) =>
      line(
        p99Over.flatMap((ms, part) => (Number.isNaN(ms) ? [] : [[xOf((part + 0.5) / PARTS), scale.y(ms)] as const])),
        colour(at),
      ),
    ),
  ].join('\n')
}

/** Milliseconds on a logarithmic scale. */
class TimeScale {
  readonly #least: number
  readonly #most: number

  constructor(all: readonly number[]) {
    const known = all.filter(ms => ms > 0)
    this.#least = 10 ** Math.floor(Math.log10(Math.max(0.1, Math.min(...known, 1e9))))
    this.#most = Math.max(this.#least * 10, ...known)
  }

  y(ms: number): number {
    const share = Math.log(Math.max(ms, this.#least) / this.#least) / Math.log(this.#most / this.#least)
    return round(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP))
  }

  grid(): string[] {
    const found: string[] = []
    for (let ms = this.#least; ms <= this.#most * 1.001; ms *= 10) {
      const y = this.y(ms)
      found.push(
        `<path d="M${LEFT} ${y}H${WIDTH - RIGHT}" stroke="#ddd"/><text x="${LEFT - 6}" y="${y + 4}" text-anchor="end">${timeText(ms)}</text>`,
      )
    }
    return found
  }
}

/** The last requests of a hundred, of a thousand get as much room as those before. */
function tail(share: number): number {
  return -Math.log10(1 - share)
}

function xOf(share: number): number {
  return round(LEFT + share * (WIDTH - LEFT - RIGHT))
}

function line(points: readonly (readonly [number, number])[], stroke: string): string {
  return `<polyline fill="none" stroke="${stroke}" stroke-width="2" points="${points.map(([x, y]) => `${x},${y}`).join(' ')}"/>`
}

function colour(at: number): string {
  return COLOURS[at % COLOURS.length]!
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
