import assert from 'node:assert/strict'
import { it } from 'node:test'
import { hashConsistent, ringOf } from './hash-consistent.ts'
import { AloneState, request, Table } from '../lab/policy-kit.ts'
import { altered, keepsPolicyContract, letters } from './policy.contract.ts'

// A ring of few peers is uneven by nature, so the shares of the contract are asked of heavier peers.
keepsPolicyContract('hash consistent', (peers, state) =>
  hashConsistent(altered(peers, { weight: index => 40 * peers.weight(index) }), state),
)

const everybody = (): boolean => true
const table = new Table([{ name: '127.0.0.1:9101' }, { name: '127.0.0.1:9102', weight: 2 }, { name: '127.0.0.1:9103' }])
const golden = { a: 2, b: 2, foo: 0, bar: 0, 'user-42': 0, 'session:9': 1, '/img/1.png': 0, ['x'.repeat(40)]: 0, '0': 1, zz: 2 } // prettier-ignore

it('has the ring of nginx, bit for bit', () => {
  const ring = ringOf(table)
  assert.equal(ring.points.length, 640)
  assert.deepEqual(Array.from(ring.points.subarray(0, 3)), [0x01cd55e8, 0x022b474e, 0x022e365c])
  assert.deepEqual(
    [0, 1, 2].map(at => [...ring.peersAt(at)]),
    [[1], [1], [2]],
  )
})

it('sends keys where nginx sends them', () => {
  const pick = hashConsistent(table, new AloneState(3))
  for (const [key, expected] of Object.entries(golden)) assert.equal(pick(request({ key }), everybody), expected, key)
})

it('takes turns among the addresses of one name', () => {
  const pick = hashConsistent(new Table([{ name: 'app' }, { name: 'app' }, { name: 'app' }]), new AloneState(3))
  assert.equal(
    letters(6, () => pick(request({ key: 'same' }), everybody)),
    'a b c a b c',
  )
})

it('moves only the keys of the one that left', () => {
  const many = Array.from({ length: 10 }, (_, index) => ({ name: `10.0.0.${index}:80` }))
  const before = hashConsistent(new Table(many), new AloneState(10))
  const after = hashConsistent(new Table(many.slice(0, 9)), new AloneState(9))
  for (let at = 0; at < 500; at++) {
    const was = before(request({ key: `k${at}` }), everybody)
    if (was < 9) assert.equal(after(request({ key: `k${at}` }), everybody), was)
  }
})

it('goes on to the next point when the first is not eligible, and past the end of the ring', () => {
  const pick = hashConsistent(table, new AloneState(3))
  for (let at = 0; at < 300; at++) {
    const chosen = pick(request({ key: `k${at}`, disturbed: true }), index => index !== 1)
    assert.ok(chosen === 0 || chosen === 2)
  }
  const ring = ringOf(table)
  assert.equal(ring.find(0xffffffff), 640)
  assert.equal(ring.peersAt(640), ring.peersAt(0))
})

it('splits a name at its port only, and takes Unix sockets without their prefix', () => {
  const points = (name: string): number[] => [...ringOf(new Table([{ name }])).points]
  assert.notDeepEqual(points('host:80'), points('host80'))
  assert.deepEqual(points('unix:/run/a'), points('UNIX:/run/a'))
  assert.deepEqual(points('unix:/run/a'), points('/run/a'))
  assert.deepEqual(points('host'), points('host:'))
  assert.notDeepEqual(points('[::1]'), points('[:'))
})
