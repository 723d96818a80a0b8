/** A worker of threads.test: leases and ends as fast as it can, and tells how often it got whom. */
import { parentPort, workerData } from 'node:worker_threads'
import { isFailure } from '../exchange/failure.ts'
import type { UpstreamModel } from '../model/model.ts'
import type { UpstreamPlan } from '../model/plan.ts'
import { ClockCell } from '../shared/clock.ts'
import { Rows } from '../shared/rows.ts'
import { createUpstream } from './peer-group.ts'
import type { Lease } from './upstream.ts'
import { leased, nobody } from './upstream.fixture.ts'

export interface PickingTask {
  readonly rows: SharedArrayBuffer
  readonly clock: SharedArrayBuffer
  readonly column: number
  readonly model: UpstreamModel
  readonly plan: UpstreamPlan
  readonly picks: number
  readonly threads: number
  /** How many threads have come; all begin when the last one has. */
  readonly gate: SharedArrayBuffer
}

const port = parentPort!
const task = workerData as PickingTask
const rows = new Rows(task.rows, task.column)
const upstream = createUpstream(task.model, task.plan, rows, new ClockCell(task.clock), Math.random)
const counts = task.plan.peers.map(() => 0)
let above = 0
awaitOthers(new Int32Array(task.gate), task.threads)
for (let pick = 0; pick < task.picks; pick++) {
  // Where there is a queue it may have to wait.
  const lease = task.model.queue === undefined ? leased(upstream) : await queued()
  if (lease === null) continue
  counts[lease.peer.index]!++
  const limit = lease.peer.server.maxConns
  if (limit > 0 && rows.inflight(task.plan.peers[lease.peer.index]!.row) > limit) above++
  lease.end('served')
}
port.postMessage({ counts, above })

async function queued(): Promise<Lease | null> {
  const lease = await upstream.lease(upstream.select(nobody))
  return isFailure(lease) ? null : lease
}

/** Threads start one after the other: without this they would never meet. */
function awaitOthers(gate: Int32Array, threads: number): void {
  let come = Atomics.add(gate, 0, 1) + 1
  if (come === threads) Atomics.notify(gate, 0)
  while (come < threads) {
    Atomics.wait(gate, 0, come)
    come = Atomics.load(gate, 0)
  }
}
