import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Pool, PoolPlace, type Poolable } from './pool.ts'

class Connection implements Poolable {
  readonly place = new PoolPlace()
  closed = 0
  onClose: () => void = () => {}

  closeIdle(): void {
    this.closed++
    this.onClose()
  }
}

it('gives the connection used last, of that key only', () => {
  const pool = new Pool<Connection>(8)
  const [one, two, other] = [new Connection(), new Connection(), new Connection()]
  pool.give('a', one)
  pool.give('a', two)
  pool.give('b', other)
  assert.equal(pool.take('a'), two)
  assert.equal(pool.take('a'), one)
  assert.equal(pool.take('a'), undefined)
  assert.equal(pool.take('b'), other)
  assert.equal(pool.size, 0)
})

it('closes the one that was used least recently over all keys when it is full', () => {
  const pool = new Pool<Connection>(2)
  const [one, two, three] = [new Connection(), new Connection(), new Connection()]
  pool.give('a', one)
  pool.give('b', two)
  pool.give('b', three)
  assert.deepEqual([one.closed, two.closed, three.closed], [1, 0, 0])
  assert.equal(pool.take('a'), undefined)
  assert.equal(pool.take('b'), three)
})

it('keeps none with a capacity of 0', () => {
  const pool = new Pool<Connection>(0)
  const one = new Connection()
  pool.give('a', one)
  assert.equal(one.closed, 1)
  assert.equal(pool.take('a'), undefined)
})

it('lets one that died be removed from anywhere', () => {
  for (const gone of [0, 1, 2]) {
    const pool = new Pool<Connection>(3)
    const all = [new Connection(), new Connection(), new Connection()]
    for (const connection of all) pool.give('a', connection)
    assert.equal(pool.remove(all[gone]!), true)
    assert.equal(pool.remove(all[gone]!), false)
    const left = all.filter((_, index) => index !== gone).reverse()
    assert.deepEqual([pool.take('a'), pool.take('a'), pool.take('a')], [...left, undefined])
  }
})

it('survives a connection that removes itself while it is closed', () => {
  const pool = new Pool<Connection>(2)
  const all = Array.from({ length: 5 }, () => new Connection())
  for (const connection of all) {
    connection.onClose = () => pool.remove(connection)
    pool.give('a', connection)
  }
  pool.closeAll()
  assert.deepEqual(
    all.map(connection => connection.closed),
    [1, 1, 1, 1, 1],
  )
  assert.equal(pool.size, 0)
})

it('takes a connection given twice once', () => {
  const pool = new Pool<Connection>(2)
  const one = new Connection()
  pool.give('a', one)
  pool.give('a', one)
  assert.equal(pool.take('a'), one)
  assert.equal(pool.take('a'), undefined)
})

it('goes on right through any sequence of keys, even thousands of them', () => {
  const pool = new Pool<Connection>(4)
  const live: { key: string; connection: Connection }[] = []
  for (let step = 0; step < 5000; step++) {
    const key = step % 3 === 0 ? `k${step}` : `k${step % 5}`
    if (step % 4 === 3) {
      const found = live.findLast(one => one.key === key)
      assert.equal(pool.take(key), found?.connection)
      if (found !== undefined) live.splice(live.indexOf(found), 1)
    } else {
      const connection = new Connection()
      pool.give(key, connection)
      live.push({ key, connection })
      if (live.length > 4) assert.equal(live.shift()!.connection.closed, 1)
    }
    assert.equal(pool.size, live.length)
  }
})
