/**
 * `limit_conn`: requests at a time, by any key, counted over all workers. A record is a count, and goes when it is 0;
 * a zone that is full refuses, since what it would have to forget is still there.
 */
import type { Exchange, Hold } from '../../exchange/exchange.ts'
import { ERROR, levelNames } from '../../exchange/log-level.ts'
import type { RequestStep } from '../../exchange/route.ts'
import type { Settings } from '../../model/settings.ts'
import type { LruTable } from '../../shared/lru-table.ts'
import type { Compile } from '../compile.ts'
import { outcome, type FindZone } from './limit-zones.ts'

/** Longer keys are not counted, as in nginx. */
const LONGEST_KEY = 255

type LimitConnSettings = Pick<Settings, 'limitConn' | 'limitConnDryRun' | 'limitConnLogLevel' | 'limitConnStatus'>

export function compileLimitConn(settings: LimitConnSettings, zones: FindZone, compile: Compile): RequestStep | null {
  const limits = settings.limitConn
    .map(({ zone, connections }) => {
      const found = zones('limit_conn', zone)
      return found === undefined ? null : { ...found, zone, connections, text: compile.text(found.key) }
    })
    .filter(limit => limit !== null)
  if (limits.length === 0) return null
  const status = compile.slot('limit_conn_status')
  const { limitConnDryRun: dry, limitConnStatus, limitConnLogLevel } = settings
  const level = levelNames.indexOf(limitConnLogLevel)

  return exchange => {
    if (status.get(exchange) !== undefined) return undefined
    const taken: Hold[] = []
    for (const { zone, connections, table, text: textOf, tally } of limits) {
      const text = textOf(exchange)
      if (text === '' || isTooLong(text, zone, exchange)) continue
      status.set(exchange, 'PASSED')
      const place = take(table, text, connections)
      if (place !== null) {
        tally?.add(outcome.passed)
        taken.push(place)
        continue
      }
      tally?.add(dry ? outcome.rejected_dry_run : outcome.rejected)
      for (const one of taken) one.release()
      const told = `limiting connections${dry ? ', dry run,' : ''} by zone "${zone}"`
      exchange.route.errorLog.tell(exchange, level, told)
      status.set(exchange, dry ? 'REJECTED_DRY_RUN' : 'REJECTED')
      return dry ? undefined : { kind: 'reply', status: limitConnStatus }
    }
    if (taken.length > 0) exchange.holds = [...(exchange.holds ?? []), ...taken]
    return undefined
  }
}

/** A place under that key; null: there is none left. */
export function take(table: LruTable, key: string, most: number): Hold | null {
  const digest = table.digest(key)
  const { high, low } = digest
  table.lock()
  let place = table.find(digest)
  let free = true
  if (place >= 0) free = table.words[place]! < most
  else {
    place = table.insert(digest)
    free = place >= 0
  }
  if (free) table.words[place]!++
  table.unlock()
  return free ? new Place(table, high, low) : null
}

/** A request's place in a zone. Found by its key again, since the table may have been emptied after a worker's death. */
class Place implements Hold {
  readonly #table: LruTable
  readonly #high: number
  readonly #low: number

  constructor(table: LruTable, high: number, low: number) {
    this.#table = table
    this.#high = high
    this.#low = low
  }

  release(): void {
    const table = this.#table
    table.lock()
    const place = table.find({ high: this.#high, low: this.#low })
    if (place >= 0 && --table.words[place]! <= 0) table.remove(place)
    table.unlock()
  }
}

function isTooLong(key: string, zone: string, exchange: Exchange): boolean {
  if (key.length <= LONGEST_KEY) return false
  const text = `the value of the key of zone "${zone}" is more than ${LONGEST_KEY} bytes: "${key.slice(0, 100)}..."`
  exchange.route.errorLog.tell(exchange, ERROR, text)
  return true
}
