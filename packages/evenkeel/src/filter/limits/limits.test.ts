import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange } from '../../exchange/exchange.ts'
import type { Outcome } from '../../exchange/outcome.ts'
import type { LimitReqModel } from '../../model/settings/limit-settings.ts'
import { zoneWords } from '../../model/zone.ts'
import { createTable, LruTable } from '../../shared/lru-table.ts'
import { makeCompile, makeExchange, template } from '../exchange.fixture.ts'
import { compileLimitConn } from './limit-conn.ts'
import { compileLimitReq } from './limit-req.ts'
import type { FindZone } from './limit-zones.ts'
import { TestWaits } from '../waits.fixture.ts'

function zones(rates: Readonly<Record<string, number>>, bytes = 32 * 1024): FindZone {
  const tables = new Map<string, LruTable>()
  return (kind, name) => {
    if (!(name in rates)) return undefined
    const words = zoneWords[kind]
    if (!tables.has(name)) tables.set(name, new LruTable(createTable({ bytes, words }, { first: 3, second: 4 }), 1))
    return { kind, name, key: template(`$arg_${name}`), rate: rates[name]!, table: tables.get(name)! }
  }
}

class LimitReq {
  readonly waits = new TestWaits()
  readonly #compile = makeCompile()
  readonly #step: ReturnType<typeof compileLimitReq>

  constructor(limits: readonly LimitReqModel[], rates: Readonly<Record<string, number>>, dry = false) {
    const settings = { limitReq: limits, limitReqDryRun: dry, limitReqLogLevel: 'error', limitReqStatus: 429 } as const
    this.#step = compileLimitReq(settings, zones(rates), this.#compile, this.waits)
  }

  /** Status, what was told, and how long it waits. */
  ask(query: string): string {
    const { exchange, log } = makeExchange({ target: '/?' + query })
    const before = this.waits.waited.length
    const outcome = this.#step!(exchange)
    const answer =
      outcome === undefined || outcome instanceof Promise ? '' : `${(outcome as { status: number }).status} `
    const status = this.#compile.slot('limit_req_status').get(exchange)
    return `${answer}${status ?? '-'}${log.map(line => ` (${line})`).join('')} ${this.waits.waited.slice(before).join()}`.trim()
  }
}

test('within the rate requests pass, within the burst they wait, beyond it they are refused', () => {
  const limit = new LimitReq([{ zone: 'a', burst: 2, delay: 0 }], { a: 1000 })
  assert.equal(limit.ask('a=1'), 'PASSED')
  assert.equal(limit.ask('a=1'), 'DELAYED (delaying request, excess: 1.000, by zone "a") 1000')
  assert.equal(limit.ask('a=1'), 'DELAYED (delaying request, excess: 2.000, by zone "a") 2000')
  assert.equal(limit.ask('a=1'), '429 REJECTED (limiting requests, excess: 3.000 by zone "a")')
  limit.waits.turn(950)
  assert.equal(limit.ask('a=1'), '429 REJECTED (limiting requests, excess: 2.050 by zone "a")')
  assert.equal(limit.ask('a=2'), 'PASSED')
  assert.equal(limit.ask('b=1'), '-')
})

test('delay= lets so many through at once, nodelay all of the burst', () => {
  const some = new LimitReq([{ zone: 'a', burst: 3, delay: 1 }], { a: 1000 })
  assert.deepEqual(
    ['a=1', 'a=1', 'a=1'].map(query => some.ask(query).replace(/ \(.*\)/, '')),
    ['PASSED', 'PASSED', 'DELAYED 1000'],
  )
  const all = new LimitReq([{ zone: 'a', burst: 1, delay: 'all' }], { a: 1000 })
  assert.equal(all.ask('a=1') + all.ask('a=1'), 'PASSEDPASSED')
  assert.match(all.ask('a=1'), /^429/)
})

test('a dry run tells and changes nothing', () => {
  const limit = new LimitReq([{ zone: 'a', burst: 1, delay: 0 }], { a: 1000 }, true)
  assert.equal(limit.ask('a=1'), 'PASSED')
  assert.equal(limit.ask('a=1'), 'DELAYED_DRY_RUN (delaying request, dry run, excess: 1.000, by zone "a")')
  assert.equal(limit.ask('a=1'), 'REJECTED_DRY_RUN (limiting requests, dry run, excess: 2.000 by zone "a")')
})

test('of several limits the longest wait counts, and who is refused by one is counted by none', () => {
  const both = [
    { zone: 'a', burst: 5, delay: 0 },
    { zone: 'b', burst: 1, delay: 0 },
  ] as const
  const limit = new LimitReq(both, { a: 1000, b: 10_000 })
  assert.equal(limit.ask('a=1&b=1'), 'PASSED')
  assert.equal(limit.ask('a=1&b=1'), 'DELAYED (delaying request, excess: 1.000, by zone "a") 1000')
  assert.match(limit.ask('a=1&b=1'), /^429 .* excess: 2.000 by zone "b"/)
  assert.match(limit.ask('a=1'), /excess: 2.000, by zone "a"\) 2000$/)
})

const connSettings = { limitConnDryRun: false, limitConnLogLevel: 'error', limitConnStatus: 503 } as const

function limitConn(find: FindZone, limits: Readonly<Record<string, number>>): (query: string) => Ask {
  const limitConn = Object.entries(limits).map(([zone, connections]) => ({ zone, connections }))
  const step = compileLimitConn({ ...connSettings, limitConn }, find, makeCompile())!
  return query => {
    const { exchange, log } = makeExchange({ target: '/?' + query })
    const outcome = step(exchange) as Outcome
    return { exchange, refused: outcome !== undefined, told: log.join() }
  }
}

interface Ask {
  readonly exchange: Exchange
  readonly refused: boolean
  readonly told: string
}

function end({ exchange }: Ask): void {
  for (const hold of exchange.holds ?? []) hold.release()
}

test('as many requests at a time as allowed, and their places come back', () => {
  const ask = limitConn(zones({ a: 0 }), { a: 2 })
  const first = ask('a=1')
  assert.deepEqual([first.refused, ask('a=1').refused, ask('a=1').refused], [false, false, true])
  assert.equal(ask('a=1').told, 'limiting connections by zone "a"')
  assert.equal(ask('a=2').refused, false)
  end(first)
  assert.deepEqual([ask('a=1').refused, ask('a=1').refused], [false, true])
})

test('who is refused by a second limit gives back the place in the first', () => {
  const find = zones({ a: 0, b: 0 })
  const ask = limitConn(find, { a: 1, b: 1 })
  ask('b=1')
  assert.equal(ask('a=1&b=1').refused, true)
  assert.equal(ask('a=1').refused, false)
})

test('a full zone refuses, and a zone without requests is empty', () => {
  const find = zones({ a: 0 }, 512)
  const ask = limitConn(find, { a: 1 })
  const { table } = find('limit_conn', 'a')!
  const all = Array.from({ length: table.capacity }, (_, i) => ask(`a=${i}`))
  assert.deepEqual([table.size, ask('a=more').refused], [table.capacity, true])
  for (const one of all) end(one)
  assert.equal(table.size, 0)
})
