import assert from 'node:assert/strict'
import { it } from 'node:test'
import { AloneState, request } from '../lab/policy-kit.ts'
import { seeded } from '../shared/seeded.ts'
import { altered, keepsPolicyContract, letters, weighted } from './policy.contract.ts'
import { random, randomTwo, randomTwoByTime } from './random.ts'

keepsPolicyContract('random', random)

const everybody = (): boolean => true

function drawing(...values: number[]): () => number {
  return () => values.shift() ?? 0
}

it('draws by weight', () => {
  const pick = random(weighted(1, 3), new AloneState(2), drawing(0.24, 0.25, 0.99))
  assert.equal(
    letters(3, () => pick(request(), everybody)),
    'a b b',
  )
})

it('takes turns after more than 20 draws that missed', () => {
  let draws = 0
  const pick = random(weighted(1, 1), new AloneState(2), () => {
    draws++
    return 0
  })
  assert.equal(
    pick(request({ disturbed: true }), index => index === 1),
    1,
  )
  assert.equal(draws, 21)
})

it('takes the less busy of two that differ', () => {
  const table = weighted(1, 1, 1)
  table.busy.splice(0, 3, 5, 2, 9)
  const pick = randomTwo(table, new AloneState(3), drawing(0.1, 0.2, 0.5))
  assert.equal(pick(request(), everybody), 1)
})

it('weighs how busy two are', () => {
  const table = weighted(4, 1)
  table.busy.splice(0, 2, 7, 2)
  assert.equal(randomTwo(table, new AloneState(2), drawing(0.9, 0.1))(request(), everybody), 0)
})

it('keeps the second drawn when both are equally busy', () => {
  assert.equal(randomTwo(weighted(1, 1), new AloneState(2), drawing(0.1, 0.9))(request(), everybody), 1)
  assert.equal(randomTwo(weighted(1, 1), new AloneState(2), drawing(0.9, 0.1))(request(), everybody), 0)
})

it('keeps the busiest below what drawing alone does', () => {
  const spread = (policy: typeof random): number => {
    const table = weighted(1, 1, 1, 1, 1, 1, 1, 1)
    const pick = policy(table, new AloneState(8), seeded(5))
    for (let at = 0; at < 800; at++) table.busy[pick(request(), everybody)]!++
    return Math.max(...table.busy) - Math.min(...table.busy)
  }
  assert.ok(spread(randomTwo) < spread(random) / 2)
})

// Drawn alone, two that must differ favour the light ones: shares by weight come from how busy the peers are.
keepsPolicyContract('random two, with requests that stay', (peers, state, draw) => {
  const busy = Array.from({ length: peers.length }, () => 0)
  const pick = randomTwo(altered(peers, { inflight: index => busy[index]! }), state, draw)
  return (input, eligible) => {
    const index = pick(input, eligible)
    if (index >= 0) busy[index]!++
    return index
  }
})

keepsPolicyContract('random two least_time, with requests that stay', (peers, state, draw) => {
  const busy = Array.from({ length: peers.length }, () => 0)
  const pick = randomTwoByTime('header')(altered(peers, { inflight: index => busy[index]! }), state, draw)
  return (input, eligible) => {
    const index = pick(input, eligible)
    if (index >= 0) busy[index]!++
    return index
  }
})

it('takes the one of two that is expected to be done sooner', () => {
  const table = weighted(1, 1)
  table.header.splice(0, 2, 10, 500)
  table.lastByte.splice(0, 2, 900, 600)
  const pick = (until: 'header' | 'last_byte'): number =>
    randomTwoByTime(until)(table, new AloneState(2), drawing(0.9, 0.1))(request(), everybody)
  assert.deepEqual([pick('header'), pick('last_byte')], [0, 1])
  table.busy[0] = 30
  assert.equal(pick('header'), 1)
})
