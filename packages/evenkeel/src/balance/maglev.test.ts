import assert from 'node:assert/strict'
import { it } from 'node:test'
import { maglev, maglevTable } from './maglev.ts'
import { AloneState, request, Table } from '../lab/policy-kit.ts'
import { keepsPolicyContract, weighted } from './policy.contract.ts'

keepsPolicyContract('maglev', maglev)

const everybody = (): boolean => true

function shares(table: Int32Array, length: number): number[] {
  const counts = Array.from({ length }, () => 0)
  for (const index of table) counts[index]!++
  return counts.map(count => count / table.length)
}

it('fills its table by weight, to a slot or two', () => {
  for (const weights of [[1, 1, 1], [5, 3, 1, 1], [1, 100], Array.from({ length: 50 }, () => 1)]) {
    const total = weights.reduce((sum, weight) => sum + weight)
    for (const [index, share] of shares(maglevTable(weighted(...weights)), weights.length).entries()) {
      assert.ok(Math.abs(share - weights[index]! / total) < 1e-4, `${weights.join()}: ${share}`)
    }
  }
})

it('takes a larger table for very many peers', () => {
  const many = new Table(Array.from({ length: 1000 }, () => ({})))
  assert.equal(maglevTable(many).length, 655_373)
  assert.ok(shares(maglevTable(many), 1000).every(share => Math.abs(share - 0.001) < 1e-5))
})

it('keeps a key where it is, in every worker', () => {
  const one = maglev(weighted(1, 1, 1), new AloneState(3))
  const other = maglev(weighted(1, 1, 1), new AloneState(3))
  for (let at = 0; at < 100; at++) {
    const input = { key: `k${at}` }
    assert.equal(one(request(input), everybody), other(request(input), everybody))
  }
})

it('moves few keys but those of the one that left', () => {
  const peers = Array.from({ length: 10 }, (_, index) => ({ name: `10.0.0.${index}:80` }))
  const before = maglev(new Table(peers), new AloneState(10))
  const after = maglev(new Table(peers.slice(0, 9)), new AloneState(9))
  let moved = 0
  for (let at = 0; at < 2000; at++) {
    const was = before(request({ key: `k${at}` }), everybody)
    if (was < 9 && after(request({ key: `k${at}` }), everybody) !== was) moved++
  }
  assert.ok(moved < 200, `${moved} of 1800 moved`)
})

it('spreads the keys of one that is out over all others, and moves no others', () => {
  const pick = maglev(weighted(1, 1, 1, 1), new AloneState(4))
  const taken = [0, 0, 0, 0]
  for (let at = 0; at < 4000; at++) {
    const was = pick(request({ key: `k${at}` }), everybody)
    const now = pick(request({ key: `k${at}`, disturbed: true }), index => index !== 2)
    if (was === 2) taken[now]!++
    else assert.equal(now, was)
  }
  for (const index of [0, 1, 3]) assert.ok(Math.abs(taken[index]! - 1000 / 3) < 80, taken.join())
})

it('tells the addresses of one text apart', () => {
  const same = new Table([{ name: 'app' }, { name: 'app' }, { name: 'app' }])
  assert.ok(shares(maglevTable(same), 3).every(share => Math.abs(share - 1 / 3) < 1e-4))
})
