/** A worker of sharing.test: behaves as its task says, as fast as it can, and tells how often something was allowed. */
import { parentPort, workerData } from 'node:worker_threads'
import type { UpstreamModel } from '../model/model.ts'
import type { UpstreamPlan } from '../model/plan.ts'
import { ClockCell } from '../shared/clock.ts'
import { Rows } from '../shared/rows.ts'
import { createUpstream } from './peer-group.ts'
import { leased, nobody } from './upstream.fixture.ts'

export interface SharingTask {
  readonly rows: SharedArrayBuffer
  readonly clock: SharedArrayBuffer
  readonly column: number
  readonly model: UpstreamModel
  readonly plan: UpstreamPlan
  readonly times: number
  readonly does: 'fail' | 'retry' | 'hedge' | 'answer'
}

const { rows, clock, column, model, plan, times, does } = workerData as SharingTask
const upstream = createUpstream(model, plan, new Rows(rows, column), new ClockCell(clock), Math.random)
let allowed = 0
for (let time = 0; time < times; time++) {
  if (does === 'retry') {
    upstream.select(nobody)
    if (upstream.mayRetry!()) allowed++
    continue
  }
  const selection = upstream.select(nobody)
  const lease = leased(upstream, selection)
  if (lease === null) continue
  const second = does === 'hedge' ? upstream.hedging!.lease(selection) : null
  if (second !== null && second.peer.index !== lease.peer.index) allowed++
  if (does === 'answer') lease.responded!(1 + (time % 20), time % 2 === 0 ? 200 : 503)
  lease.end(does === 'fail' ? 'failed' : 'served', 20)
  second?.end('doubtful', 20)
}
parentPort!.postMessage(allowed)
