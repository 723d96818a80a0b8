import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reply } from '../../exchange/outcome.ts'
import { compileAccess } from './access.ts'
import { makeExchange } from '../exchange.fixture.ts'

/** Rules as `+network` (allow) and `-network` (deny). */
function passes(rules: string, remoteAddress: string): boolean {
  const access = rules.split(' ').map(rule => ({ allow: rule.startsWith('+'), network: rule.slice(1) }))
  const outcome = compileAccess({ access, satisfy: 'all' })?.(makeExchange({ remoteAddress }).exchange)
  if (outcome !== undefined && outcome !== 'granted') assert.equal((outcome as Reply).status, 403)
  return outcome === undefined || outcome === 'granted'
}

test('the first rule that fits decides', () => {
  assert.ok(passes('+10.0.0.0/8 -all', '10.1.2.3'))
  assert.ok(!passes('+10.0.0.0/8 -all', '11.1.2.3'))
  assert.ok(!passes('-10.1.0.0/16 +10.0.0.0/8 -all', '10.1.2.3'))
  assert.ok(passes('-192.168.1.128/25', '192.168.1.127'))
  assert.ok(!passes('-192.168.1.128/25', '192.168.1.128'))
})

test('no rule that fits means passing', () => {
  assert.ok(passes('-10.0.0.1', '10.0.0.2'))
})

test('rules for IPv6 say nothing about IPv4, and the other way round', () => {
  assert.ok(passes('-2001:db8::/32', '192.0.2.1'))
  assert.ok(!passes('-2001:db8::/32', '2001:db8:0:1::5'))
  assert.ok(passes('-2001:db8::/33', '2001:db8:8000::'))
  assert.ok(passes('-0.0.0.0/0', '2001:db8::1'))
})

test('a rule can not be got around by an IPv4 address inside IPv6', () => {
  assert.ok(!passes('-10.0.0.0/8', '::ffff:10.0.0.1'))
})

test('unix: and all cover Unix sockets', () => {
  assert.ok(!passes('-unix:', 'unix:'))
  assert.ok(!passes('-all', 'unix:'))
  assert.ok(passes('+unix: -all', 'unix:'))
  assert.ok(passes('-10.0.0.0/8', 'unix:'))
})

test('a rule that can not be read is refused rather than dropped', () => {
  assert.throws(
    () => compileAccess({ satisfy: 'all', access: [{ allow: false, network: '10.0.0.0/33' }] }),
    /invalid network "10\.0\.0\.0\/33"/,
  )
})

test('who is refused is told in the log', () => {
  const { exchange, log } = makeExchange()
  void compileAccess({ satisfy: 'all', access: [{ allow: false, network: 'all' }] })!(exchange)
  assert.match(log[0]!, /^access forbidden by rule$/)
})
