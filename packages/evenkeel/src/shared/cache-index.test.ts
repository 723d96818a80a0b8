import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CacheIndex } from './cache-index.ts'
import { createTable, LruTable } from './lru-table.ts'

const name = (serial: number): string => serial.toString(16).padStart(32, 'a')

function twoWorkers(bytes = 64 * 1024): [CacheIndex, CacheIndex] {
  const buffer = createTable({ bytes, words: 16 }, { first: 1, second: 2 })
  return [new CacheIndex(new LruTable(buffer, 1), 1), new CacheIndex(new LruTable(buffer, 2), 2)]
}

test('what one worker stored exists for the other, with its version and a count of uses', () => {
  const [one, other] = twoWorkers()
  assert.equal(one.use(name(1), 1000, []).exists, false)
  assert.equal(one.commit(name(1), 5000, 1000, []), 1)
  const found = other.use(name(1), 2000, [])
  assert.deepEqual([found.exists, found.version, found.uses], [true, 1, 2])
  assert.equal(one.bytes, 8192)
})

test('only one may fill at a time, until it has held the right for too long', () => {
  const [one, other] = twoWorkers()
  assert.equal(one.claim(name(1), 'filling', 1000, 5000), true)
  assert.equal(other.claim(name(1), 'filling', 2000, 5000), false)
  assert.equal(other.claim(name(1), 'filling', 6000, 5000), true)
  other.release(name(1), 'filling', 6100)
  const found = one.look(name(1))
  assert.deepEqual([found?.filling, found?.passedMs], [false, 6100])
})

test('filling and refreshing are two rights, and a new entry ends both', () => {
  const [one] = twoWorkers()
  one.claim(name(1), 'updating', 1000, 5000)
  assert.equal(one.claim(name(1), 'filling', 1000, 5000), true)
  one.commit(name(1), 1, 1000, [])
  const found = one.look(name(1))
  assert.deepEqual([found?.filling, found?.updating, found?.exists], [false, false, true])
})

test('the entries used least lately make room, by bytes', () => {
  const [one] = twoWorkers()
  for (let serial = 1; serial <= 4; serial++) one.commit(name(serial), 4096, serial * 1000, [])
  one.use(name(1), 9000, [])
  one.use(name(99), 9000, [])
  assert.deepEqual(one.shrink(8192, 100), [name(2), name(3)])
  assert.equal(one.bytes, 8192)
  assert.equal(one.look(name(1))?.exists, true)
})

test('entries nobody asked for since a moment are taken out, a few at a time', () => {
  const [one] = twoWorkers()
  for (let serial = 1; serial <= 4; serial++) one.commit(name(serial), 10, serial * 1000, [])
  assert.deepEqual(one.expire(4, 2), [name(1), name(2)])
  assert.deepEqual(one.expire(4, 2), [name(3)])
  assert.deepEqual(one.names(), [name(4)])
})

test('a full index forgets the oldest and tells whose file is to go; the zone itself stays', () => {
  const [one] = twoWorkers(4096)
  one.loaded = true
  const evicted: string[] = []
  for (let serial = 1; serial <= 200; serial++) one.commit(name(serial), 10, serial * 1000, evicted)
  const left = one.names()
  assert.equal(evicted.length + left.length, 200)
  assert.equal(evicted[0], name(1))
  assert.equal(left.at(-1), name(200))
  assert.equal(one.loaded, true)
  assert.equal(one.bytes, left.length * 4096)
})

test('a dropped entry weighs nothing, and what was read of it is known to be old', () => {
  const [one, other] = twoWorkers()
  const version = one.commit(name(1), 10_000, 1000, [])
  assert.equal(other.drop(name(1)), true)
  assert.equal(other.drop(name(1)), false)
  const found = one.look(name(1))
  assert.equal(found?.exists, false)
  assert.notEqual(found?.version, version)
  assert.equal(one.bytes, 0)
})

test('a failure is remembered in place of a response until one is stored', () => {
  const [one] = twoWorkers()
  one.remember(name(1), 502, 4_000_000_000)
  const { error, errorUntil } = one.use(name(1), 1000, [])
  assert.deepEqual([error, errorUntil], [502, 4_000_000_000])
  one.commit(name(1), 10, 1000, [])
  assert.equal(one.use(name(1), 1000, []).error, 0)
})
