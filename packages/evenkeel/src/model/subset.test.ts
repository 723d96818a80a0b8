import assert from 'node:assert/strict'
import { test } from 'node:test'
import { numberOf, subsetOf } from './subset.ts'

const names = Array.from({ length: 12 }, (_, at) => `10.0.0.${at}:80`)

test('balancers of one round have different servers, and together all of them', () => {
  for (const round of [0, 1, 7]) {
    const dealt = [0, 1, 2].flatMap(index => subsetOf(names, 4, round * 3 + index))
    assert.deepEqual(
      dealt.toSorted((a, b) => a - b),
      names.map((_, at) => at),
    )
  }
})

test('another round deals in another order', () => {
  assert.notDeepEqual(subsetOf(names, 4, 0), subsetOf(names, 4, 3))
})

test('many balancers give every server the same', () => {
  const counts = names.map(() => 0)
  for (let index = 0; index < 30; index++) for (const at of subsetOf(names, 4, index)) counts[at]!++
  assert.deepEqual(new Set(counts), new Set([10]))
})

test('the order in which servers are listed makes no difference', () => {
  const reversed = names.toReversed()
  const chosen = (list: readonly string[]): string[] =>
    subsetOf(list, 5, 1)
      .map(at => list[at]!)
      .toSorted()
  assert.deepEqual(chosen(reversed), chosen(names))
})

test('a group that is no larger is used whole', () => {
  assert.deepEqual(subsetOf(names.slice(0, 3), 4, 99), [0, 1, 2])
})

test('machines without a number spread over the subsets', () => {
  const counts = [0, 0, 0]
  for (let at = 0; at < 300; at++) counts[numberOf(`host-${at}.example.org`) % 3]!++
  assert.ok(
    counts.every(count => count > 70 && count < 130),
    String(counts),
  )
})
