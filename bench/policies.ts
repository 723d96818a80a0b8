/**
 * What a choice costs by each way of balancing, against round robin: the upstream that traffic has, asked for a place and
 * given it back, in this process and without a network. One row a method, for small and large groups, and for one in
 * which a server is failing.
 */
import type { MethodModel } from '../packages/evenkeel/src/model/model.ts'
import { leased, Setting, type ServerGiven } from '../packages/evenkeel/src/upstream/upstream.fixture.ts'
import type { Asker, Upstream } from '../packages/evenkeel/src/upstream/upstream.ts'
import { seeded } from '../packages/evenkeel/src/shared/seeded.ts'

const METHODS: readonly (readonly [name: string, written?: string])[] = [
  ['round_robin'],
  ['random'],
  ['random', 'two least_conn'],
  ['least_conn'],
  ['least_time', 'last_byte'],
  ['ewma'],
  ['first'],
  ['ip_hash'],
  ['hash'],
  ['hash', 'consistent'],
  ['hash', 'consistent bounded=1.25'],
  ['maglev'],
  ['rendezvous'],
]

const WORKERS = 2
const ROUNDS = 10
const ROUND_MS = 10

interface Group {
  readonly title: string
  readonly servers: number
  readonly failing: boolean
}

const GROUPS: readonly Group[] = [
  { title: '3 servers', servers: 3, failing: false },
  { title: '1,000', servers: 1000, failing: false },
  { title: '1,000, one failing', servers: 1000, failing: true },
]

/** The table as text. */
export function policyTable(): string {
  const keys = Array.from({ length: 256 }, (_, at) => `user-${at}`)
  const titles = METHODS.map(([name, written = '']) => `${name} ${written}`.trim())
  const choices = METHODS.map(([name, written = '']) => {
    const method: Partial<MethodModel> = { name, arguments: written === '' ? [] : written.split(' ') }
    return GROUPS.map(group => choosing(group, method, keys))
  })
  const times = choices.map(row => row.map(() => Infinity))
  // In turns, and the best of all rounds: what disturbs the machine disturbs one round of somebody.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [row, groups] of choices.entries()) {
      for (const [at, choose] of groups.entries()) times[row]![at] = Math.min(times[row]![at]!, nanoseconds(choose))
    }
  }
  const plain = times[0]!
  const cells = titles.map((title, row) => [
    title,
    ...times[row]!.flatMap((ns, at) => [
      `${Math.round(ns).toLocaleString('en-GB')} ns`,
      `${(ns / plain[at]!).toFixed(1)} ×`,
    ]),
  ])
  const head = ['', ...GROUPS.flatMap(({ title }) => [title, ''])]
  const widths = head.map((_, column) => Math.max(...[head, ...cells].map(row => row[column]!.length)))
  const lines = [head, ...cells].map(row => {
    return row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ')
  })
  return `policies: a choice and its end, against round robin\n${lines.map(line => `  ${line.trimEnd()}`).join('\n')}\n`
}

/** A hundred choices with their ends. */
function choosing({ servers, failing }: Group, method: Partial<MethodModel>, keys: readonly string[]): () => void {
  const given: ServerGiven[] = Array.from({ length: servers }, () => ({ maxFails: 1, failTimeoutSeconds: 3600 }))
  const upstream = new Setting(WORKERS).upstream(given, method, 0, {}, seeded(1))
  let asked = 0
  const asker: Asker = {
    hashKey: () => keys[asked & 255]!,
    address: () => Uint8Array.of(10, 0, asked & 255, (asked >> 8) & 255),
    stickyId: () => '',
  }
  if (failing) fail(upstream, asker)
  return () => {
    for (let at = 0; at < 100; at++) {
      asked++
      const lease = leased(upstream, upstream.select(asker))
      lease?.responded?.(5, 200)
      lease?.end('served', 5)
    }
  }
}

function nanoseconds(choose: () => void): number {
  const began = performance.now()
  let times = 0
  do {
    choose()
    times += 100
  } while (performance.now() - began < ROUND_MS)
  return ((performance.now() - began) * 1e6) / times
}

function fail(upstream: Upstream, asker: Asker): void {
  leased(upstream, upstream.select(asker))?.end('failed')
}

if (import.meta.main) console.log(policyTable())
