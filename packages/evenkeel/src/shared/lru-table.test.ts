import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { createTable, freeTable, LruTable } from './lru-table.ts'

const secret = { first: 7, second: 9 }

function makeTable(bytes: number, words = 4): LruTable {
  return new LruTable(createTable({ bytes, words }, secret), 1)
}

const put = (table: LruTable, key: string): number => table.insert(table.digest(key))
const get = (table: LruTable, key: string): number => table.find(table.digest(key))

test('a record is found by its key, with the words its user wrote', () => {
  const table = makeTable(4096)
  const place = put(table, 'a')
  table.words[place] = 5
  table.floats[(place + 2) >> 1] = 0.5
  assert.equal(get(table, 'a'), place)
  assert.equal(table.words[get(table, 'a')], 5)
  assert.equal(table.floats[(place + 2) >> 1], 0.5)
  assert.equal(get(table, 'b'), -1)
})

test('it takes no more than its bytes, and says when it is full', () => {
  const table = makeTable(4096)
  let count = 0
  while (put(table, `key ${count}`) >= 0) count++
  assert.equal(count, table.capacity)
  assert.equal(table.size, count)
  assert.ok(count > 4096 / 64 && count < 4096 / 40, String(count))
  for (let i = 0; i < count; i++) assert.ok(get(table, `key ${i}`) >= 0)
})

test('the oldest is the one not used for the longest time', () => {
  const table = makeTable(4096)
  const [a, b, c] = [put(table, 'a'), put(table, 'b'), put(table, 'c')]
  table.touch(a)
  assert.equal(table.oldest(), b)
  assert.equal(table.newer(b), c)
  assert.equal(table.newer(c), a)
  assert.equal(table.newer(a), -1)
  table.remove(b)
  assert.equal(table.oldest(), c)
})

test('a removed record is not found, and its place is used again with words of 0', () => {
  const table = makeTable(4096)
  const place = put(table, 'a')
  table.words[place + 3] = 99
  table.remove(place)
  assert.equal(get(table, 'a'), -1)
  assert.equal(table.oldest(), -1)
  assert.equal(put(table, 'b'), place)
  assert.equal(table.words[place + 3], 0)
})

test('after any mix of insertions, uses and removals it holds what a plain map holds', () => {
  const table = makeTable(2048, 2)
  const known = new Map<string, number>()
  let seed = 1
  const random = (below: number): number => (seed = (Math.imul(seed, 48_271) >>> 0) % 0x7fffffff) % below
  for (let step = 0; step < 20_000; step++) {
    const key = `k${random(60)}`
    const place = get(table, key)
    assert.equal(place >= 0, known.has(key))
    if (place < 0) {
      if (table.size === table.capacity) {
        const oldest = known.keys().next().value!
        assert.equal(table.oldest(), get(table, oldest))
        table.remove(table.oldest())
        known.delete(oldest)
      }
      table.words[put(table, key)] = step
      known.set(key, step)
    } else if (random(3) === 0) {
      table.remove(place)
      known.delete(key)
    } else {
      assert.equal(table.words[place], known.get(key))
      table.touch(place)
      const value = known.get(key)!
      known.delete(key)
      known.set(key, value)
    }
  }
})

test('a table with no room for a record is refused', () => {
  assert.throws(() => createTable({ bytes: 64, words: 4 }, secret), /64 bytes have no room/)
})

test('a worker that dies with the lock leaves an empty table that others can use', () => {
  const buffer = createTable({ bytes: 4096, words: 2 }, secret)
  const dead = new LruTable(buffer, 3)
  dead.lock()
  put(dead, 'a')
  assert.equal(freeTable(buffer, 2), false)
  assert.equal(freeTable(buffer, 3), true)
  const table = new LruTable(buffer, 1)
  table.lock()
  assert.equal(get(table, 'a'), -1)
  assert.ok(put(table, 'b') >= 0)
  table.unlock()
})

test('four threads count in one record without losing any', async () => {
  const buffer = createTable({ bytes: 4096, words: 2 }, secret)
  const url = new URL('lru-table.ts', import.meta.url).href
  const code = `
    import { workerData } from 'node:worker_threads'
    import { LruTable } from ${JSON.stringify(url)}
    const table = new LruTable(workerData.buffer, workerData.owner)
    for (let i = 0; i < 5000; i++) {
      table.lock()
      const key = table.digest('k' + (i % 7))
      let place = table.find(key)
      if (place < 0) place = table.insert(key)
      table.words[place]++
      table.touch(place)
      table.unlock()
    }`
  const source = new URL(`data:text/javascript,${encodeURIComponent(code)}`)
  await Promise.all(
    [1, 2, 3, 4].map(
      owner =>
        new Promise((resolve, reject) => {
          new Worker(source, { workerData: { buffer, owner } }).on('exit', resolve).on('error', reject)
        }),
    ),
  )
  const table = new LruTable(buffer, 5)
  let sum = 0
  for (let i = 0; i < 7; i++) sum += table.words[get(table, `k${i}`)]!
  assert.equal(sum, 20_000)
  assert.equal(table.size, 7)
})
