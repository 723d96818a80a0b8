import assert from 'node:assert/strict'
import { it } from 'node:test'
import { latencyBoundsMs, latencyBucket, LATENCY_BUCKETS } from './latency.ts'
import { createPeerPage, PeerCounters, peerPageOf } from './peer-counters.ts'
import { createZoneCounters, ZoneCounters } from './zone-counters.ts'

const attempt = { status: 200, startedMs: 1000, headerMs: 20, responseMs: 30, bytesSent: 10, bytesReceived: 100 }

it('puts a time into the first bucket whose bound it does not pass', () => {
  assert.equal(LATENCY_BUCKETS, latencyBoundsMs.length + 1)
  for (const [bucket, bound] of latencyBoundsMs.entries()) {
    assert.equal(latencyBucket(bound), bucket)
    assert.equal(latencyBucket(bound + 0.1), bucket + 1)
  }
})

it('sums what workers have counted of a peer, and weighs their averages', () => {
  const pages = new Map([[peerPageOf(40), createPeerPage(3)]])
  const workers = [0, 1, 2].map(column => {
    const counters = new PeerCounters(column)
    counters.learn(pages)
    return counters
  })
  for (let time = 0; time < 3; time++) workers[0]!.count(40, attempt, false)
  workers[2]!.count(40, { ...attempt, status: 404, headerMs: 60, startedMs: 5000 }, true)
  // One that failed has no times, and no status of its own.
  workers[1]!.count(40, { ...attempt, status: 502, headerMs: -1, responseMs: 7 }, false)
  workers[1]!.count(41, attempt, false)
  const sums = workers[1]!.sums(40)
  assert.deepEqual(sums.classes, [0, 3, 0, 1, 0])
  assert.deepEqual([sums.sent, sums.received, sums.unavailable, sums.selectedMs], [50, 500, 1, 5000])
  assert.deepEqual([sums.headerMs, sums.headerSumMs, sums.responseSumMs], [30, 120, 120])
  assert.equal(sums.headerBuckets[2], 3)
  workers[0]!.clear(40)
  assert.equal(workers[0]!.sums(40).received, 0)
  assert.equal(workers[0]!.sums(41).received, 100)
})

it('follows the latest times with its average', () => {
  const counters = new PeerCounters(0)
  counters.learn(new Map([[0, createPeerPage(1)]]))
  counters.count(0, { ...attempt, headerMs: 0 }, false)
  for (let time = 0; time < 200; time++) counters.count(0, { ...attempt, headerMs: 1000 }, false)
  assert.ok(counters.sums(0).headerMs > 950)
})

it('keeps nothing of a peer without a row', () => {
  new PeerCounters(0).count(-1, attempt, false)
})

it('counts answers by status, and what ended without one apart', () => {
  const buffer = createZoneCounters(2)
  const [one, two] = [new ZoneCounters(buffer, 0), new ZoneCounters(buffer, 1)]
  one.begin()
  two.begin()
  two.begin()
  two.end()
  one.count(200, 10, 100, 3)
  two.count(599, 10, 100, 20_000)
  two.count(499, 10, 0, 3)
  two.count(0, 10, 0, 3)
  const sums = one.sums()
  assert.deepEqual([sums.processing, sums.discarded, sums.received, sums.sent], [2, 2, 40, 200])
  assert.deepEqual(sums.classes, [0, 1, 0, 0, 1])
  assert.deepEqual([...sums.statuses], [[200, 1], [599, 1]]) // oxfmt-ignore
  assert.equal(sums.buckets.at(-1), 1)
  one.clearColumn(1)
  assert.equal(one.sums().processing, 1)
})
