import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Placement, type PlacedPeer, RowRegistry } from './registry.ts'
import { createRows, mainColumn, Rows } from './rows.ts'
import { Spans } from './spans.ts'

interface Setting {
  readonly rows: Rows
  readonly worker: Rows
  readonly registry: RowRegistry
}

function setting(capacity = 64): Setting {
  const buffer = createRows({ capacity, columns: 2 })
  const rows = new Rows(buffer, mainColumn)
  return { rows, worker: new Rows(buffer, 0), registry: new RowRegistry(rows) }
}

function peers(...addresses: readonly string[]): PlacedPeer[] {
  return addresses.map(address => ({ address, weight: 1, backup: false, down: false }))
}

function place({ registry }: Setting, generation: number, name: string, list: readonly PlacedPeer[]): Placement {
  const placement = registry.place(generation, name, list)
  if (typeof placement === 'string') throw new Error(placement)
  return placement
}

it('keeps rows, group and epoch over a reload that changes nothing', () => {
  const here = setting()
  const before = place(here, 1, 'app', peers('a', 'b'))
  assert.deepEqual(place(here, 2, 'APP', peers('a', 'b')), before)
})

it('keeps the rows of those who stay when others come and go', () => {
  const here = setting()
  const before = place(here, 1, 'app', peers('a', 'b', 'c'))
  const after = place(here, 2, 'app', peers('c', 'd', 'a'))
  assert.equal(after.rows[0], before.rows[2])
  assert.equal(after.rows[2], before.rows[0])
  assert.ok(!before.rows.includes(after.rows[1]!))
  assert.ok(after.epoch > before.epoch)
  assert.notEqual(after.group, before.group)
})

it('begins anew with turns, not with failures, when a weight changes', () => {
  const here = setting()
  const before = place(here, 1, 'app', peers('a', 'b'))
  const heavier = peers('a', 'b').map(one => ({ ...one, weight: 2 }))
  const after = place(here, 2, 'app', heavier)
  assert.deepEqual(after.rows, before.rows)
  assert.notEqual(after.group, before.group)
})

it('tells apart one address that stands twice, and one in two upstreams', () => {
  const here = setting()
  const { rows } = place(here, 1, 'app', peers('a', 'a'))
  const other = place(here, 1, 'other', peers('a'))
  assert.equal(new Set([...rows, ...other.rows]).size, 3)
})

it('gives a row away only after every generation that knew it has retired', () => {
  const here = setting(8)
  place(here, 1, 'app', peers('a', 'b', 'c'))
  place(here, 2, 'app', peers('a'))
  for (let sweep = 0; sweep < 5; sweep++) here.registry.sweep(1, 2)
  assert.equal(typeof here.registry.place(3, 'big', peers('1', '2', '3', '4', '5', '6', '7')), 'string')
  const free = (): number[] => {
    const { rows } = place(here, 2, 'probe', peers('x', 'y', 'z', 'v', 'w'))
    return [...rows]
  }
  assert.deepEqual(free(), [3, 4, 5, 6, 7])
  here.registry.sweep(2, 2)
  assert.deepEqual(place(here, 2, 'app', peers('a', 'n')).rows, [0, 1])
})

it('gives the row of an address that a name no longer has away after some sweeps', () => {
  const here = setting()
  place(here, 1, 'app', peers('a', 'b'))
  place(here, 1, 'app', peers('a'))
  here.registry.sweep(1, 1)
  assert.deepEqual(place(here, 1, 'one', peers('x')).rows, [2])
  here.registry.sweep(1, 1)
  here.registry.sweep(1, 1)
  assert.deepEqual(place(here, 1, 'two', peers('y')).rows, [1])
})

it('never gives away a row with requests in flight', () => {
  const here = setting()
  const [, row] = place(here, 1, 'app', peers('a', 'b')).rows
  here.worker.begin(row!)
  place(here, 2, 'app', peers('a'))
  here.registry.sweep(2, 2)
  assert.deepEqual(place(here, 2, 'one', peers('x')).rows, [2])
  here.worker.end(row!)
  here.registry.sweep(2, 2)
  assert.deepEqual(place(here, 2, 'two', peers('y')).rows, [row])
})

it('takes back the rows of an upstream that is gone', () => {
  const here = setting()
  place(here, 1, 'app', peers('a'))
  place(here, 2, 'other', peers('b'))
  here.registry.sweep(1, 2)
  here.registry.sweep(2, 2)
  assert.deepEqual(place(here, 2, 'new', peers('c')).rows, [0])
})

it('hands rows and groups on clean', () => {
  const here = setting()
  const before = place(here, 1, 'app', peers('a'))
  const row = before.rows[0]!
  here.worker.begin(row)
  here.worker.end(row)
  here.worker.countFailure(row)
  here.worker.fail(row, 7)
  here.worker.group(before.group, 1).list(0, 0, 1).current[0] = 9
  place(here, 2, 'other', peers('z'))
  here.registry.sweep(2, 2)
  const after = place(here, 2, 'new', peers('c'))
  assert.deepEqual([after.rows, after.group], [[row], before.group])
  assert.deepEqual([here.rows.requests(row), here.rows.failures(row), here.rows.fails(row)], [0, 0, 0])
  assert.equal(here.worker.group(after.group, 1).list(0, 0, 1).current[0], 0)
})

it('says so when it is full, and stays as it was', () => {
  const here = setting(4)
  const one = peers('a')
  const before = place(here, 1, 'app', one)
  const refused = here.registry.place(1, 'big', peers('1', '2', '3', '4'))
  assert.match(typeof refused === 'string' ? refused : '', /no room for the peers of upstream "big": all 4 shared rows/)
  assert.deepEqual(place(here, 1, 'app', one), before)
})

it('does not grow over a thousand reloads', () => {
  const here = setting(32)
  for (let generation = 1; generation < 1000; generation++) {
    place(here, generation, 'app', peers('a', `b${generation}`))
    here.registry.sweep(generation - 1, generation)
  }
})

it('joins stretches that were given back', () => {
  const spans = new Spans(10)
  assert.deepEqual([spans.take(3), spans.take(3), spans.take(4), spans.take(1)], [0, 3, 6, -1])
  spans.give(0, 3)
  spans.give(6, 4)
  spans.give(3, 3)
  assert.deepEqual([spans.take(10), spans.used], [0, 10])
})
