import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createRows, mainColumn, Rows } from './rows.ts'
import { DECAY_MS, PeerTimes } from './times.ts'

const size = { capacity: 16, columns: 3 }

it('averages as nginx does: the first value as it is, then a twentieth of each new one, rounded', () => {
  const times = new PeerTimes(new Rows(createRows(size), 0))
  const seen = [100, 200, 200, 0, 1000, 37].map(ms => {
    times.observe(4, 'header', ms)
    return times.average(4, 'header')
  })
  assert.deepEqual(seen, [100, 105, 110, 105, 150, 144])
  assert.deepEqual([times.average(4, 'last_byte'), times.average(3, 'header'), times.average(5, 'header')], [0, 0, 0])
})

it('knows how long all that wait have waited on average, over workers', () => {
  const buffer = createRows(size)
  const one = new PeerTimes(new Rows(buffer, 0))
  const two = new PeerTimes(new Rows(buffer, 2))
  const start = 1_790_000_000_000
  assert.equal(one.waiting(7, start), -1)
  one.beginWait(7, start)
  two.beginWait(7, start + 100)
  two.beginWait(7, start + 300)
  assert.equal(one.waiting(7, start + 1000), Math.floor((1000 + 900 + 700) / 3))
  two.endWait(7, start + 100)
  assert.equal(one.waiting(7, start + 1000), 850)
  one.endWait(7, start)
  two.endWait(7, start + 300)
  assert.equal(two.waiting(7, start + 5000), -1)
})

it('forgets what a dead worker waited for', () => {
  const buffer = createRows(size)
  const main = new Rows(buffer, mainColumn)
  const dead = new PeerTimes(new Rows(buffer, 1))
  const other = new PeerTimes(new Rows(buffer, 0))
  main.layout.words[3] = 16
  dead.beginWait(2, 1000)
  other.beginWait(2, 3000)
  main.clearColumn(1)
  assert.equal(other.waiting(2, 4000), 1000)
})

it('jumps to a slow answer at once, and comes down with time', () => {
  const times = new PeerTimes(new Rows(createRows(size), 0))
  const at = 5_000_000
  assert.equal(times.cost(1, at), 0)
  times.observeCost(1, 10, at)
  times.observeCost(1, 800, at)
  assert.equal(times.cost(1, at), 800)
  times.observeCost(1, 10, at)
  assert.equal(times.cost(1, at), 800)
  assert.equal(Math.round(times.cost(1, at + DECAY_MS)), Math.round(800 / Math.E))
  times.observeCost(1, 10, at + DECAY_MS)
  assert.equal(Math.round(times.cost(1, at + DECAY_MS)), Math.round(800 / Math.E + 10 * (1 - 1 / Math.E)))
  for (let second = 11; second < 120; second++) times.observeCost(1, 10, at + second * 1000)
  assert.ok(Math.abs(times.cost(1, at + 120_000) - 10) < 2)
})

it('is not upset by another worker whose clock is ahead', () => {
  const times = new PeerTimes(new Rows(createRows(size), 0))
  times.observeCost(1, 50, 2000)
  assert.equal(times.cost(1, 1900), 50)
})

it('hands a row on without times', () => {
  const rows = new Rows(createRows(size), 0)
  const times = new PeerTimes(rows)
  times.observe(6, 'header', 9)
  times.observeCost(6, 9, 1000)
  times.beginWait(6, 1000)
  rows.layout.clearPeer(6)
  assert.deepEqual([times.average(6, 'header'), times.cost(6, 1000), times.waiting(6, 2000)], [0, 0, -1])
})
