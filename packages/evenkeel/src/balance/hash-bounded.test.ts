import assert from 'node:assert/strict'
import { it } from 'node:test'
import { hashBounded } from './hash-bounded.ts'
import { hashConsistent } from './hash-consistent.ts'
import { AloneState, request, Table } from '../lab/policy-kit.ts'
import { altered, keepsPolicyContract, weighted } from './policy.contract.ts'

// A ring of few peers is uneven by nature, so the shares of the contract are asked of heavier peers.
keepsPolicyContract('hash consistent bounded', (peers, state, draw) =>
  hashBounded(1.25)(altered(peers, { weight: index => 40 * peers.weight(index) }), state, draw),
)

const everybody = (): boolean => true
const never = (): number => 0

it('is consistent hashing as long as nobody is over the bound', () => {
  const plain = hashConsistent(weighted(1, 2, 1), new AloneState(3))
  const bounded = hashBounded(1.25)(weighted(1, 2, 1), new AloneState(3), never)
  for (let at = 0; at < 300; at++) {
    const key = `k${at}`
    assert.equal(bounded(request({ key }), everybody), plain(request({ key }), everybody))
  }
})

it('lets one popular key overload nobody', () => {
  const weights = [1, 2, 1, 4]
  for (const factor of [1.1, 1.25, 2]) {
    const table = weighted(...weights)
    const pick = hashBounded(factor)(table, new AloneState(4), never)
    for (let total = 1; total <= 400; total++) {
      const index = pick(request({ key: 'popular' }), everybody)
      table.busy[index]!++
      assert.ok(
        table.busy[index]! <= Math.ceil((factor * total * weights[index]!) / 8),
        `${table.busy.join()} of ${total}`,
      )
    }
    // The key stays with as few as the bound allows.
    assert.ok(table.busy.some(busy => busy === 0) === factor >= 2, `${factor}: ${table.busy.join()}`)
  }
})

it('reckons shares among those who can be chosen', () => {
  const table = weighted(1, 1, 1, 1)
  const pick = hashBounded(1.25)(table, new AloneState(4), never)
  for (let at = 0; at < 100; at++) table.busy[pick(request({ key: 'one', disturbed: true }), index => index < 2)]!++
  assert.deepEqual(table.busy.slice(2), [0, 0])
  assert.ok(Math.max(...table.busy) <= 63, table.busy.join())
})

it('goes back to where the key belongs once there is room', () => {
  const table = weighted(1, 1, 1)
  const pick = hashBounded(1.25)(table, new AloneState(3), never)
  const home = pick(request({ key: 'x' }), everybody)
  table.busy[home] = 5
  assert.notEqual(pick(request({ key: 'x' }), everybody), home)
  table.busy.fill(5)
  assert.equal(pick(request({ key: 'x' }), everybody), home)
})

it('shares a text with several addresses by the room they have', () => {
  const table = new Table([{ name: 'app' }, { name: 'app' }, { name: 'app' }])
  const pick = hashBounded(1.25)(table, new AloneState(3), never)
  for (let at = 0; at < 9; at++) table.busy[pick(request({ key: 'x' }), everybody)]!++
  assert.deepEqual(table.busy, [3, 3, 3])
})
