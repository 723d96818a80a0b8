import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readFlag, readMilliseconds, readNumber, readOffset, readSeconds, readSize } from './values.ts'

test('sizes take k and m, offsets also g', () => {
  assert.deepEqual(['1', '1k', '2K', '3m', '1g', '', 'k', '-1', '1.5k', '1kk'].map(readSize), [
    1,
    1024,
    2048,
    3145728,
    null,
    null,
    null,
    null,
    null,
    null,
  ])
  assert.equal(readOffset('2G'), 2147483648)
})

test('times are sums of units that get smaller', () => {
  assert.deepEqual(
    ['10', '1m30s', '1h 30m', '500ms', '1s500ms', '1d', '0'].map(readMilliseconds),
    [10_000, 90_000, 5_400_000, 500, 1500, 86_400_000, 0],
  )
  assert.deepEqual(['1s1m', '1m1m', 'ms', '', '1x', '1y', '1M', '1ss', '-1'].map(readMilliseconds), [
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
  ])
})

test('whole seconds take years and months but no milliseconds', () => {
  assert.deepEqual(['1y', '1M', '1m', '1ms', '1y1M1w1d1h1m1s'].map(readSeconds), [
    31_536_000,
    2_592_000,
    60,
    null,
    31536000 + 2592000 + 604800 + 86400 + 3600 + 60 + 1,
  ])
})

test('what is too large to be exact is no value', () => {
  assert.equal(readNumber('9'.repeat(30)), null)
  assert.equal(readSize('9007199254740991k'), null)
  assert.equal(readSeconds(`${'9'.repeat(400)}y`), null)
})

test('flags are on and off in any case', () => {
  assert.deepEqual(['on', 'OFF', 'yes', ''].map(readFlag), [true, false, null, null])
})
