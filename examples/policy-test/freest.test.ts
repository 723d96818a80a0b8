import assert from 'node:assert/strict'
import { test } from 'node:test'
import { distribution, peers, policyNamed, simulate, VirtualClock } from 'evenkeel'
import { freest } from './freest.ts'

test('who is busy gets nothing', () => {
  const table = peers(3)
  table.busy[0] = 5
  assert.deepEqual(distribution(freest, 100, { table, chosen: (index, { busy }) => void busy[index]!++ }), [30, 35, 35])
})

test('a request that takes longer counts for as long as it takes', () => {
  const clock = new VirtualClock()
  const table = peers(2)
  const ends: { atMs: number; index: number }[] = []
  const shares = distribution(freest, 1000, {
    table,
    chosen(index) {
      // The second server is three times as slow.
      table.busy[index]!++
      ends.push({ atMs: clock.nowMs + (index === 1 ? 30 : 10), index })
      clock.advance(6)
      for (const end of ends.filter(({ atMs }) => atMs <= clock.nowMs)) {
        table.busy[end.index]!--
        ends.splice(ends.indexOf(end), 1)
      }
    },
  })
  assert.ok(shares[0]! > 2 * shares[1]!, shares.join())
})

test('weights are kept by the methods that know them', () => {
  assert.deepEqual(distribution(policyNamed('round_robin'), 500, { table: peers([3, 1, 1]) }), [300, 100, 100])
  const without = { eligible: (index: number) => index !== 0 }
  assert.deepEqual(distribution(policyNamed('least_conn'), 10, without), [0, 5, 5])
})

test('with one slow server of four, 99 of 100 requests are done in 200 ms', () => {
  const { timesMs } = simulate({
    method: { name: 'least_conn', arguments: [] },
    peers: [{ speed: 1 }, { speed: 1 }, { speed: 1 }, { speed: 0.25 }],
    load: 0.6,
    requests: 50_000,
  })
  assert.ok(timesMs[Math.floor(timesMs.length * 0.99)]! < 200)
})
