import assert from 'node:assert/strict'
import { it } from 'node:test'
import { leastConn } from './least-conn.ts'
import { AloneState, request, type Table } from '../lab/policy-kit.ts'
import { keepsPolicyContract, letters, weighted } from './policy.contract.ts'

keepsPolicyContract('least_conn', leastConn)

const everybody = (): boolean => true

function picking(table: Table): () => number {
  const pick = leastConn(table, new AloneState(table.length))
  return () => pick(request(), everybody)
}

it('chooses the least busy for its weight', () => {
  const table = weighted(1, 3)
  table.busy[0] = 1
  table.busy[1] = 2
  assert.equal(picking(table)(), 1)
  table.busy[1] = 4
  assert.equal(picking(table)(), 0)
})

it('lets equals take turns by weight', () => {
  const table = weighted(3, 2, 1)
  assert.equal(letters(6, picking(table)), 'a b a c b a')
})

it('lets only those take a turn who are equally busy', () => {
  const table = weighted(1, 1, 1)
  table.busy[1] = 1
  assert.equal(letters(4, picking(table)), 'a c a c')
})

it('fills up evenly when nothing ends', () => {
  const table = weighted(2, 1)
  const pick = picking(table)
  for (let at = 0; at < 9; at++) table.busy[pick()]!++
  assert.deepEqual(table.busy, [6, 3])
})
