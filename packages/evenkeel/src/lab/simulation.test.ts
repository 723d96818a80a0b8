import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seeded } from '../shared/seeded.ts'
import { percentile } from './simulate/results.ts'
import { simulate, type SimulatedPeer } from './simulation.ts'

const uneven: readonly SimulatedPeer[] = [{ speed: 1 }, { speed: 1 }, { speed: 1 }, { speed: 0.25 }]

function p99(name: string, written: readonly string[] = [], peers = uneven): number {
  const { timesMs } = simulate({ method: { name, arguments: written }, peers, load: 0.6, requests: 40_000 })
  return percentile(timesMs, 0.99)
}

test('with one slow peer of four, who looks is better off than who draws two, and both than who takes turns', () => {
  const [turns, two, least, ewma] = [p99('round_robin'), p99('random', ['two']), p99('least_conn'), p99('ewma')]
  assert.ok(least < two && ewma < two, `least_conn ${least}, ewma ${ewma}, random two ${two}`)
  // The slow one gets a quarter of all, of which it can do half: its queue grows without end.
  assert.ok(two * 100 < turns, `random two ${two}, round robin ${turns}`)
})

test('weights that are right make turns as good as they can be', () => {
  const weighted = uneven.map(({ speed }) => ({ speed, weight: speed * 4 }))
  assert.ok(p99('round_robin', [], weighted) < p99('round_robin') / 100)
})

test('one peer is the queue that books describe: at 60 % load the mean time is two and a half services', () => {
  const { timesMs } = simulate({
    method: { name: 'round_robin', arguments: [] },
    peers: [{ speed: 1 }],
    load: 0.6,
    requests: 200_000,
  })
  const mean = timesMs.reduce((sum, ms) => sum + ms, 0) / timesMs.length
  assert.ok(Math.abs(mean - 25) < 2, String(mean))
})

test('the same seed gives the same numbers, another others', () => {
  const one = simulate({ method: { name: 'ewma', arguments: [] }, peers: uneven, load: 0.5, requests: 1000 })
  const again = simulate({ method: { name: 'ewma', arguments: [] }, peers: uneven, load: 0.5, requests: 1000 })
  const other = simulate({ method: { name: 'ewma', arguments: [] }, peers: uneven, load: 0.5, requests: 1000, seed: 2 })
  assert.deepEqual(again, one)
  assert.notDeepEqual(other.timesMs, one.timesMs)
  const random = seeded(7)
  assert.ok(Array.from({ length: 1000 }, random).every(value => value >= 0 && value < 1))
})

test('a method that does not exist is refused', () => {
  assert.throws(
    () => simulate({ method: { name: 'luck', arguments: [] }, peers: uneven, load: 0.5, requests: 1 }),
    /unknown balancing method "luck"/,
  )
})
