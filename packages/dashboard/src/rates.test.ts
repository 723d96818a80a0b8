import assert from 'node:assert/strict'
import { test } from 'node:test'
import { peerTraffic, quantile, upstreamTraffic, wholeTraffic } from './rates.ts'
import { peer, snapshot, upstream } from './snapshot.fixture.ts'

const boundsMs = [10, 100, 1000]

test('rates are what was counted between two snapshots', () => {
  const before = peer({ requests: 10, classes: [0, 9, 0, 1, 0] })
  const now = peer({ requests: 30, classes: [0, 25, 0, 1, 4], responseMs: 7 })
  const { perSecond, classes, averageMs } = peerTraffic(now, before, 2)
  assert.deepEqual([perSecond, classes, averageMs], [10, [0, 8, 0, 0, 2], 7])
})

test('the first snapshot, and a server that was not there before, tell of no rate', () => {
  assert.equal(peerTraffic(peer({ requests: 5 }), undefined, 0).perSecond, 0)
  const both = upstream([peer({ requests: 50 }), peer({ id: 1, server: '10.0.0.2:80', requests: 9 })])
  assert.equal(upstreamTraffic(both, upstream([peer({ requests: 40 })]), 1).perSecond, 10)
})

test('a counter that has fallen began anew', () => {
  assert.equal(peerTraffic(peer({ requests: 4 }), peer({ requests: 1000 }), 2).perSecond, 2)
})

test('an average of servers is by how much each was asked', () => {
  const at = (requests: number): readonly ReturnType<typeof peer>[] => [
    peer({ requests: requests * 3, responseMs: 10 }),
    peer({ id: 1, requests, responseMs: 50 }),
    peer({ id: 2, requests: 0, responseMs: 9999 }),
  ]
  const { averageMs } = wholeTraffic(snapshot(1000, [upstream(at(10))]), snapshot(0, [upstream(at(0))]))
  assert.equal(averageMs, 20)
})

test('connections of stream are not among the requests of all', () => {
  const of = (requests: number) => [upstream([peer({ requests })], { kind: 'stream' as const, name: 'tcp' })]
  assert.equal(wholeTraffic(snapshot(1000, of(9)), snapshot(0, of(0))).perSecond, 0)
})

test('quantiles are of what was measured in between, over all servers', () => {
  const of = (counts: readonly number[]) => peer({ histogram: { boundsMs, counts } })
  const { p50Ms, p99Ms } = upstreamTraffic(upstream([of([60, 60, 0, 0])]), upstream([of([60, 10, 0, 0])]), 1)
  assert.equal(p50Ms, 55)
  assert.equal(p99Ms, 99.1)
})

for (const [counts, share, expected] of [
  [[0, 0, 0, 0], 0.5, null],
  [[10, 0, 0, 0], 0.5, 5],
  [[10, 10, 0, 0], 0.5, 10],
  [[0, 0, 0, 3], 0.99, 1000],
  [[99, 0, 1, 0], 1, 1000],
] as const) {
  test(`the ${share} quantile of ${counts.join(', ')} is ${expected}`, () => {
    assert.equal(quantile({ boundsMs, counts }, share), expected)
  })
}
