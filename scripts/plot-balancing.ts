/**
 * Draws docs/plots/*.svg: what each way of balancing makes of four servers, one of them four times as slow as the others,
 * from the simulation of src/lab. The same every time, so that a change of a picture is a change of a method.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { percentile } from '../packages/evenkeel/src/lab/simulate/results.ts'
import { simulate } from '../packages/evenkeel/src/lab/simulation.ts'

const METHODS: readonly (readonly [file: string, name: string, written: readonly string[]])[] = [
  ['round-robin', 'round_robin', []],
  ['random', 'random', []],
  ['random-two', 'random', ['two', 'least_conn']],
  ['least-conn', 'least_conn', []],
  ['least-time', 'least_time', ['last_byte']],
  ['ewma', 'ewma', []],
  ['first', 'first', []],
  ['ip-hash', 'ip_hash', []],
  ['hash', 'hash', []],
  ['hash-consistent', 'hash', ['consistent']],
  ['hash-bounded', 'hash', ['consistent', 'bounded=1.25']],
  ['maglev', 'maglev', []],
  ['rendezvous', 'rendezvous', []],
]
const PEERS = [1, 1, 1, 0.25].map(speed => ({ speed }))
const LOADS = Array.from({ length: 18 }, (_, at) => 0.1 + at * 0.05)
const REQUESTS = 60_000

const WIDTH = 480
const HEIGHT = 260
const LEFT = 56
const BOTTOM = 36
const TOP = 28
/** In ms, on a logarithmic scale. */
const LEAST = 5
const MOST = 5_000

interface Curve {
  readonly p50: readonly number[]
  readonly p99: readonly number[]
}

const folder = resolve(import.meta.dirname, '../docs/plots')
mkdirSync(folder, { recursive: true })
const reference = curveOf('random', ['two', 'least_conn'])
for (const [file, name, written] of METHODS) {
  const title = [name, ...written].join(' ')
  writeFileSync(resolve(folder, `${file}.svg`), draw(title, curveOf(name, written)))
}

function curveOf(name: string, written: readonly string[]): Curve {
  const results = LOADS.map(load =>
    simulate({ method: { name, arguments: written }, peers: PEERS, load, requests: REQUESTS }),
  )
  return {
    p50: results.map(({ timesMs }) => percentile(timesMs, 0.5)),
    p99: results.map(({ timesMs }) => percentile(timesMs, 0.99)),
  }
}

function draw(title: string, { p50, p99 }: Curve): string {
  const grid = [10, 100, 1000].map(ms => {
    const y = yOf(ms)
    return `<path d="M${LEFT} ${y}H${WIDTH - 8}" stroke="#ddd"/><text x="${LEFT - 6}" y="${y + 4}" text-anchor="end">${ms} ms</text>`
  })
  const ticks = [0.2, 0.4, 0.6, 0.8].map(load => {
    return `<text x="${xOf(load)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${Math.round(load * 100)} %</text>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="16" font-size="13" font-weight="bold">${title}</text>`,
    `<text x="${WIDTH - 8}" y="16" text-anchor="end">p50 blue, p99 red; grey: p99 of random two</text>`,
    ...grid,
    ...ticks,
    `<text x="${(LEFT + WIDTH) / 2}" y="${HEIGHT - 4}" text-anchor="middle">load, of what all four can do</text>`,
    line(reference.p99, '#bbb'),
    line(p50, '#2060c0'),
    line(p99, '#c03020'),
    '</svg>',
    '',
  ].join('\n')
}

function line(values: readonly number[], colour: string): string {
  const points = values.map((ms, at) => `${xOf(LOADS[at]!)},${yOf(ms)}`)
  return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.join(' ')}"/>`
}

function xOf(load: number): number {
  return Math.round(LEFT + ((load - LOADS[0]!) / (LOADS.at(-1)! - LOADS[0]!)) * (WIDTH - LEFT - 8))
}

function yOf(ms: number): number {
  const share = Math.log(Math.min(MOST, Math.max(LEAST, ms)) / LEAST) / Math.log(MOST / LEAST)
  return Math.round(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP))
}
