/** Exactness over worker threads that choose at the same time. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { PickingTask } from './picking.worker.ts'
import { modelOf, type ServerGiven, Setting } from './upstream.fixture.ts'

interface Result {
  readonly counts: number[]
  readonly above: number
}

async function pickedBy(threads: number, picks: number, servers: readonly ServerGiven[]): Promise<Result> {
  const setting = new Setting()
  const model = modelOf(servers)
  const plan = setting.plan(model, servers)
  const gate = new SharedArrayBuffer(4)
  const results = await Promise.all(
    Array.from({ length: threads }, (_, column) => {
      const workerData: PickingTask = {
        rows: setting.buffer,
        clock: setting.clockBuffer,
        column,
        model,
        plan,
        picks,
        threads,
        gate,
      }
      const worker = new Worker(new URL('./picking.worker.ts', import.meta.url), { workerData })
      return new Promise<Result>((resolve, reject) => worker.once('message', resolve).once('error', reject))
    }),
  )
  assert.deepEqual(
    plan.peers.map(({ row }) => setting.main.inflight(row)),
    servers.map(() => 0),
  )
  const counts = servers.map((_, index) => results.reduce((sum, result) => sum + result.counts[index]!, 0))
  assert.deepEqual(
    plan.peers.map(({ row }) => setting.main.requests(row)),
    counts,
  )
  return { counts, above: results.reduce((sum, result) => sum + result.above, 0) }
}

for (const threads of [2, 8]) {
  it(`gives everybody exactly their share over ${threads} threads, without a lock`, async () => {
    const { counts } = await pickedBy(threads, 70_000, [{ weight: 5 }, {}, {}])
    assert.deepEqual(counts, [50_000 * threads, 10_000 * threads, 10_000 * threads])
  })

  it(`gives everybody exactly their share over ${threads} threads, under the lock`, async () => {
    // A limit that is never reached makes every choice look.
    const { counts } = await pickedBy(threads, 18_000, [{ weight: 3, maxConns: 1000 }, { weight: 2 }, {}])
    assert.deepEqual(counts, [9000 * threads, 6000 * threads, 3000 * threads])
  })

  it(`never has more in flight than max_conns over ${threads} threads`, async () => {
    const { counts, above } = await pickedBy(threads, 20_000, [{ maxConns: 1 }])
    assert.equal(above, 0)
    assert.ok(counts[0]! > 0)
  })
}
