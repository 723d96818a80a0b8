import assert from 'node:assert/strict'
import { test } from 'node:test'
import { History, HISTORY_MS } from './history.ts'
import { peer, snapshot, upstream } from './snapshot.fixture.ts'

const at = (atMs: number, requests: number = atMs / 1000) => snapshot(atMs, [upstream([peer({ requests })])])

test('half an hour is kept, and what is older is not', () => {
  const history = new History()
  for (let atMs = 0; atMs <= HISTORY_MS + 60_000; atMs += 10_000) history.add(at(atMs))
  assert.equal(history.points[0]?.atMs, 60_000)
  assert.equal(history.at(0)?.now.atMs, 60_000)
  assert.equal(history.points.length, history.depth)
})

test('a moment of the past is told as it was, with the one before it', () => {
  const history = new History()
  for (const atMs of [0, 2000, 4000, 6000]) history.add(at(atMs))
  const moment = history.at(4900)
  assert.deepEqual(moment, { now: at(4000), before: at(2000) })
  assert.equal(history.at(-50)?.before, null)
  assert.deepEqual(history.latest, { now: at(6000), before: at(4000) })
})

test('nothing can be gone back to before the first snapshot', () => {
  assert.equal(new History().at(5), null)
})

test('past the budget the past gets coarser, not shorter, and charts stay as fine', () => {
  const size = JSON.stringify(at(1_000_000)).length
  const history = new History(size * 40)
  for (let index = 0; index < 300; index++) history.add(at(1_000_000 + index * 2000))
  assert.ok(history.depth <= 40, String(history.depth))
  assert.equal(history.points.length, 300)
  assert.equal(history.at(0)?.now.atMs, 1_000_000)
  assert.equal(history.at(Infinity)?.now.atMs, 1_000_000 + 299 * 2000)
})

test('a snapshot larger than the whole budget is shown all the same', () => {
  const history = new History(10)
  history.add(at(0))
  history.add(at(2000))
  assert.equal(history.depth, 1)
  assert.equal(history.latest?.now.atMs, 2000)
})
