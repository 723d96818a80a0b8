/** What a peer that comes back is given while its weight climbs. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { leastConn } from './least-conn.ts'
import { AloneState, request } from '../lab/policy-kit.ts'
import { letters, weighted } from './policy.contract.ts'
import { roundRobin } from './round-robin.ts'

const everybody = (): boolean => true

function counts(weights: readonly number[], ramps: readonly number[], picks: number): number[] {
  const table = weighted(...weights)
  table.ramps = ramps
  const pick = roundRobin(table, new AloneState(weights.length))
  const found = weights.map(() => 0)
  for (let at = 0; at < picks; at++) found[pick(request({ disturbed: true }), everybody)]!++
  return found
}

it('gives a peer of weight 1 the part of its share that it is worth', () => {
  assert.deepEqual(counts([1, 1], [1, 0.1], 1100), [1000, 100])
  assert.deepEqual(counts([1, 1, 1], [1, 1, 0.5], 500), [200, 200, 100])
  assert.deepEqual(counts([4, 2], [0.25, 1], 300), [100, 200])
})

it('gives nothing to one that is worth nothing yet', () => {
  assert.deepEqual(counts([1, 5], [1, 0], 50), [50, 0])
})

it('finds somebody even if all are worth nothing yet', () => {
  assert.equal(
    counts([1, 1], [0, 0], 10).reduce((sum, count) => sum + count),
    10,
  )
})

it('goes on in the usual order once everybody is worth all', () => {
  const table = weighted(5, 1, 1)
  table.ramps = [1, 1, 1]
  const pick = roundRobin(table, new AloneState(3))
  assert.equal(
    letters(7, () => pick(request({ disturbed: true }), everybody)),
    'a a b a c a a',
  )
})

it('does not have least_conn run to the one that comes back with nothing to do', () => {
  const table = weighted(1, 1)
  table.busy[0] = 10
  const pick = leastConn(table, new AloneState(2))
  const fill = (): number => {
    table.busy[1] = 0
    while (pick(request({ disturbed: true }), everybody) === 1) table.busy[1]!++
    return table.busy[1]!
  }
  const full = fill()
  table.ramps = [1, 0.25]
  assert.deepEqual([full, fill()], [10, 3])
})
