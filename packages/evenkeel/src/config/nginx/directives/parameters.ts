/** Directives that take any number of `name=value`, each with a default. */
import type { Statement } from '../parser.ts'
import type { Place } from '../place.ts'
import { readNumber, readSeconds } from '../values.ts'

type Reader = (written: string) => number | null
/** What each name sets, and how its value is read; null: it is none. */
export type Parameters = Readonly<Record<string, readonly [key: string, read: Reader]>>

export const PERCENT: string = 'it takes a percentage such as 50%'

/** False, with the problem told: one of them is none. */
export function readParameters(place: Place, statement: Statement, known: Parameters, into: object): boolean {
  for (const [index, written] of statement.words.slice(1).entries()) {
    const at = written.indexOf('=')
    const name = written.slice(0, at)
    const [key, read] = Object.hasOwn(known, name) ? known[name]! : []
    const value = read?.(written.slice(at + 1)) ?? null
    if (key === undefined || value === null) {
      place.fail(statement, index + 1, `invalid parameter "${written}"`, `it may be ${Object.keys(known).join('=, ')}=`)
      return false
    }
    Object.assign(into, { [key]: value })
  }
  return true
}

export function readPercent(written: string): number | null {
  const value = readNumber(written.replace(/%$/, ''))
  return value === null || value > 100 ? null : value
}

export function readFactor(written: string): number | null {
  if (written === 'off') return 0
  return /^\d+(?:\.\d+)?$/.test(written) ? Number(written) : null
}

export function readPeriod(written: string): number | null {
  return readSeconds(written) || null
}

export function readCount(written: string): number | null {
  return readNumber(written) || null
}
