import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  areaPath,
  largest,
  linePath,
  niceMost,
  sampleAt,
  spanMs,
  thinned,
  type Frame,
  type Sample,
} from './chart-scale.ts'

const frame: Frame = { width: 100, height: 10, fromMs: 0, toMs: 100, most: 10 }
const samples: Sample[] = [
  { atMs: 0, values: [2, 3] },
  { atMs: 50, values: [null, 5] },
  { atMs: 100, values: [4, 1] },
]

for (const [value, most] of [
  [0, 1],
  [NaN, 1],
  [1, 1],
  [1.2, 1.5],
  [8, 10],
  [43, 50],
  [101, 150],
  [0.03, 0.03],
] as const) {
  test(`an axis for ${value} ends at ${most}`, () => assert.ok(Math.abs(niceMost(value) - most) < 1e-9))
}

test('a line breaks where nothing is known', () => {
  assert.equal(linePath(samples, 0, frame), 'M0.0 8.0M100.0 6.0')
  assert.equal(linePath(samples, 1, frame), 'M0.0 7.0L50.0 5.0L100.0 9.0')
})

test('an area stands on those below it', () => {
  assert.equal(areaPath(samples, 1, frame), 'M0.0 5.0L50.0 5.0L100.0 5.0L100.0 6.0L50.0 10.0L0.0 8.0Z')
  assert.equal(areaPath(samples.slice(0, 1), 1, frame), '')
})

test('stacked series need room for their sum', () => {
  assert.equal(largest(samples, true), 5)
  assert.equal(largest(samples, false), 5)
  assert.equal(largest([{ atMs: 0, values: [2, 3] }], true), 5)
})

test('too many samples for the width become few, by average or by the largest', () => {
  const many = Array.from({ length: 10 }, (_, index): Sample => ({ atMs: index, values: [index, null] }))
  assert.deepEqual(
    thinned(many, 5, 'average').map(({ values }) => values),
    [0.5, 2.5, 4.5, 6.5, 8.5].map(one => [one, null]),
  )
  assert.deepEqual(
    thinned(many, 2, 'largest').map(({ atMs, values }) => [atMs, values[0]]),
    [
      [4, 4],
      [9, 9],
    ],
  )
  assert.equal(thinned(many, 10, 'average'), many)
})

test('the sample under the pointer is the nearest', () => {
  assert.equal(sampleAt(samples, 0.6, frame)?.atMs, 50)
  assert.equal(sampleAt([], 0.6, frame), null)
})

test('what is shown grows with what there is, up to the history', () => {
  assert.equal(spanMs(undefined, 5, 1_800_000), 120_000)
  assert.equal(spanMs(0, 600_000, 1_800_000), 600_000)
  assert.equal(spanMs(0, 9_000_000, 1_800_000), 1_800_000)
})
