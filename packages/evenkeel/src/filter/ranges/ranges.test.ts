import assert from 'node:assert/strict'
import { test } from 'node:test'
import { framePieces, parseRanges } from './ranges.ts'

test('one range is read in each of its forms', () => {
  assert.deepEqual(parseRanges('bytes=0-0', 10, null), [{ start: 0, end: 1 }])
  assert.deepEqual(parseRanges('Bytes=2-5', 10, null), [{ start: 2, end: 6 }])
  assert.deepEqual(parseRanges('bytes=7-', 10, null), [{ start: 7, end: 10 }])
  assert.deepEqual(parseRanges('bytes=-3', 10, null), [{ start: 7, end: 10 }])
  assert.deepEqual(parseRanges('bytes=-30', 10, null), [{ start: 0, end: 10 }])
  assert.deepEqual(parseRanges('bytes= 2 - 5 ', 10, null), [{ start: 2, end: 6 }])
  assert.deepEqual(parseRanges('bytes=8-99', 10, null), [{ start: 8, end: 10 }])
})

test('several ranges keep their order', () => {
  assert.deepEqual(parseRanges('bytes=5-6,0-1', 10, null), [
    { start: 5, end: 7 },
    { start: 0, end: 2 },
  ])
})

test('what lies outside of the file, or is no range, can not be satisfied', () => {
  for (const field of [
    'bytes=10-',
    'bytes=5-2',
    'bytes=a-b',
    'bytes=1',
    'bytes=-',
    'bytes=-0',
    'bytes=99999999999999999999-',
  ]) {
    assert.equal(parseRanges(field, 10, null), 'unsatisfiable', field)
  }
})

test('other units, too many ranges and an empty file get the whole', () => {
  assert.equal(parseRanges('lines=1-2', 10, null), 'whole')
  assert.equal(parseRanges('bytes=0-0', 10, 0), 'whole')
  assert.equal(parseRanges('bytes=0-0,2-2', 10, 1), 'whole')
  assert.equal(parseRanges('bytes=0-', 0, null), 'whole')
})

test('overlapping ranges that add up to more than the file get the whole', () => {
  assert.equal(parseRanges('bytes=0-,0-,0-', 1000, null), 'whole')
  assert.equal(parseRanges(`bytes=${Array.from({ length: 100 }, (_, i) => `${i}-${i}`)}`, 1000, null), 'whole')
})

test('a field of spaces is read in no time', () => {
  const began = performance.now()
  assert.equal(parseRanges(`bytes=1-${' '.repeat(500_000)}x`, 10, null), 'unsatisfiable')
  // Read again from each of them it would take minutes.
  assert.ok(performance.now() - began < 20_000)
})

test('a multipart body is as long as it says', () => {
  const { length, pieces, type } = framePieces(
    [
      { start: 0, end: 2 },
      { start: 5, end: 9 },
    ],
    10,
    'text/plain',
    7,
  )
  const body = pieces
    .map(piece => (typeof piece === 'string' ? piece : '0123456789'.slice(piece.start, piece.end)))
    .join('')
  assert.equal(body.length, length)
  assert.equal(type, 'multipart/byteranges; boundary=00000000000000000007')
  assert.equal(
    body,
    '\r\n--00000000000000000007\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01' +
      '\r\n--00000000000000000007\r\nContent-Type: text/plain\r\nContent-Range: bytes 5-8/10\r\n\r\n5678' +
      '\r\n--00000000000000000007--\r\n',
  )
})
