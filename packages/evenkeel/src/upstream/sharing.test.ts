/** What four threads count together: nothing is lost, nothing is allowed twice, and nothing is left held. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { UpstreamModel } from '../model/model.ts'
import type { SharingTask } from './sharing.worker.ts'
import { modelOf, Setting, type ServerGiven } from './upstream.fixture.ts'

const THREADS = 4

async function shared(
  does: SharingTask['does'],
  times: number,
  servers: readonly ServerGiven[],
  more: Partial<UpstreamModel> = {},
) {
  const setting = new Setting()
  const model = { ...modelOf(servers), ...more }
  const plan = setting.plan(model, servers)
  const allowed = await Promise.all(
    Array.from({ length: THREADS }, (_, column) => {
      const { buffer: rows, clockBuffer: clock } = setting
      const workerData: SharingTask = { rows, clock, column, model, plan, times, does }
      const worker = new Worker(new URL('./sharing.worker.ts', import.meta.url), { workerData })
      return new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject))
    }),
  )
  const rows = plan.peers.map(({ row }) => row)
  for (const row of rows) assert.equal(setting.main.inflight(row), 0)
  return { setting, model, rows, allowed: allowed.reduce((sum, one) => sum + one, 0) }
}

test('every failure is counted', async () => {
  const { setting, rows } = await shared('fail', 5000, [{ maxFails: 1e9 }, { maxFails: 1e9 }])
  const fails = rows.map(row => setting.main.fails(row))
  assert.equal(fails[0]! + fails[1]!, THREADS * 5000)
})

test('a budget of retries is spent once', async () => {
  const { allowed } = await shared('retry', 5000, [{}, {}], { retryBudget: { percent: 0, minimum: 777 } })
  assert.equal(allowed, 777)
})

test('second places come out of the same budget, and are given back', async () => {
  const { allowed } = await shared('hedge', 3000, [{}, {}, {}], {
    hedge: { percentile: 95, minimumMs: 10 },
    retryBudget: { percent: 0, minimum: 500 },
  })
  assert.equal(allowed, 500)
})

test('what is learned of answers is a number that makes sense, whoever writes it', async () => {
  const { setting, model } = await shared('answer', 4000, [{}, {}, {}], {
    hedge: { percentile: 95, minimumMs: 1 },
    concurrency: { minimum: 2, maximum: 50, updateMs: 1, fastestSeconds: 60, bufferPercent: 25 },
    outlier: {
      consecutive: 3,
      successRate: 1.9,
      latency: 3,
      intervalSeconds: 10,
      baseEjectionSeconds: 30,
      maxEjectionSeconds: 300,
      maxEjectionPercent: 34,
      minimumPeers: 3,
      minimumRequests: 10,
    },
  })
  const after = setting.upstream([{}, {}, {}], {}, 0, model)
  const { delayMs } = after.hedging!
  assert.ok(delayMs >= 1 && delayMs <= 25, String(delayMs))
})
