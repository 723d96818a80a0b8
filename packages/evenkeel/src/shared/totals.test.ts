import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ClockCell, createClock } from './clock.ts'
import { createTotals, Total, Totals } from './totals.ts'

it('sums over workers', () => {
  const buffer = createTotals(3)
  new Totals(buffer, 0).add(Total.requests, 1)
  new Totals(buffer, 2).add(Total.requests, 2 ** 40)
  const totals = new Totals(buffer, 1)
  assert.equal(totals.sum(Total.requests), 2 ** 40 + 1)
  assert.equal(totals.sum(Total.handled), 0)
})

it('lets go of what a dead worker held and keeps what it has done', () => {
  const buffer = createTotals(2)
  const totals = new Totals(buffer, 1)
  for (const total of Object.values(Total)) totals.add(total, 2)
  new Totals(buffer, 0).add(Total.waiting, 1)
  totals.clearColumn(1)
  const sums = Object.fromEntries(Object.entries(Total).map(([name, total]) => [name, totals.sum(total)]))
  assert.deepEqual(sums, {
    accepted: 2,
    handled: 2,
    requests: 2,
    bytesIn: 2,
    bytesOut: 2,
    handshakes: 2,
    handshakesFailed: 2,
    sessionReuses: 2,
    active: 0,
    reading: 0,
    writing: 0,
    waiting: 1,
    lagMs: 0,
    heapUsed: 0,
    code: 0,
  })
})

it('has one second for everybody', () => {
  const buffer = createClock()
  new ClockCell(buffer).set(42)
  assert.equal(new ClockCell(buffer).seconds, 42)
})
