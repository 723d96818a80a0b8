import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ewma } from './ewma.ts'
import { AloneState, request, type Table } from '../lab/policy-kit.ts'
import { seeded } from '../shared/seeded.ts'
import { altered, keepsPolicyContract, weighted } from './policy.contract.ts'

// Of two that must differ the light ones are drawn too often: shares by weight come from how busy the peers are.
keepsPolicyContract('ewma, with requests that stay', (peers, state, draw) => {
  const busy = Array.from({ length: peers.length }, () => 0)
  const pick = ewma(altered(peers, { inflight: index => busy[index]! }), state, draw)
  return (input, eligible) => {
    const index = pick(input, eligible)
    if (index >= 0) busy[index]!++
    return index
  }
})

/** Both are drawn, in that order. */
function ofTwo(table: Table): number {
  const draws = [0.9, 0.1]
  return ewma(table, new AloneState(2), () => draws.shift()!)(request(), () => true)
}

it('takes the one whose answers cost less, with what is in flight', () => {
  const table = weighted(1, 1)
  table.costs.splice(0, 2, 30, 20)
  assert.equal(ofTwo(table), 1)
  table.busy[1] = 1
  assert.equal(ofTwo(table), 0)
})

it('weighs costs', () => {
  const table = weighted(1, 3)
  table.costs.splice(0, 2, 20, 50)
  const draws = [0.1, 0.9]
  assert.equal(
    ewma(table, new AloneState(2), () => draws.shift()!)(request(), () => true),
    1,
  )
})

it('sends one request to a peer it knows nothing of, and no second one before that is answered', () => {
  const table = weighted(1, 1)
  table.costs[0] = 40
  assert.equal(ofTwo(table), 1)
  table.busy[1] = 1
  assert.equal(ofTwo(table), 0)
  table.busy[0] = 60
  assert.equal(ofTwo(table), 1)
})

it('leaves a slow one of four nearly alone', () => {
  const table = weighted(1, 1, 1, 1)
  table.costs.splice(0, 4, 10, 10, 10, 1000)
  const pick = ewma(table, new AloneState(4), seeded(9))
  const counts = [0, 0, 0, 0]
  for (let at = 0; at < 4000; at++) counts[pick(request(), () => true)]!++
  assert.equal(counts[3], 0)
  for (const count of counts.slice(0, 3)) assert.ok(Math.abs(count - 4000 / 3) < 150, counts.join())
})
