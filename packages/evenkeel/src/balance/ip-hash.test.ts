import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ipHash } from './ip-hash.ts'
import { AloneState, request, Table } from '../lab/policy-kit.ts'
import { keepsPolicyContract, weighted } from './policy.contract.ts'

keepsPolicyContract('ip_hash', ipHash)

const golden: readonly [number[], number][] = [
  [[127, 0, 0, 1], 2],
  [[127, 0, 1, 1], 0],
  [[127, 1, 2, 1], 0],
  [[127, 9, 9, 1], 2],
  [[127, 77, 3, 1], 1],
  [[127, 200, 250, 1], 0],
  [[127, 13, 37, 1], 2],
  [[127, 255, 1, 1], 1],
]

it('sends networks where nginx sends them', () => {
  const pick = ipHash(weighted(1, 1, 1), new AloneState(3))
  for (const [address, expected] of golden)
    assert.equal(
      pick(request({ address }), () => true),
      expected,
      address.join(),
    )
})

it('sends them all to the first where the second of 1, 3, 1 is down, as nginx does', () => {
  const table = new Table([{}, { weight: 3, down: true }, {}])
  const pick = ipHash(table, new AloneState(3))
  for (const [address] of golden)
    assert.equal(
      pick(request({ address }), index => index !== 1),
      0,
      address.join(),
    )
})

it('looks at three bytes of IPv4 and all of IPv6', () => {
  const pick = ipHash(new Table(Array.from({ length: 50 }, () => ({}))), new AloneState(50))
  const chosen = (address: number[]): number => pick(request({ address }), () => true)
  assert.equal(new Set(Array.from({ length: 50 }, (_, last) => chosen([10, 1, 1, last]))).size, 1)
  const inSix = Array.from({ length: 50 }, (_, last) => chosen([...Array.from({ length: 15 }, () => 1), last]))
  assert.ok(new Set(inSix).size > 10)
})

it('sends clients of Unix sockets one way', () => {
  const pick = ipHash(weighted(1, 1, 1), new AloneState(3))
  const first = pick(request({ address: [] }), () => true)
  assert.equal(
    pick(request({ address: [] }), () => true),
    first,
  )
  assert.equal(
    pick(request({ address: [0, 0, 0, 9] }), () => true),
    first,
  )
})
