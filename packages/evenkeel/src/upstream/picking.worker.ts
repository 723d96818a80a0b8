/** A worker of threads.test: leases and ends as fast as it can, and tells how often it got whom. */
import { parentPort, workerData } from 'node:worker_threads'
import type { UpstreamModel } from '../model/model.ts'
import type { UpstreamPlan } from '../model/plan.ts'
import { ClockCell } from '../shared/clock.ts'
import { Rows } from '../shared/rows.ts'
import { createUpstream } from './peer-group.ts'
import { leased } from './upstream.fixture.ts'

export interface PickingTask {
  readonly rows: SharedArrayBuffer
  readonly clock: SharedArrayBuffer
  readonly column: number
  readonly model: UpstreamModel
  readonly plan: UpstreamPlan
  readonly picks: number
}

const task = workerData as PickingTask
const rows = new Rows(task.rows, task.column)
const upstream = createUpstream(task.model, task.plan, rows, new ClockCell(task.clock), Math.random)
const counts = task.plan.peers.map(() => 0)
let above = 0
for (let pick = 0; pick < task.picks; pick++) {
  const lease = leased(upstream)
  if (lease === null) continue
  counts[lease.peer.index]!++
  const limit = lease.peer.server.maxConns
  if (limit > 0 && rows.inflight(task.plan.peers[lease.peer.index]!.row) > limit) above++
  lease.end('served')
}
parentPort!.postMessage({ counts, above })
