import assert from 'node:assert/strict'
import { test } from 'node:test'
import { madeUpLoad, type Load } from './load.ts'
import { runScene, type Outcome, type Scene } from './queueing.ts'
import { simulatedUpstream } from '../simulation.ts'

/** A request every so many ms, each of the same length, of so many clients in turn. */
function steady(everyMs: number, workMs: number, count: number, sessions = 1): Load {
  return {
    count,
    durationMs: everyMs * count,
    sessions,
    sessionName: session => `s${session}`,
    begin() {
      let at = 0
      return into => {
        if (at === count) return false
        Object.assign(into, { atMs: at * everyMs, workMs, session: at % sessions })
        at++
        return true
      }
    },
  }
}

function run(method: string, servers: number, load: Load, more: Partial<Scene> = {}): Outcome {
  const [name = '', ...rest] = method.split(' ')
  return runScene({
    upstream: simulatedUpstream(
      { name, arguments: rest },
      Array.from({ length: servers }, () => ({})),
    ),
    servers: Array.from({ length: servers }, () => ({ speed: 1, slots: 1 })),
    faults: [],
    load,
    seed: 1,
    ...more,
  })
}

test('a server does one after the other, and as many at once as it has slots', () => {
  const burst = steady(0, 10, 4)
  assert.deepEqual([...run('round_robin', 1, burst).tookMs], [10, 20, 30, 40])
  assert.deepEqual([...run('round_robin', 1, burst, { servers: [{ speed: 0.5, slots: 2 }] }).tookMs], [20, 20, 40, 40])
  const { servers } = run('round_robin', 1, burst)
  assert.equal(servers[0]?.most, 4)
})

test('a request that takes no time is no failure', () => {
  const { retries, tookMs } = run('round_robin', 2, steady(1, 0, 5))
  assert.deepEqual([retries, ...tookMs], [0, 0, 0, 0, 0, 0])
})

test('a server that refuses costs a try, is left alone for fail_timeout, and comes back', () => {
  const faults = [{ server: 0, fromMs: 1000, toMs: 5000, timeoutMs: 0 }]
  const { retries, errors, servers, atMs, tookMs } = run('round_robin', 2, steady(100, 1, 300), { faults })
  assert.deepEqual([retries, errors], [1, 0])
  assert.equal(servers[0]?.failed, 1)
  // For ten seconds all go to the other one.
  assert.ok(servers[0].requests > 90 && servers[0].requests < 110, String(servers[0].requests))
  assert.ok(
    tookMs.every(ms => ms === 1),
    `${atMs.length}`,
  )
})

test('what a server was at work on when it fails is tried elsewhere; where nobody is left it is an error', () => {
  const faults = [{ server: 0, fromMs: 50, toMs: 1000, timeoutMs: 0 }]
  const two = run('round_robin', 2, steady(0, 100, 1), { faults })
  assert.deepEqual([...two.tookMs], [150])
  assert.deepEqual([two.retries, two.errors], [1, 0])
  const one = run('round_robin', 1, steady(0, 100, 1), { faults })
  assert.deepEqual([...one.tookMs], [-1])
  assert.deepEqual([one.retries, one.errors], [0, 1])
})

test('a server that does not answer is waited for', () => {
  const faults = [{ server: 0, fromMs: 0, toMs: 1000, timeoutMs: 200 }]
  assert.deepEqual([...run('round_robin', 2, steady(0, 10, 1), { faults }).tookMs], [210])
})

test('clients move when their server fails, and those bound to it by a cookie do as well', () => {
  const load = steady(10, 1, 2000, 20)
  const faults = [{ server: 0, fromMs: 5000, toMs: 20_000, timeoutMs: 0 }]
  assert.equal(run('hash consistent', 3, load).moved, 0)
  const hashed = run('hash consistent', 3, load, { faults }).moved
  assert.ok(hashed > 0 && hashed <= 40, String(hashed))
  const upstream = {
    ...simulatedUpstream({ name: 'round_robin', arguments: [] }, [{}, {}, {}]),
    sticky: { kind: 'route', lookup: [] } as const,
  }
  assert.equal(run('round_robin', 3, load, { upstream }).moved, 0)
  assert.ok(run('round_robin', 3, load, { upstream, faults }).moved > 0)
  assert.ok(run('round_robin', 3, load).moved > 1000)
})

test('every way of balancing gets the same load, whatever chance it uses itself', () => {
  const load = madeUpLoad({ rate: 100, durationMs: 5000, workMs: 10, sessions: 9, seed: 3 })
  assert.deepEqual(run('random two', 3, load).atMs, run('ewma', 3, load).atMs)
})
