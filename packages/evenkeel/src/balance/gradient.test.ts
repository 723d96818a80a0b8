import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Gradient, nextLimit } from './gradient.ts'

const usual: Gradient = { fastestMs: 10, tookMs: 10, bufferPercent: 25, used: true, minimum: 3, maximum: 1000 }

test('while answers are fast a limit in use grows by its root, and more', () => {
  assert.equal(nextLimit(16, { ...usual, tookMs: 12.5 }), 20)
  assert.ok(nextLimit(16, usual) > 20)
})

test('a limit that is not in use does not grow, but it may shrink', () => {
  assert.equal(nextLimit(16, { ...usual, used: false }), 16)
  assert.ok(nextLimit(100, { ...usual, used: false, tookMs: 30 }) < 60)
})

test('it shrinks in the proportion in which answers are slower, to the half at most', () => {
  assert.equal(nextLimit(100, { ...usual, tookMs: 25 }), 57)
  assert.equal(nextLimit(100, { ...usual, tookMs: 1000 }), 57)
  assert.equal(nextLimit(100, { ...usual, tookMs: Infinity }), 57)
})

test('it keeps within its bounds whatever comes', () => {
  assert.equal(nextLimit(900, { ...usual, tookMs: 0 }), 1000)
  assert.equal(nextLimit(3, { ...usual, tookMs: 1e9 }), 3)
  assert.equal(nextLimit(1, { ...usual, minimum: 1, maximum: 1 }), 1)
})

test('where answers take as much longer as more are under way, it comes to rest a little above what fits', () => {
  let limit = 100
  const slots = 16
  for (let time = 0; time < 100; time++) limit = nextLimit(limit, { ...usual, tookMs: 10 * Math.max(1, limit / slots) })
  assert.ok(limit > slots && limit < 2 * slots, String(limit))
})
