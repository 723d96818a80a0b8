/** Outlier detection, circuits, panic, budgets: what an upstream makes of how its peers behave. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CircuitModel, OutlierModel } from '../model/passive.ts'
import { leased, letterOf, many, Setting } from './upstream.fixture.ts'
import type { Upstream } from './upstream.ts'

const outlier: OutlierModel = {
  consecutive: 3,
  successRate: 0,
  latency: 0,
  intervalSeconds: 10,
  baseEjectionSeconds: 30,
  maxEjectionSeconds: 300,
  maxEjectionPercent: 50,
  minimumPeers: 3,
  minimumRequests: 5,
}
const circuit: CircuitModel = { failurePercent: 50, minimumRequests: 4, windowSeconds: 10, openSeconds: 5, probes: 2 }

/** So many requests; who is named answers 500, or is slow. */
function serve(upstream: Upstream, count: number, bad = '', slow = ''): string {
  return many(count, () => {
    const lease = leased(upstream)
    const letter = letterOf(lease)
    lease?.responded?.(slow.includes(letter) ? 500 : 10, bad.includes(letter) ? 500 : 200)
    lease?.end('served', 20)
    return letter
  })
}

const has = (answers: string, letter: string): boolean => answers.includes(letter)

test('errors in a row eject a peer, longer each time, and it comes back by itself', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}, {}, {}], {}, 0, { outlier })
  serve(upstream, 9, 'b')
  assert.equal(has(serve(upstream, 9), 'b'), false)
  setting.elapse(29_000)
  assert.equal(has(serve(upstream, 9), 'b'), false)
  setting.elapse(1_000)
  assert.equal(has(serve(upstream, 9, 'b'), 'b'), true)
  setting.elapse(50_000)
  assert.equal(has(serve(upstream, 9), 'b'), false)
  setting.elapse(10_000)
  assert.equal(has(serve(upstream, 9), 'b'), true)
})

test('an answer that is well in between begins the count anew', () => {
  const upstream = new Setting().upstream([{}, {}], {}, 0, { outlier })
  for (let time = 0; time < 4; time++) {
    serve(upstream, 4, 'b')
    serve(upstream, 2)
  }
  assert.equal(has(serve(upstream, 4), 'b'), true)
})

test('failed attempts count as errors do, and no more than the percentage is ejected', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{ maxFails: 0 }, { maxFails: 0 }, { maxFails: 0 }], {}, 0, { outlier })
  for (let time = 0; time < 30; time++) {
    const lease = leased(upstream)
    lease?.end('failed')
  }
  const answers = serve(upstream, 9)
  assert.equal(new Set(answers.split(' ')).size, 2)
})

test('all workers count together', () => {
  const setting = new Setting()
  const workers = [0, 1, 2].map(column => setting.upstream([{}, {}], {}, column, { outlier }))
  for (const worker of workers) serve(worker, 2, 'b')
  for (const worker of workers) assert.equal(serve(worker, 3), 'a a a')
})

test('at the end of an interval the one whose success rate stands out is ejected', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}, {}, {}, {}, {}], {}, 0, {
    outlier: { ...outlier, consecutive: 0, successRate: 1.5 },
  })
  serve(upstream, 50, 'd')
  setting.elapse(11_000)
  serve(upstream, 1)
  assert.equal(has(serve(upstream, 20), 'd'), false)
})

test('a group that is equally ill has no outlier', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}, {}, {}, {}, {}], {}, 0, {
    outlier: { ...outlier, consecutive: 0, successRate: 1.5, latency: 3 },
  })
  serve(upstream, 50, 'abcde', 'abcde')
  setting.elapse(11_000)
  serve(upstream, 1, 'abcde')
  assert.equal(new Set(serve(upstream, 20).split(' ')).size, 5)
})

test('one that is much slower than the middle of the others is ejected', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}, {}, {}], {}, 0, { outlier: { ...outlier, latency: 3 } })
  serve(upstream, 30, '', 'c')
  setting.elapse(11_000)
  serve(upstream, 1)
  assert.equal(has(serve(upstream, 12), 'c'), false)
})

test('a circuit opens by its share of failures, lets probes through one after the other, and closes by them', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}, {}], {}, 0, { circuit: { ...circuit, probes: 1 } })
  serve(upstream, 8, 'b')
  assert.equal(serve(upstream, 4), 'a a a a')
  setting.elapse(5_000)
  const probe = [leased(upstream), leased(upstream), leased(upstream)]
  assert.equal(probe.map(letterOf).join('').replaceAll('a', ''), 'b')
  for (const lease of probe) {
    lease?.responded?.(1, letterOf(lease) === 'b' ? 503 : 200)
    lease?.end('served')
  }
  assert.equal(serve(upstream, 4), 'a a a a')
  setting.elapse(5_000)
  assert.equal(has(serve(upstream, 2), 'b'), true)
  assert.match(serve(upstream, 6), /b.*b/)
})

test('a circuit needs as many good probes as it was told', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}, {}], {}, 0, { circuit })
  serve(upstream, 8, 'b')
  setting.elapse(5_000)
  serve(upstream, 2)
  // One of two was well; the next is not.
  serve(upstream, 3, 'b')
  assert.equal(serve(upstream, 4), 'a a a a')
})

test('a probe whose client left gives its place back', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}, {}], {}, 0, { circuit: { ...circuit, probes: 1 } })
  serve(upstream, 8, 'b')
  setting.elapse(5_000)
  for (const lease of [leased(upstream), leased(upstream)]) lease?.end('abandoned')
  assert.equal(has(serve(upstream, 3), 'b'), true)
})

test('below the panic threshold everybody is taken as fit, but for those that are told to be out', () => {
  const setting = new Setting()
  const more = { panicThreshold: 50 }
  const upstream = setting.upstream([{}, {}, {}, { down: true }, { maxFails: 1 }], {}, 0, more)
  const fail = (letter: string): void => {
    for (let tries = 0; tries < 20; tries++) {
      const lease = leased(upstream)
      const found = letterOf(lease) === letter
      lease?.end(found ? 'failed' : 'served')
      if (found) return
    }
  }
  fail('a')
  assert.equal(has(serve(upstream, 9), 'a'), false)
  fail('b')
  const all = serve(upstream, 12)
  assert.deepEqual(
    [...'abcde'].map(letter => has(all, letter)),
    [true, true, true, false, true],
  )
})

test('retries are a share of requests, and some are free each second', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{}, {}], {}, 0, { retryBudget: { percent: 20, minimum: 2 } })
  const allowed = (count: number): number => {
    return Array.from({ length: count }, () => upstream.mayRetry!()).filter(Boolean).length
  }
  serve(upstream, 1)
  assert.equal(allowed(5), 2)
  serve(upstream, 20)
  assert.equal(allowed(10), 4)
  setting.elapse(1000)
  serve(upstream, 1)
  assert.equal(allowed(5), 2)
})
