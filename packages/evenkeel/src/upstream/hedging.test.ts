/** When a second peer is asked beside the first, and which. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UpstreamModel } from '../model/model.ts'
import { leased, letterOf, nobody, type ServerGiven, Setting } from './upstream.fixture.ts'
import type { Upstream } from './upstream.ts'

const hedged: Partial<UpstreamModel> = {
  hedge: { percentile: 95, minimumMs: 10 },
  retryBudget: { percent: 0, minimum: 2 },
}

function upstreamOf(servers: readonly ServerGiven[], column = 0, setting = new Setting()): Upstream {
  return setting.upstream(servers, {}, column, hedged)
}

function answer(upstream: Upstream, headerMs: number): void {
  const lease = leased(upstream)
  lease?.responded?.(headerMs, 200)
  lease?.end('served', headerMs)
}

test('the delay is what most answers keep below, never less than the least, and all workers find it together', () => {
  const setting = new Setting()
  const [one, two] = [upstreamOf([{}, {}], 0, setting), upstreamOf([{}, {}], 1, setting)]
  for (let time = 0; time < 10; time++) answer(one, 2)
  assert.equal(two.hedging!.delayMs, 0)
  for (let time = 0; time < 10; time++) answer(two, 2)
  assert.equal(one.hedging!.delayMs, 10)
  for (let time = 0; time < 400; time++) answer(time % 2 === 0 ? one : two, 100)
  assert.ok(one.hedging!.delayMs > 80 && one.hedging!.delayMs < 120, String(one.hedging!.delayMs))
  assert.equal(one.hedging!.delayMs, two.hedging!.delayMs)
})

test('the second place is at another peer, and a third one is for neither', () => {
  const upstream = upstreamOf([{}, {}, {}])
  const selection = upstream.select(nobody)
  const first = leased(upstream, selection)
  const second = upstream.hedging!.lease(selection)
  assert.notEqual(letterOf(second), letterOf(first))
  first?.end('failed')
  second?.end('failed')
  const third = leased(upstream, selection)
  assert.equal(new Set([first, second, third].map(letterOf)).size, 3)
  third?.end('served')
})

test('with nobody else in its tier there is no second place, nothing is spent, and a retry may still go on to backups', () => {
  const upstream = upstreamOf([{}, { down: true }, { backup: true }])
  const selection = upstream.select(nobody)
  const first = leased(upstream, selection)
  for (let time = 0; time < 5; time++) assert.equal(upstream.hedging!.lease(selection), null)
  first?.end('failed')
  assert.equal(upstream.mayRetry!(), true)
  const next = leased(upstream, selection)
  assert.equal(letterOf(next), 'c')
  next?.end('served')
})

test('hedges are taken from the budget of retries', () => {
  const upstream = upstreamOf([{}, {}])
  const lease = (): boolean => {
    const selection = upstream.select(nobody)
    const first = leased(upstream, selection)
    const second = upstream.hedging!.lease(selection)
    for (const one of [first, second]) one?.end('served')
    return second !== null
  }
  assert.deepEqual([lease(), lease(), lease()], [true, true, false])
  assert.equal(upstream.mayRetry!(), false)
})

test('an upstream of one server hedges nothing', () => {
  assert.equal(upstreamOf([{}]).hedging, null)
})
