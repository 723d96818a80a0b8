import assert from 'node:assert/strict'
import { it } from 'node:test'
import { hashConsistent } from './hash-consistent.ts'
import { hash } from './hash.ts'
import { methodNames } from '../model/names.ts'
import { backupPolicyOf, measuresOf, policies, policyOf } from './policies.ts'
import { randomTwo } from './random.ts'
import { roundRobin } from './round-robin.ts'

it('finds a policy by name and arguments', () => {
  assert.equal(policyOf({ name: 'round_robin', arguments: [] }), roundRobin)
  assert.equal(policyOf({ name: 'hash', arguments: [] }), hash)
  assert.equal(policyOf({ name: 'hash', arguments: ['consistent'] }), hashConsistent)
  assert.equal(policyOf({ name: 'random', arguments: ['two', 'least_conn'] }), randomTwo)
})

it('says what is wrong with a method and what to do', () => {
  assert.match(String(policyOf({ name: 'fair', arguments: [] })), /unknown balancing method "fair": use one of round_/)
  assert.match(String(policyOf({ name: 'toString', arguments: [] })), /unknown/)
  assert.match(String(policyOf({ name: 'hash', arguments: ['consistant'] })), /"consistant".*takes "consistent"/)
  assert.match(String(policyOf({ name: 'ip_hash', arguments: ['x'] })), /takes none/)
})

it('lets backups take turns where a method has no say over them', () => {
  assert.equal(backupPolicyOf({ name: 'hash', arguments: ['consistent'] }), roundRobin)
  assert.notEqual(backupPolicyOf({ name: 'least_conn', arguments: [] }), roundRobin)
  assert.equal(typeof backupPolicyOf({ name: 'nope', arguments: [] }), 'string')
})

it('has a policy for every method that a model may name, and for no others', () => {
  assert.deepEqual(Object.keys(policies).sort(), [...methodNames].sort())
})

it('takes a bound above 1', () => {
  const bounded = (value: string): unknown => policyOf({ name: 'hash', arguments: ['consistent', `bounded=${value}`] })
  assert.equal(typeof bounded('1.25'), 'function')
  assert.equal(typeof bounded('2'), 'function')
  for (const value of ['1', '0.5', '', 'x', '1e9', '-2', 'Infinity'])
    assert.match(String(bounded(value)), /bounded=1\.25/)
})

it('has nothing measured that no method asks for', () => {
  const measured = (name: string, ...written: string[]): string =>
    Object.entries(measuresOf({ name, arguments: written }))
      .filter(([, on]) => on)
      .map(([what]) => what)
      .join(' ')
  assert.equal(measured('round_robin'), '')
  assert.equal(measured('random', 'two', 'least_conn'), '')
  assert.equal(measured('random', 'two', 'least_time=header'), 'times')
  assert.equal(measured('least_time', 'header'), 'times')
  assert.equal(measured('least_time', 'header', 'inflight'), 'times waits')
  assert.equal(measured('ewma'), 'cost')
})
