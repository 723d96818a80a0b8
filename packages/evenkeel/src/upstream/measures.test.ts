/** What leases tell of how long peers take, and what methods make of it over workers. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { PeerTimes } from '../shared/times.ts'
import type { Lease, LeaseOutcome, Upstream } from './upstream.ts'
import { leased, letterOf, many, served, Setting } from './upstream.fixture.ts'

function attempt(upstream: Upstream, headerMs: number, totalMs: number, outcome: LeaseOutcome = 'served'): string {
  const lease = leased(upstream)!
  if (headerMs >= 0) lease.responded!(headerMs, 200)
  lease.end(outcome, totalMs)
  return letterOf(lease)
}

const timed = (...written: string[]): { readonly name: string; readonly arguments: string[] } => ({
  name: 'least_time',
  arguments: written,
})

it('averages the head and the last byte of attempts that ended well, over workers', () => {
  const setting = new Setting()
  const times = new PeerTimes(setting.main)
  const workers = [0, 1].map(column => setting.upstream([{}, { down: true }], timed('header'), column))
  attempt(workers[0]!, 100, 1000)
  attempt(workers[1]!, 200, 2000)
  assert.deepEqual([times.average(0, 'header'), times.average(0, 'last_byte')], [105, 1050])
  attempt(workers[0]!, 5000, 9000, 'abandoned')
  attempt(workers[0]!, -1, 9000)
  assert.deepEqual([times.average(0, 'header'), times.average(0, 'last_byte')], [105, 1050])
  attempt(workers[0]!, 5000, 9000, 'failed')
  assert.deepEqual([times.average(0, 'header'), times.average(0, 'last_byte')], [105, 1050])
})

it('sends what comes to the quicker peer, until it has more to do', () => {
  const upstream = new Setting().upstream([{}, {}], timed('header'))
  assert.equal(attempt(upstream, 25, 30), 'a')
  assert.equal(attempt(upstream, 95, 99), 'b')
  // 40 × 1, 2, 3 against 100; then 120 against 200
  const leases = [1, 2, 3, 4].map(() => leased(upstream))
  assert.deepEqual(leases.map(letterOf), ['a', 'a', 'b', 'a'])
})

it('goes by last byte if told so', () => {
  const upstream = new Setting().upstream([{}, {}], timed('last_byte'))
  assert.equal(attempt(upstream, 10, 500), 'a')
  assert.equal(attempt(upstream, 300, 400), 'b')
  assert.equal(
    many(3, () => attempt(upstream, 10, 300)),
    'b b b',
  )
})

it('gives a slow peer another chance after windows in which nobody looked', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}, { failTimeoutSeconds: 1 }], timed('header'))
  attempt(upstream, 15, 20)
  attempt(upstream, 300, 310)
  assert.equal(attempt(upstream, 15, 20), 'a')
  setting.elapse(4000)
  // 300 ms, halved twice: 75
  assert.equal(attempt(upstream, 15, 20), 'a')
  setting.elapse(6000)
  // five times: 9
  assert.ok(many(2, () => attempt(upstream, 15, 20)).includes('b'))
})

it('with inflight leaves a peer alone whose requests wait longer than ever', () => {
  const setting = new Setting()
  const hung = setting.upstream([{}, {}], timed('header', 'inflight'), 1)
  const upstream = setting.upstream([{}, {}], timed('header', 'inflight'), 0)
  assert.equal(attempt(upstream, 10, 20), 'a')
  assert.equal(attempt(upstream, 10, 20), 'b')
  const stuck = leased(hung)!
  assert.equal(letterOf(stuck), 'a')
  setting.elapse(3000)
  const leases: (Lease | null)[] = []
  for (let at = 0; at < 12; at++) leases.push(leased(upstream))
  assert.equal(leases.map(letterOf).join(''), 'b'.repeat(12))
  // It answered: nobody waits there any more, though the average has it now.
  stuck.responded!(3000, 200)
  stuck.end('failed', 3000)
  assert.equal(new PeerTimes(setting.main).waiting(0, setting.nowMs), -1)
  assert.equal(new PeerTimes(setting.main).average(0, 'header'), 160)
  for (const lease of leases) lease?.end('abandoned')
  assert.equal(new PeerTimes(setting.main).waiting(1, setting.nowMs), -1)
})

it('ewma runs from a peer after one slow answer', () => {
  const setting = new Setting()
  const draws = [0.1, 0.9]
  let at = 0
  const upstream = setting.upstream([{}, {}], { name: 'ewma' }, 0, {}, () => draws[at++ % 2]!)
  for (let turn = 0; turn < 4; turn++) attempt(upstream, 10, 11)
  setting.elapse(1)
  const slow = attempt(upstream, 900, 950)
  for (let turn = 0; turn < 20; turn++) assert.notEqual(attempt(upstream, 10, 11), slow)
  setting.elapse(60_000)
  const both = many(6, () => attempt(upstream, 10, 11))
  assert.ok(both.includes('a') && both.includes('b'), both)
})

it('random two by time asks for times', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}, { down: true }], { name: 'random', arguments: ['two', 'least_time=header'] })
  attempt(upstream, 70, 80)
  assert.equal(new PeerTimes(setting.main).average(0, 'header'), 70)
})

it('measures nothing for methods that do not ask', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}])
  attempt(upstream, 70, 80)
  assert.equal(new PeerTimes(setting.main).average(0, 'header'), 0)
  assert.equal(served(upstream), 'a')
})
