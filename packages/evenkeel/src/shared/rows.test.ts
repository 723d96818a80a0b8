import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Layout } from './layout.ts'
import { RowRegistry } from './registry.ts'
import { createRows, DownReason, mainColumn, Rows } from './rows.ts'

const small = { capacity: 16, columns: 3 }

it('sums what workers have in flight, have done and have failed', () => {
  const buffer = createRows(small)
  const one = new Rows(buffer, 0)
  const two = new Rows(buffer, 2)
  one.begin(5)
  two.begin(5)
  two.begin(5)
  two.end(5)
  two.countFailure(5)
  two.begin(6)
  assert.deepEqual([one.inflight(5), one.requests(5), one.failures(5), one.inflight(6)], [2, 3, 1, 1])
})

it('forgets what a dead worker had in flight, and nothing else', () => {
  const buffer = createRows(small)
  const main = new Rows(buffer, mainColumn)
  placed(main)
  const one = new Rows(buffer, 0)
  const two = new Rows(buffer, 1)
  one.begin(0)
  two.begin(0)
  two.begin(1)
  main.clearColumn(1)
  assert.deepEqual([main.inflight(0), main.inflight(1), main.requests(1)], [1, 0, 1])
})

it('keeps failures apart from their totals', () => {
  const rows = new Rows(createRows(small), 0)
  assert.equal(rows.fail(3, 100), 1)
  assert.equal(rows.fail(3, 101), 2)
  assert.deepEqual([rows.fails(3), rows.accessed(3), rows.checked(3)], [2, 101, 101])
  rows.check(3, 120)
  rows.forgive(3)
  assert.deepEqual([rows.fails(3), rows.accessed(3), rows.checked(3)], [0, 101, 120])
})

it('holds a peer down for as long as one reason stands, and no group is calm through the change', () => {
  const buffer = createRows(small)
  const main = new Rows(buffer, mainColumn)
  const { group } = placed(main)
  const row = new Rows(buffer, 0).group(group, 2)
  row.setCalm()
  assert.equal(row.calm, true)
  main.setDown(0, DownReason.told, true)
  main.setDown(0, DownReason.probe, true)
  main.setDown(0, DownReason.told, false)
  assert.equal(main.down(0), DownReason.probe)
  assert.equal(row.calm, false)
  main.setDown(0, DownReason.probe, false)
  assert.equal(main.down(0), 0)
})

it('frees the lock that a dead worker held', () => {
  const buffer = createRows(small)
  const main = new Rows(buffer, mainColumn)
  const { group } = placed(main)
  new Rows(buffer, 1).group(group, 2).lock()
  assert.equal(main.freeDead(0), 0)
  assert.equal(main.freeDead(1), 1)
  new Rows(buffer, 0).group(group, 2).lock()
})

it('gives the lists of a group room of their own', () => {
  const rows = new Rows(createRows(small), 0)
  const { group } = placed(rows)
  const row = rows.group(group, 2)
  const lists = [row.list(0, 0, 1), row.list(1, 1, 1)]
  lists.forEach((list, index) =>
    [list.words, list.current, list.lost, list.rest].forEach(cells => cells.fill(index + 1)),
  )
  const [primaries] = lists
  const { words, current, lost, rest } = primaries!
  assert.deepEqual([words[15], current[0], lost[0], rest[0]], [1, 1, 1, 1])
})

it('is as large as its layout says', () => {
  const buffer = createRows({ columns: 8 })
  const layout = new Layout(buffer)
  assert.equal(layout.waits(7, layout.capacity - 1) + 4, layout.words.length)
  assert.equal(layout.waits(0, 0), layout.conduct(layout.capacity - 1) + 16)
  assert.equal(layout.conduct(0), layout.times(layout.capacity - 1) + 8)
  assert.equal(layout.times(0), layout.tally(7, layout.capacity - 1) + 4)
  assert.equal(layout.block(layout.blockLines), layout.peer(0))
})

function placed(rows: Rows): { readonly group: number } {
  const peers = ['a', 'b'].map(address => ({ address, weight: 1, backup: false, down: false }))
  const placement = new RowRegistry(rows).place(1, 'app', peers)
  assert.ok(typeof placement !== 'string')
  return placement
}
