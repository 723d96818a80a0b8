/** Waiting for a place while all are full. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { type Failure, isFailure } from '../exchange/failure.ts'
import { DownReason } from '../shared/rows.ts'
import type { PickingTask } from './picking.worker.ts'
import type { Lease, Upstream } from './upstream.ts'
import { leased, letterOf, modelOf, nobody, type ServerGiven, Setting } from './upstream.fixture.ts'

const queue = { size: 2, timeoutMs: 5000 }

function waits(upstream: Upstream, selection = upstream.select(nobody)): Promise<Lease | Failure> {
  const lease = upstream.lease(selection)
  assert.ok(lease instanceof Promise, 'it does not wait')
  return lease
}

function refused(upstream: Upstream): string {
  const lease = upstream.lease(upstream.select(nobody))
  return lease instanceof Promise ? 'waits' : isFailure(lease) ? lease.code : letterOf(lease)
}

function leaseOf(found: Lease | Failure): Lease {
  assert.ok(!isFailure(found), 'code' in found ? found.code : '')
  return found
}

it('hands places to who waits, first come first served', async () => {
  const setting = new Setting()
  const upstream = setting.upstream([{ maxConns: 1 }], {}, 0, { queue })
  const held = leased(upstream)!
  const order: number[] = []
  const selections = [1, 2].map(() => upstream.select(nobody))
  const waiting = selections.map(async (selection, index) => {
    const lease = leaseOf(await waits(upstream, selection))
    order.push(index)
    lease.end('served')
  })
  setting.elapse(250)
  held.end('served')
  await Promise.all(waiting)
  assert.deepEqual(order, [0, 1])
  assert.equal(selections[0]!.queuedMs, 250)
  assert.equal(setting.main.inflight(0), 0)
  const free = upstream.select(nobody)
  leased(upstream, free)
  assert.equal(free.queuedMs, -1)
})

it('refuses at once who finds the queue full, and after its time who has waited', async () => {
  const setting = new Setting()
  const upstream = setting.upstream([{ maxConns: 1 }], {}, 0, { queue })
  leased(upstream)
  const first = waits(upstream)
  setting.elapse(2000)
  const second = waits(upstream)
  assert.equal(refused(upstream), 'queue_full')
  setting.elapse(3500)
  const found = await first
  assert.ok(isFailure(found))
  assert.equal(found.code, 'queue_timeout')
  const third = waits(upstream)
  setting.elapse(6000)
  for (const one of [await second, await third]) assert.ok(isFailure(one) && one.code === 'queue_timeout')
})

it('does not wait when nobody is full: who is down will not be back by waiting', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{ maxConns: 1 }, { maxConns: 1 }], {}, 0, { queue })
  for (const row of [0, 1]) setting.main.setDown(row, DownReason.probe, true)
  assert.equal(refused(upstream), 'no_live_peers')
  setting.main.setDown(1, DownReason.probe, false)
  assert.equal(refused(upstream), 'b')
  assert.equal(refused(upstream), 'waits')
})

it('gives up on who waits when nobody is left to become free', async () => {
  const setting = new Setting()
  const upstream = setting.upstream([{ maxConns: 1 }, { down: true }], {}, 0, { queue })
  const held = leased(upstream)!
  const waiting = waits(upstream)
  held.end('failed')
  const found = await waiting
  assert.ok(isFailure(found) && found.code === 'no_live_peers')
})

it('lets nobody overtake', async () => {
  const upstream = new Setting().upstream([{ maxConns: 1 }, { maxConns: 1 }], {}, 0, { queue })
  const held = [leased(upstream)!, leased(upstream)!]
  const first = waits(upstream)
  held[0]!.end('served')
  const second = waits(upstream)
  assert.equal(letterOf(leaseOf(await first)), 'a')
  held[1]!.end('served')
  assert.equal(letterOf(leaseOf(await second)), 'b')
})

it('waits only for who was not tried, and holds up nobody who can go elsewhere', async () => {
  const upstream = new Setting().upstream([{ maxConns: 1 }, { maxConns: 1 }], {}, 0, { queue })
  const selection = upstream.select(nobody)
  const tried = leased(upstream, selection)!
  assert.equal(letterOf(tried), 'a')
  const other = leased(upstream)!
  tried.end('abandoned')
  const again = waits(upstream, selection)
  // a is free, but not for the one that waits
  assert.equal(refused(upstream), 'a')
  other.end('served')
  assert.equal(letterOf(leaseOf(await again)), 'b')
})

it('spills over to lower tiers before it waits, and takes a place in any of them', async () => {
  const upstream = new Setting().upstream([{ maxConns: 1 }, { maxConns: 1, backup: true }], {}, 0, { queue })
  const [first, backup] = [leased(upstream)!, leased(upstream)!]
  assert.deepEqual([first, backup].map(letterOf), ['a', 'b'])
  const waiting = [waits(upstream), waits(upstream)]
  first.end('served')
  assert.equal(letterOf(leaseOf(await waiting[0]!)), 'a')
  backup.end('served')
  assert.equal(letterOf(leaseOf(await waiting[1]!)), 'b')
})

it('forgets who leaves', async () => {
  const setting = new Setting()
  const upstream = setting.upstream([{ maxConns: 1 }], {}, 0, { queue })
  const held = leased(upstream)!
  const gone = upstream.select(nobody)
  void waits(upstream, gone)
  const stays = waits(upstream)
  gone.leave()
  gone.leave()
  held.end('served')
  leaseOf(await stays)
  assert.equal(setting.main.inflight(0), 1)
})

it('without a queue answers at once', () => {
  const upstream = new Setting().upstream([{ maxConns: 1 }])
  leased(upstream)
  assert.equal(refused(upstream), 'no_live_peers')
})

it('is woken by a lease that ends in another worker', async () => {
  const setting = new Setting()
  const servers: ServerGiven[] = [{ maxConns: 1 }]
  const model = { ...modelOf(servers), queue }
  const upstream = setting.upstream(servers, {}, 0, { queue })
  const plan = setting.plan(model, servers)
  const gate = new SharedArrayBuffer(4)
  const workerData: PickingTask = {
    rows: setting.buffer,
    clock: setting.clockBuffer,
    column: 1,
    model,
    plan,
    picks: 300,
    threads: 2,
    gate,
  }
  const worker = new Worker(new URL('./picking.worker.ts', import.meta.url), { workerData })
  const ended = new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  // The other one takes and gives back the sole place as fast as it can; all that wait here get theirs.
  Atomics.add(new Int32Array(gate), 0, 1)
  Atomics.notify(new Int32Array(gate), 0)
  for (let at = 0; at < 100; at++) {
    const found = await upstream.lease(upstream.select(nobody))
    assert.equal(setting.main.inflight(0), 1)
    leaseOf(found).end('served')
  }
  await ended
  assert.equal(setting.main.inflight(0), 0)
})
