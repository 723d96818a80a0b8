/** Medians over the rounds, and ratios against the reference, as text. */
import type { Figures } from './measure.ts'

/** Figures of every round, by peer. */
export type Samples = ReadonlyMap<string, readonly Figures[]>

export function median(values: readonly number[]): number {
  const sorted = values.filter(value => !Number.isNaN(value)).sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}

export function medians(rounds: readonly Figures[]): Figures {
  const names = Object.keys(rounds[0] ?? {})
  return Object.fromEntries(names.map(name => [name, median(rounds.map(round => round[name] ?? NaN))]))
}

/** The first figure is the one that is compared; less is better. */
export function tableOf(title: string, samples: Samples, reference: string | undefined, plain?: Samples): string {
  const rows = [...samples].map(([peer, rounds]) => ({ peer, figures: medians(rounds) }))
  const anyErrors = rows.some(row => (row.figures['errors'] ?? 0) > 0)
  const [first = '', ...rest] = Object.keys(rows[0]?.figures ?? {}).filter(name => name !== 'errors' || anyErrors)
  const against = rows.find(row => row.peer === reference)?.figures[first]
  const body = rows
    .toSorted((a, b) => (a.figures[first] ?? 0) - (b.figures[first] ?? 0))
    .map(({ peer, figures }) => [
      peer,
      shown(figures[first]),
      ratio(figures[first], against),
      ...(plain === undefined ? [] : [ratio(figures[first], medians(plain.get(peer) ?? [])[first])]),
      ...rest.map(name => shown(figures[name])),
    ])
  const head = ['', first, `against ${reference}`, ...(plain === undefined ? [] : ['against own plain']), ...rest]
  return `${title}\n${aligned([head, ...body])}\n`
}

function ratio(value: number | undefined, against: number | undefined): string {
  const quotient = (value ?? NaN) / (against ?? NaN)
  return Number.isFinite(quotient) ? `${quotient.toFixed(2)} ×` : '–'
}

function shown(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–'
  const digits = Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  const cell = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0)
  return rows.map(row => `  ${row.map(cell).join('   ').trimEnd()}`).join('\n')
}
