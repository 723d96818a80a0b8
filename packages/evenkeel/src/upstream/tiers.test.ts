/** Priorities, zones, draining: who is asked before whom. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { DownReason } from '../shared/rows.ts'
import { failed, leased, letterOf, many, nobody, served, Setting } from './upstream.fixture.ts'

it('uses the lowest priority first, and spills over when nobody of it is to be had', () => {
  const setting = new Setting()
  const upstream = setting.upstream([{ priority: 2 }, {}, { backup: true }, { priority: 1 }, {}])
  const next = (): string => many(3, () => served(upstream))
  assert.equal(next(), 'b e b')
  for (const [down, expected] of [
    ['be', 'd d d'],
    ['d', 'a a a'],
    ['a', 'c c c'],
    ['c', '- - -'],
  ] as const) {
    for (const letter of down) setting.main.setDown(letter.charCodeAt(0) - 97, DownReason.probe, true)
    assert.equal(next(), expected)
  }
  setting.main.setDown(3, DownReason.probe, false)
  assert.equal(next(), 'd d d')
})

it('tries all tiers for one request, and nobody twice', () => {
  const upstream = new Setting().upstream([{ priority: 2 }, {}, { backup: true }, { priority: 1 }, {}])
  const selection = upstream.select(nobody)
  assert.equal(selection.tries, 5)
  const tried = [1, 2, 3, 4, 5, 6].map(() => {
    const lease = leased(upstream, selection)
    lease?.end('failed')
    return letterOf(lease)
  })
  assert.deepEqual(tried, ['b', 'e', 'd', 'a', 'c', '-'])
})

it('spills over what max_conns leaves no room for', () => {
  const upstream = new Setting().upstream([{ maxConns: 1 }, { priority: 1, maxConns: 1 }, { priority: 2 }])
  assert.deepEqual(
    [1, 2, 3, 4].map(() => letterOf(leased(upstream))),
    ['a', 'b', 'c', 'c'],
  )
})

it('places keys within each tier by its own table', () => {
  for (const method of [{ name: 'hash', arguments: ['consistent'] }, { name: 'maglev' }, { name: 'rendezvous' }]) {
    const setting = new Setting()
    const upstream = setting.upstream([{}, {}, { priority: 1 }, { priority: 1 }, { priority: 1 }], method)
    let at = 0
    const once = (): string => {
      const key = `k${at++ % 12}`
      const lease = leased(upstream, upstream.select({ ...nobody, hashKey: () => key }))
      lease?.end('served')
      return letterOf(lease)
    }
    const placed = (): string => many(12, once)
    const before = placed()
    assert.equal(placed(), before)
    assert.ok(/a/.test(before) && /b/.test(before) && !/[cde]/.test(before), before)
    for (const row of [0, 1]) setting.main.setDown(row, DownReason.probe, true)
    const after = placed()
    assert.equal(placed(), after)
    assert.ok(!/[ab-]/.test(after) && new Set(after.split(' ')).size > 1, after)
  }
})

it('prefers its own zone while anybody there is to be had', () => {
  const setting = new Setting()
  const servers = [{ zone: 'w' }, { zone: 'e' }, { zone: 'e' }, { zone: 'e', priority: 1 }, {}]
  const upstream = setting.upstream(servers, {}, 0, { preferZone: 'e' })
  assert.equal(
    many(4, () => served(upstream)),
    'b c b c',
  )
  assert.equal(failed(upstream), 'b')
  assert.equal(
    many(2, () => served(upstream)),
    'c c',
  )
  assert.equal(failed(upstream), 'c')
  assert.equal(
    many(4, () => served(upstream)),
    'a e a e',
  )
  assert.equal(many(2, () => served(setting.upstream(servers))).length, 3)
})

it('begins a shape of its own when only the preferred zone changes', () => {
  const setting = new Setting()
  const servers = [{ zone: 'w' }, { zone: 'e' }, { zone: 'e' }]
  const before = setting.upstream(servers)
  assert.equal(served(before), 'a')
  const after = setting.upstream(servers, {}, 0, { preferZone: 'e' })
  assert.equal(
    many(3, () => served(after)),
    'b c b',
  )
  assert.equal(
    many(3, () => served(before)),
    'b c a',
  )
})

it('sends nothing new to one that drains, and does not try it', () => {
  const upstream = new Setting().upstream([{}, { drain: true }, {}])
  assert.equal(upstream.select(nobody).tries, 2)
  assert.equal(
    many(4, () => served(upstream)),
    'a c a c',
  )
})

it('has room for the state of every tier when each peer is one', () => {
  const setting = new Setting()
  const servers = Array.from({ length: 40 }, (_, index) => ({ priority: index }))
  const upstream = setting.upstream(servers)
  const other = setting.upstream([{ text: 'o:1' }, { text: 'o:2' }])
  for (let row = 0; row < 39; row++) setting.main.setDown(row, DownReason.probe, true)
  assert.equal(leased(upstream)?.peer.index, 39)
  assert.equal(
    many(2, () => served(other)),
    'a b',
  )
})
