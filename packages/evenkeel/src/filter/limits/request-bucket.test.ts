import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTable, LruTable } from '../../shared/lru-table.ts'
import { REFUSED, RequestBucket } from './request-bucket.ts'

const NOW = 1_700_000_000_000

function table(bytes = 32 * 1024): SharedArrayBuffer {
  return createTable({ bytes, words: 4 }, { first: 1, second: 2 })
}

function bucket(rate: number, burst: number, buffer = table(), owner = 1): (ms: number, key?: string) => number {
  const made = new RequestBucket(new LruTable(buffer, owner), rate, burst)
  return (ms, key = 'a') => made.look(made.digest(key), NOW + ms, true)
}

test('the excess grows by a request and leaks at the rate, in thousandths of a request', () => {
  const ask = bucket(2000, 5000)
  assert.deepEqual([ask(0), ask(0), ask(0), ask(499), ask(500)], [0, 1000, 2000, 2002, 3000])
  assert.deepEqual([ask(2500), ask(2501), ask(9000)], [0, 998, 0])
})

test('beyond the burst requests are refused, and refused ones are not counted', () => {
  const ask = bucket(1000, 1000)
  assert.deepEqual([ask(0), ask(0), ask(0), ask(500), ask(999)], [0, 1000, REFUSED, REFUSED, REFUSED])
  assert.deepEqual([ask(1000), ask(1000)], [1000, REFUSED])
})

test('fractions of a thousandth are cut off, so a rate of one a minute leaks 16 thousandths a second', () => {
  const ask = bucket(16, 0)
  assert.deepEqual([ask(0), ask(61_000), ask(62_499), ask(62_500)], [0, REFUSED, REFUSED, 0])
})

test('a clock set back a little stands still, one set back far begins anew', () => {
  const ask = bucket(1000, 9000)
  assert.deepEqual([ask(60_000), ask(30_000), ask(30_000)], [0, 1000, 2000])
  assert.deepEqual([ask(-40_000), ask(-39_000)], [2999, 2999])
})

test('workers share what they know of a key', () => {
  const buffer = table()
  const one = bucket(1000, 9000, buffer, 1)
  const two = bucket(1000, 9000, buffer, 2)
  assert.deepEqual([one(0), two(0), one(0), two(0), one(0, 'b')], [0, 1000, 2000, 3000, 0])
})

test('what was only looked at is counted later, or not at all', () => {
  const made = new RequestBucket(new LruTable(table(), 1), 1000, 5000)
  const digest = made.digest('a')
  assert.equal(made.look(digest, NOW, false), 0)
  assert.equal(made.look(digest, NOW, false), 0)
  assert.equal(made.count(digest, NOW), 0)
  assert.equal(made.count(digest, NOW), 1000)
  assert.equal(made.look(digest, NOW, false), 2000)
  assert.equal(made.look(digest, NOW, false), 2000)
})

test('a full table forgets the key that was not asked about for longest', () => {
  const buffer = table(1024)
  const { capacity } = new LruTable(buffer, 1)
  const ask = bucket(1000, 9000, buffer)
  for (let i = 0; i < capacity; i++) ask(0, `key ${i}`)
  ask(0, 'key 0')
  ask(0, 'one more')
  assert.equal(ask(0, 'key 0'), 2000)
  assert.equal(ask(0, 'key 1'), 0)
})
