import assert from 'node:assert/strict'
import { it } from 'node:test'
import { hashConsistent } from './hash-consistent.ts'
import { hash } from './hash.ts'
import { backupPolicyOf, policyOf } from './policies.ts'
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
