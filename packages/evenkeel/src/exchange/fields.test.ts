import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fields } from './fields.ts'
import { NameSet } from './name-set.ts'

/** Fields as a reader would make them of these lines. */
function read(lines: readonly [string, string][], ending = '\r\n'): Fields {
  let text = ''
  const marks: number[] = []
  for (const [name, value] of lines) {
    marks.push(text.length, text.length + name.length, text.length + name.length + 2)
    text += `${name}: ${value}`
    marks.push(text.length)
    text += ending
  }
  return new Fields(text, marks, ending === '\r\n')
}

const three = (): Fields =>
  read([
    ['Host', 'a.test'],
    ['X-One', '1'],
    ['x-one', '2'],
  ])

test('fields are found in any case, the first of several', () => {
  const fields = three()
  assert.equal(fields.get('x-ONE'), '1')
  assert.deepEqual(fields.getAll('X-One'), ['1', '2'])
  assert.equal(fields.get('x-two'), undefined)
})

test('what is added stands before and after what was read', () => {
  const fields = three()
  fields.before = ['First', '0']
  fields.add('Last', '9')
  assert.equal(fields.render(), 'First: 0\r\nHost: a.test\r\nX-One: 1\r\nx-one: 2\r\nLast: 9\r\n')
})

test('what is removed is gone from every way of asking', () => {
  const fields = three()
  fields.remove('x-one')
  assert.equal(fields.has('X-One'), false)
  assert.equal(fields.render(), 'Host: a.test\r\n')
  fields.set('Host', 'b.test')
  assert.equal(fields.render(), 'Host: b.test\r\n')
})

test('an overlay hides names and adds its own without changing what it lies over', () => {
  const fields = three()
  const view = fields.overlay(new NameSet(['host']))
  view.before = ['Host', 'peer']
  assert.equal(view.render(), 'Host: peer\r\nX-One: 1\r\nx-one: 2\r\n')
  assert.equal(view.get('host'), 'peer')
  assert.equal(fields.get('host'), 'a.test')
  assert.equal(fields.render(), 'Host: a.test\r\nX-One: 1\r\nx-one: 2\r\n')
})

test('lines that did not end in CRLF go on with CRLF', () => {
  assert.equal(
    read(
      [
        ['A', '1'],
        ['B', '2'],
      ],
      '\n',
    ).render(),
    'A: 1\r\nB: 2\r\n',
  )
})

test('a field hidden in the middle breaks the run around it and nothing else', () => {
  const fields = read([
    ['A', '1'],
    ['B', '2'],
    ['C', '3'],
    ['D', '4'],
  ])
  fields.hide = new NameSet(['b', 'd'])
  assert.equal(fields.render(), 'A: 1\r\nC: 3\r\n')
})

test('names hidden in one message alone are hidden like those of the set', () => {
  const view = three().overlay(new NameSet(['host']))
  view.hideAlso = ['x-one']
  assert.equal(view.render(), '')
  assert.equal(view.get('X-One'), undefined)
})
