import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exchange, pattern, table, template } from './exchange.fixture.ts'
import { INPUT_LIMIT } from '../model/pattern.ts'
import { compilePattern } from './pattern.ts'
import { compileTemplate, constantText } from './template.ts'

test('any number of variables is joined with what stands between them', () => {
  const made = exchange({ target: '/p?a=1' })
  for (let count = 0; count <= 13; count++) {
    const text = '<' + '$uri-${arg_a}|$arg_none.'.repeat(count) + '>'
    assert.equal(compileTemplate(template(text), table())(made), '<' + '/p-1|.'.repeat(count) + '>')
  }
})

test('a template that is one variable is its value, an empty one is empty', () => {
  assert.equal(compileTemplate(template('$uri'), table())(exchange({ target: '/x' })), '/x')
  assert.equal(compileTemplate(template('$http_none'), table())(exchange()), '')
  assert.equal(compileTemplate([], table())(exchange()), '')
})

test('literals become bytes', () => {
  assert.equal(compileTemplate(template('é$uri'), table())(exchange()), '\xc3\xa9/')
  assert.equal(constantText(['é', 'x']), '\xc3\xa9x')
  assert.equal(constantText(template('a$b')), undefined)
})

test('groups of the last match stand in templates; a group that took no part is empty', () => {
  const own = table()
  const made = exchange()
  const text = compileTemplate(template('$1-$2-$3-$name'), own)
  assert.equal(text(made), '---')
  assert.equal(compilePattern(pattern('^(a)(x)?(?<name>b)'), own).exec('ab', made), true)
  assert.equal(text(made), 'a--b-b')
})

test('a failed match leaves the groups there were, a match without groups takes them away', () => {
  const own = table()
  const made = exchange()
  const text = compileTemplate(template('$1'), own)
  compilePattern(pattern('(a)'), own).exec('a', made)
  assert.equal(compilePattern(pattern('(b)'), own).exec('a', made), false)
  assert.equal(text(made), 'a')
  assert.equal(compilePattern(pattern('A', true), own).exec('a', made), true)
  assert.equal(text(made), '')
})

test('patterns see bytes', () => {
  assert.equal(compilePattern(pattern('^é$'), table()).test('\xc3\xa9'), true)
})

test('no more of an input is matched than its limit', () => {
  const found = compilePattern(pattern('x'), table())
  assert.equal(found.test('a'.repeat(INPUT_LIMIT - 1) + 'x'), true)
  assert.equal(found.test('a'.repeat(INPUT_LIMIT) + 'x'), false)
})
