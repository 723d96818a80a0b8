import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Condition } from '../model/model.ts'
import { compileCondition } from './condition.ts'
import { exchange, pattern, table, template } from './exchange.fixture.ts'
import { noScope } from './ports.ts'

const holds = (condition: Exclude<Condition, { kind: 'path' }>, target = '/'): boolean =>
  compileCondition(condition, table(), noScope)(exchange({ target }))

test('a value counts as true unless it is empty or 0', () => {
  const condition: Exclude<Condition, { kind: 'path' }> = { kind: 'set', value: template('$arg_a') }
  assert.deepEqual(
    ['/', '/?a=', '/?a=0', '/?a=00', '/?a=no'].map(target => holds(condition, target)),
    [false, false, false, true, true],
  )
})

test('equality compares bytes, and can be negated', () => {
  const condition = (negated: boolean): Exclude<Condition, { kind: 'path' }> => ({
    kind: 'equals',
    value: template('$arg_a'),
    text: template('é$arg_b'),
    negated,
  })
  assert.equal(holds(condition(false), '/?a=\xc3\xa9x&b=x'), true)
  assert.equal(holds(condition(true), '/?a=\xc3\xa9x&b=x'), false)
  assert.equal(holds(condition(true), '/?a=1'), true)
})

test('a match leaves its groups, and none at all when it fails', () => {
  const own = table()
  const condition: Exclude<Condition, { kind: 'path' }> = {
    kind: 'matches',
    value: template('$uri'),
    pattern: pattern('^/(a+)'),
    negated: false,
  }
  const compiled = compileCondition(condition, own, noScope)
  const made = exchange({ target: '/aa' })
  assert.equal(compiled(made), true)
  assert.equal(made.captures?.[1], 'aa')
  made.uri = '/b'
  assert.equal(compiled(made), false)
  assert.equal(made.captures, null)
})
