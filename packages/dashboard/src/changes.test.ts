import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consequenceOf, patchFor, readWeight, wishOf } from './changes.ts'
import { peer, upstream } from './snapshot.fixture.ts'

const up = { mode: 'up', weight: 1 } as const

test('only what changes is told', () => {
  assert.equal(patchFor(up, up), null)
  assert.deepEqual(patchFor(up, { mode: 'up', weight: 5 }), { weight: 5 })
  assert.deepEqual(patchFor(up, { mode: 'drain', weight: 1 }), { down: false, drain: true })
})

test('a server that was draining when it was taken down does not drain when it comes back', () => {
  const { down, drain } = patchFor({ mode: 'drain', weight: 1 }, { mode: 'down', weight: 1 }) as Record<string, unknown>
  assert.deepEqual([down, drain], [true, false])
})

test('what failures make of a server is nobody’s wish', () => {
  for (const state of ['up', 'unavail', 'checking', 'unhealthy'] as const)
    assert.equal(wishOf(peer({ state })).mode, 'up')
  assert.equal(wishOf(peer({ state: 'draining' })).mode, 'drain')
  assert.equal(wishOf(peer({ state: 'down' })).mode, 'down')
})

for (const [text, weight] of [
  ['1', 1],
  [' 42 ', 42],
  ['65535', 65_535],
  ['65536', null],
  ['0', null],
  ['-1', null],
  ['1.5', null],
  ['1e3', null],
  ['', null],
] as const) {
  test(`the weight "${text}" is ${weight}`, () => assert.equal(readWeight(text), weight))
}

test('taking away the last server that is up is told as grave', () => {
  const last = peer()
  const all = upstream([last, peer({ id: 1, state: 'unhealthy' })])
  const { grave, text } = consequenceOf(all, last, { mode: 'down', weight: 1 })
  assert.equal(grave, true)
  assert.match(text, /^No other server of app is up: new requests will fail\./)
})

test('backups take over only where nobody else is left', () => {
  const [one, two, backup] = [peer({ active: 3 }), peer({ id: 1 }), peer({ id: 2, backup: true })]
  const told = (peers: readonly ReturnType<typeof peer>[]): string =>
    consequenceOf(upstream(peers), one, { mode: 'drain', weight: 1 }).text
  assert.match(told([one, two, backup]), /^New requests go to the other server\. 3 in flight there finish\./)
  assert.match(told([one, backup]), /^New requests go to the other server\./)
})
