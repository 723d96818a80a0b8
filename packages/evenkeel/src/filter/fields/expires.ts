/**
 * `expires`: the Expires and Cache-Control fields of an answer, from when it is asked or from when the file changed.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Fields } from '../../exchange/fields.ts'
import type { ExpiresModel } from '../../model/settings.ts'
import type { Compile } from '../compile.ts'
import { formatHttpDate, parseHttpDate } from './http-date.ts'

/** `now` is in seconds since the epoch. */
export type SetExpires = (exchange: Exchange, fields: Fields, now: number) => void

/** null: nothing is to be set. */
export function compileExpires(model: ExpiresModel | null, compile: Compile): SetExpires | null {
  if (model === null || model.kind === 'off') return null
  if (model.kind !== 'variable' || model.value === null) return (_, fields, now) => apply(model, fields, now)
  const text = compile.text(model.value)
  return (exchange, fields, now) => {
    const read = readExpires(text(exchange))
    if (read !== null && read.kind !== 'off') apply(read, fields, now)
  }
}

/** What a variable may say: `epoch`, `max`, `off`, `@15h30m`, `+1d`, `-1`. null: none of these, and nothing is set. */
export function readExpires(text: string): Pick<ExpiresModel, 'kind' | 'seconds'> | null {
  if (text === 'epoch' || text === 'max' || text === 'off') return { kind: text, seconds: 0 }
  const sign = text.charAt(0)
  const seconds = readSeconds(sign === '@' || sign === '+' || sign === '-' ? text.slice(1) : text)
  if (seconds === null || (sign === '@' && seconds > DAY)) return null
  return { kind: sign === '@' ? 'daily' : 'after', seconds: sign === '-' ? -seconds : seconds }
}

const DAY = 24 * 60 * 60
const UNITS: readonly (readonly [string, number])[] = [
  ['y', 365 * DAY],
  ['M', 30 * DAY],
  ['w', 7 * DAY],
  ['d', DAY],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
]

function apply(model: Pick<ExpiresModel, 'kind' | 'seconds'>, fields: Fields, now: number): void {
  // The two far ends are the dates nginx has always sent.
  if (model.kind === 'epoch') return set(fields, 'Thu, 01 Jan 1970 00:00:01 GMT', 'no-cache')
  if (model.kind === 'max') return set(fields, 'Thu, 31 Dec 2037 23:55:55 GMT', 'max-age=315360000')
  let at = now + model.seconds
  if (model.kind === 'daily') at = nextTimeOfDay(model.seconds, now)
  else if (model.kind === 'modified' && model.seconds !== 0) {
    const modified = parseHttpDate(fields.get('Last-Modified') ?? '')
    if (!Number.isNaN(modified)) at = modified + model.seconds
  }
  const age = at - now
  const past = age < 0 || (model.kind !== 'daily' && model.seconds < 0)
  set(fields, formatHttpDate(at), past ? 'no-cache' : `max-age=${age}`)
}

function set(fields: Fields, expires: string, cacheControl: string): void {
  fields.set('Expires', expires)
  fields.set('Cache-Control', cacheControl)
}

/** The next moment the clock of this machine's time zone shows that time. */
function nextTimeOfDay(seconds: number, now: number): number {
  const date = new Date(now * 1000)
  date.setHours(Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60, 0)
  if (date.getTime() <= now * 1000) date.setDate(date.getDate() + 1)
  return Math.floor(date.getTime() / 1000)
}

/** `1h30m`, `90`: units in falling order, each once. */
function readSeconds(text: string): number | null {
  const match = /^(?:\d+[yMwdhms] *)*(?:\d+)?$/.exec(text)
  if (match === null || !/\d/.test(text)) return null
  let total = 0
  let from = 0
  for (const [, digits, unit] of text.matchAll(/(\d+)([yMwdhms]?)/g)) {
    const at = unit === '' ? UNITS.length : UNITS.findIndex(([name]) => name === unit)
    if (at < from) return null
    from = at + 1
    total += Number(digits) * (UNITS[at]?.[1] ?? 1)
  }
  return Number.isSafeInteger(total) ? total : null
}
