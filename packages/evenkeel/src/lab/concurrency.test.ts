/** Adaptive concurrency against too much load, with the real upstream before modelled servers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConcurrencyModel } from '../model/passive.ts'
import { madeUpLoad } from './simulate/load.ts'
import { runScene } from './simulate/queueing.ts'
import { percentile } from './simulate/results.ts'
import { simulatedUpstream } from './simulation.ts'

const adaptive: ConcurrencyModel = {
  minimum: 3,
  maximum: 1000,
  updateMs: 100,
  fastestSeconds: 10,
  bufferPercent: 25,
}
const seconds = 60

/** Two servers that do 800 requests a second each; `load` 1 is all they can. */
function served(load: number, concurrency?: ConcurrencyModel) {
  const upstream = simulatedUpstream({ name: 'least_conn', arguments: [] }, [{}, {}])
  const { atMs, tookMs } = runScene({
    upstream: concurrency === undefined ? upstream : { ...upstream, concurrency },
    servers: [0, 1].map(() => ({ speed: 1, slots: 8 })),
    faults: [],
    load: madeUpLoad({ rate: 1600 * load, durationMs: seconds * 1000, workMs: 10, sessions: 100, seed: 1 }),
    seed: 1,
  })
  // The second half: what has settled by then stays.
  const late = tookMs.filter((_, index) => atMs[index]! > seconds * 500)
  const times = late.filter(ms => ms >= 0).toSorted()
  return { rate: times.length / (seconds / 2), p99: percentile(times, 0.99), refused: 1 - times.length / late.length }
}

for (const load of [1.5, 3]) {
  test(`at ${load} times what servers can do, those that are let in are served as on a quiet day`, () => {
    const { rate, p99, refused } = served(load, adaptive)
    assert.ok(rate > 1500, `${rate} a second`)
    assert.ok(p99 < 80, `p99 ${p99} ms`)
    assert.ok(Math.abs(refused - (1 - 1 / load)) < 0.05)
  })
}

test('without it they wait ever longer', () => {
  assert.ok(served(1.5).p99 > 10_000)
})

test('with room to spare nobody is refused, and close to the edge few are', () => {
  assert.equal(served(0.5, adaptive).refused, 0)
  assert.ok(served(0.9, adaptive).refused < 0.05)
})
