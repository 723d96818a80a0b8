/** What a simulation is judged by: percentiles, shares, and how both went over time. */
import type { Outcome } from './queueing.ts'

export interface Result {
  /** The way of balancing, as written. */
  readonly policy: string
  readonly requests: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly most: number
  readonly errors: number
  readonly retries: number
  /** Clients that came to another server than before, in 100 requests; null: the method binds nobody. */
  readonly moved: number | null
  readonly servers: Outcome['servers']
  /** p99 of each sixtieth of the time; NaN: nothing came. */
  readonly p99Over: readonly number[]
  /** Times at these shares of all requests, for a curve. */
  readonly curve: readonly (readonly [share: number, ms: number])[]
  readonly durationMs: number
}

/** Parts that the time is cut into. */
export const PARTS = 60
const SHARES = [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999]

export function resultOf(policy: string, outcome: Outcome, binds: boolean): Result {
  const { atMs, tookMs, errors, retries, moved, servers } = outcome
  // Until the last one came: the same for every way, however long its queues take to empty.
  const durationMs = Math.max(1, atMs.at(-1) ?? 0)
  const sorted = tookMs.filter(ms => ms >= 0).sort()
  return {
    policy,
    requests: atMs.length,
    p50: percentile(sorted, 0.5),
    p90: percentile(sorted, 0.9),
    p99: percentile(sorted, 0.99),
    most: sorted.at(-1) ?? Number.NaN,
    errors,
    retries,
    moved: binds && atMs.length > 0 ? (100 * moved) / atMs.length : null,
    servers,
    p99Over: overTime(atMs, tookMs, durationMs),
    curve: SHARES.map(share => [share, percentile(sorted, share)] as const),
    durationMs,
  }
}

/** Of times in ascending order; `share` 0 to 1. NaN: there are none. */
export function percentile(ascending: Float64Array, share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? Number.NaN
}

function overTime(atMs: Float64Array, tookMs: Float64Array, durationMs: number): number[] {
  let from = 0
  return Array.from({ length: PARTS }, (_, part) => {
    const untilMs = part === PARTS - 1 ? Infinity : ((part + 1) * durationMs) / PARTS
    let to = from
    while (to < atMs.length && atMs[to]! < untilMs) to++
    const sorted = tookMs
      .slice(from, to)
      .filter(ms => ms >= 0)
      .sort()
    from = to
    return percentile(sorted, 0.99)
  })
}

/** As a table for the terminal. */
export function resultTable(results: readonly Result[]): string {
  const head = ['policy', 'p50', 'p90', 'p99', 'longest', 'errors', 'retries', 'moved', 'requests of each server']
  const rows = results.map(result => [
    result.policy,
    timeText(result.p50),
    timeText(result.p90),
    timeText(result.p99),
    timeText(result.most),
    String(result.errors),
    String(result.retries),
    result.moved === null ? '-' : `${result.moved.toFixed(1)} %`,
    sharesText(result),
  ])
  const widths = head.map((word, at) => Math.max(word.length, ...rows.map(row => row[at]!.length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (at === 0 || at === cells.length - 1 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd()
  return [line(head), ...rows.map(line)].join('\n')
}

const MOST_SERVERS = 8

export function sharesText({ servers }: Result): string {
  const all = servers.reduce((sum, { requests }) => sum + requests, 0)
  const shown = servers
    .slice(0, MOST_SERVERS)
    .map(({ requests }) => `${Math.round((100 * requests) / Math.max(1, all))}`)
  return `${shown.join(' ')}${servers.length > MOST_SERVERS ? ' …' : ''} %`
}

export function timeText(ms: number): string {
  if (Number.isNaN(ms)) return '-'
  if (ms >= 10_000) return `${(ms / 1000).toFixed(0)} s`
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`
}
