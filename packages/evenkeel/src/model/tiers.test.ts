import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { ServerLine } from './model.ts'
import { tiersOf } from './tiers.ts'

const plain: ServerLine = {
  text: 'a',
  address: { path: '/a' },
  weight: 1,
  maxConns: 0,
  maxFails: 1,
  failTimeoutSeconds: 10,
  backup: false,
  down: false,
}

function tiers(servers: readonly Partial<ServerLine>[], preferZone?: string): number[] {
  const lines = servers.map(server => ({ ...plain, ...server }))
  return tiersOf(lines, preferZone)
}

it('is primaries, then backups', () => {
  assert.deepEqual(tiers([{}, { backup: true }, {}]), [0, 1, 0])
})

it('counts priorities without gaps, and backups after the last', () => {
  assert.deepEqual(tiers([{ priority: 20 }, {}, { backup: true }, { priority: 5 }, {}]), [2, 0, 3, 1, 0])
})

it('puts the preferred zone first within each priority, backups too', () => {
  const servers = [
    { zone: 'b' },
    { zone: 'a' },
    { priority: 1, zone: 'a' },
    { backup: true },
    { backup: true, zone: 'a' },
  ]
  assert.deepEqual(tiers(servers, 'a'), [1, 0, 2, 4, 3])
  assert.deepEqual(tiers(servers), [0, 0, 1, 2, 2])
})

it('is one tier when nobody stands in the preferred zone', () => {
  assert.deepEqual(tiers([{}, { zone: 'b' }], 'a'), [0, 0])
})
