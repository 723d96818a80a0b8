import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fields } from '../../exchange/fields.ts'
import { variantOf } from './vary.ts'

function variant(vary: string, ...lines: readonly (readonly [string, string])[]): string {
  const fields = new Fields()
  for (const [name, value] of lines) fields.add(name, value)
  return variantOf(vary, fields)
}

test('nothing varies without Vary', () => {
  assert.equal(variant('', ['Accept', 'a']), '')
})

test('fields that are named tell requests apart, others do not', () => {
  assert.notEqual(variant('Foo', ['Foo', '1']), variant('Foo', ['Foo', '2']))
  assert.equal(variant('Foo', ['Foo', '1'], ['Bar', '1']), variant('Foo', ['Foo', '1'], ['Bar', '2']))
})

test('a field that is missing is not one that is empty', () => {
  assert.notEqual(variant('Foo'), variant('Foo', ['Foo', '']))
})

test('neither the order, the case nor the white space of Vary matters, nor empty members', () => {
  const lines = [
    ['Foo', '1'],
    ['Bar', '2'],
  ] as const
  assert.equal(variant('foo,  BAR,,', ...lines), variant('Bar, Foo', ...lines))
})

test('several lines are one list', () => {
  assert.equal(variant('Foo', ['Foo', '1'], ['Foo', '2']), variant('Foo', ['Foo', '1, 2']))
})

test('preferences are compared by their weight, caselessly; other values as they are', () => {
  const language = (value: string): string => variant('Accept-Language', ['Accept-Language', value])
  assert.equal(language('en;q=0.5, DE'), language('de,en; q=0.5'))
  assert.notEqual(language('en, de'), language('de, en'))
  assert.notEqual(variant('Foo', ['Foo', 'A']), variant('Foo', ['Foo', 'a']))
})

test('a comma inside of quotes parts nothing', () => {
  assert.notEqual(variant('Foo', ['Foo', '"a, b"']), variant('Foo', ['Foo', '"a,b"']))
})
