import assert from 'node:assert/strict'
import { it } from 'node:test'
import { AloneState, request, Table } from '../lab/policy-kit.ts'
import { seeded } from '../shared/seeded.ts'
import { keepsPolicyContract, letters, weighted } from './policy.contract.ts'
import { roundRobin } from './round-robin.ts'

keepsPolicyContract('round_robin', roundRobin)

const everybody = (): boolean => true

const golden: readonly [number[], string][] = [
  [[5, 1, 1], 'a a b a c a a a a b a c a a'],
  [[3, 2, 1], 'a b a c b a a b a c b a'],
  [[4, 2], 'a b a a b a'],
  [[1, 1, 1], 'a b c a b c'],
  [[7, 7, 7], 'a b c a b c'],
]
for (const [weights, expected] of golden) {
  const count = expected.split(' ').length
  it(`goes ${expected} for weights ${weights.join()}, cycling and stepping`, () => {
    for (const disturbed of [false, true]) {
      const pick = roundRobin(weighted(...weights), new AloneState(weights.length))
      assert.equal(
        letters(count, () => pick(request({ disturbed }), everybody)),
        expected,
      )
    }
  })
}

it('takes no lock for undisturbed picks after the first', () => {
  const state = new AloneState(3)
  const pick = roundRobin(weighted(5, 1, 1), state)
  for (let at = 0; at < 1000; at++) pick(request(), everybody)
  assert.equal(state.locks, 1)
})

it('asks about nobody while undisturbed, be they 3 or 1000', () => {
  for (const length of [3, 1000]) {
    const pick = roundRobin(new Table(Array.from({ length }, () => ({}))), new AloneState(length))
    let asked = 0
    const counting = (): boolean => {
      asked++
      return true
    }
    for (let at = 0; at < 3000; at++) pick(request(), counting)
    assert.equal(asked, 0)
  }
})

it('goes on in the order of plain stepping, whatever mixture of disturbed and undisturbed picks there is', () => {
  const weights = [6, 3, 2, 1, 6]
  const random = seeded(3)
  const mixed = new AloneState(5)
  const stepping = new AloneState(5)
  const pickMixed = roundRobin(weighted(...weights), mixed)
  const pickStepping = roundRobin(weighted(...weights), stepping)
  let returned = 0
  let locksBefore = -1
  for (let at = 0; at < 20_000; at++) {
    const troubled = at % 200 < 20
    const out = troubled ? Math.floor(random() * 5) : -1
    const eligible = (index: number): boolean => index !== out
    if (troubled && at % 200 === 3) mixed.lost[out] = stepping.lost[out] = Math.min(weights[out]!, 2)
    assert.equal(
      pickMixed(request({ disturbed: troubled }), eligible),
      pickStepping(request({ disturbed: true }), eligible),
      `pick ${at}`,
    )
    if (!troubled && mixed.locks === locksBefore) returned++
    locksBefore = mixed.locks
  }
  assert.ok(returned > 10_000, `only ${returned} picks without a lock: it does not go back to its cycle`)
})

it('begins no cycle before all weight is regained', () => {
  const mixed = new AloneState(2)
  const stepping = new AloneState(2)
  const pickMixed = roundRobin(weighted(20, 20), mixed)
  const pickStepping = roundRobin(weighted(20, 20), stepping)
  mixed.lost[0] = stepping.lost[0] = 20
  for (let at = 0; at < 100; at++) {
    const disturbed = at === 0
    const chosen = pickMixed(request({ disturbed }), everybody)
    assert.equal(chosen, pickStepping(request({ disturbed: true }), everybody), `pick ${at}`)
  }
})

it('another worker that joins goes on where the first one is', () => {
  const state = new AloneState(3)
  const one = roundRobin(weighted(5, 1, 1), state)
  const two = roundRobin(weighted(5, 1, 1), state)
  assert.equal(
    letters(14, at => (at % 3 === 1 ? two : one)(request(), everybody)),
    'a a b a c a a a a b a c a a',
  )
})

it('steps where a cycle would be too long, with the right shares', () => {
  const weights = [99_991, 99_989, 7]
  const pick = roundRobin(weighted(...weights), new AloneState(3))
  assert.equal(
    letters(4, () => pick(request(), everybody)),
    'a b a b',
  )
})

it('leaves peers that are down out of the cycle', () => {
  const pick = roundRobin(new Table([{}, { down: true }, {}]), new AloneState(3))
  assert.equal(
    letters(4, () => pick(request(), index => index !== 1)),
    'a c a c',
  )
})

it('counts on past the end of its numbers', () => {
  const state = new AloneState(3)
  const pick = roundRobin(weighted(1, 1, 1), state)
  pick(request(), everybody)
  const limit = 3 * Math.floor(2 ** 30 / 3)
  state.words[0] = limit - 2
  assert.equal(
    letters(6, () => pick(request(), everybody)),
    'b c a b c a',
  )
  assert.ok(state.words[0]! < 10)
})
