import assert from 'node:assert/strict'
import { it } from 'node:test'
import { AloneState, request, Table } from '../lab/policy-kit.ts'
import { keepsPolicyContract, weighted } from './policy.contract.ts'
import { rendezvous } from './rendezvous.ts'

keepsPolicyContract('rendezvous', rendezvous)

const everybody = (): boolean => true

it('moves nobody but the keys of the one that left', () => {
  for (const weight of [1, 3]) {
    const peers = Array.from({ length: 10 }, (_, index) => ({
      name: `10.0.0.${index}:80`,
      weight: index === 0 ? weight : 1,
    }))
    const before = rendezvous(new Table(peers), new AloneState(10))
    const after = rendezvous(new Table(peers.slice(0, 9)), new AloneState(9))
    const out = rendezvous(new Table(peers), new AloneState(10))
    for (let at = 0; at < 500; at++) {
      const was = before(request({ key: `k${at}` }), everybody)
      const now = after(request({ key: `k${at}` }), everybody)
      if (was < 9) assert.equal(now, was)
      assert.equal(
        out(request({ key: `k${at}`, disturbed: true }), index => index !== 9),
        now,
      )
    }
  }
})

it('gives equal peers equal shares', () => {
  const pick = rendezvous(weighted(1, 1, 1, 1), new AloneState(4))
  const counts = [0, 0, 0, 0]
  for (let at = 0; at < 20_000; at++) counts[pick(request({ key: `k${at}` }), everybody)]!++
  for (const count of counts) assert.ok(Math.abs(count / 20_000 - 0.25) < 0.015, counts.join())
})

it('moves to a peer that got heavier only keys that it wins', () => {
  const names = [{ name: 'a' }, { name: 'b' }, { name: 'c' }]
  const before = rendezvous(new Table(names.map(peer => ({ ...peer, weight: 2 }))), new AloneState(3))
  const after = rendezvous(
    new Table(names.map((peer, index) => ({ ...peer, weight: index === 1 ? 4 : 2 }))),
    new AloneState(3),
  )
  for (let at = 0; at < 1000; at++) {
    const was = before(request({ key: `k${at}` }), everybody)
    const now = after(request({ key: `k${at}` }), everybody)
    assert.ok(now === was || now === 1)
  }
})
