import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dateText } from './date-text.ts'
import { test as holds } from './expression.ts'
import { SsiMemory } from './memory.ts'
import { encode, evaluate } from './values.ts'

const variables: Readonly<Record<string, string>> = { a: 'one', empty: '', name: 'Ann Lee' }
const lookup = (name: string): string | undefined => variables[name]

test('variables and backslashes in values', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['plain', 'plain'],
    ['$a', 'one'],
    ['x${A}y$a$nothing', 'xoneyone'],
    ['\\$a', '$a'],
    ['a\\"b\\\\c\\d', 'a"b\\c\\d'],
    ['$a-$a', 'one-one'],
  ]
  for (const [written, text] of cases) assert.deepEqual(evaluate(written, lookup), { text })
  for (const written of ['$', 'x$-', '${', '${}', '${a', '${a-}'])
    assert.equal(typeof evaluate(written, lookup), 'string', written)
})

test('what is written into a page is escaped', () => {
  assert.equal(encode('<a href="x">&\xe4\'', 'entity'), "&lt;a href=&quot;x&quot;&gt;&amp;\xe4'")
  assert.equal(encode('a b"c/d?e\xe4', 'url'), 'a%20b%22c/d?e%E4')
  assert.equal(encode('<b>', 'none'), '<b>')
})

test('expressions', () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ['$a', true],
    ['$empty', false],
    ['$nothing', false],
    ['$a = one', true],
    ['$a=one', true],
    ['$a != one', false],
    ['$A = two', false],
    ['$a = $a', true],
    ['$a = /^o/', true],
    ['$a != /^o/', false],
    ['$nothing = /x/', false],
    ['$nothing =', true],
  ]
  for (const [written, expected] of cases) assert.equal(holds(written, lookup, new SsiMemory()), expected, written)
  for (const written of ['$a == one', '$a < b', '$a = /(/', '$a = /x', '$a !'])
    assert.notEqual(holds(written, lookup, new SsiMemory()), true, written)
})

test('groups of a match are variables', () => {
  const memory = new SsiMemory()
  assert.equal(holds('$name = /^(\\w+) (?P<family>\\w+)/', lookup, memory), true)
  assert.deepEqual([memory.get('1'), memory.get('family'), memory.get('7')], ['Ann', 'Lee', undefined])
})

test('dates in the forms of strftime', () => {
  const ms = Date.UTC(2026, 1, 3, 4, 5, 6)
  assert.equal(dateText(ms, '%A, %d-%b-%Y %H:%M:%S %Z', true), 'Tuesday, 03-Feb-2026 04:05:06 GMT')
  assert.equal(dateText(ms, '%s|%e|%j|%I%p|%D|%T|%%|%Q', true), `${ms / 1000}| 3|034|04AM|02/03/26|04:05:06|%|%Q`)
})

test('what a page remembers is bounded', () => {
  const memory = new SsiMemory()
  assert.equal(memory.set('a', 'x'.repeat(900_000)), true)
  assert.equal(memory.set('b', 'x'.repeat(900_000)), false)
  assert.equal(memory.set('a', ''), true)
  assert.equal(memory.set('b', 'x'.repeat(900_000)), true)
  assert.equal(memory.beginBlock('c'), true)
  assert.equal(memory.addToBlock('x'.repeat(900_000)), false)
})
