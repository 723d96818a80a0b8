import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTally, Tally } from './tally.ts'

test('what columns count is summed, each place by itself', () => {
  const buffer = createTally(3)
  const [first, last] = [new Tally(buffer, 0), new Tally(buffer, 2)]
  first.add(0)
  last.add(0)
  last.add(15, 100)
  assert.deepEqual([...first.sums()], [2, ...Array.from({ length: 14 }, () => 0), 100])
})
