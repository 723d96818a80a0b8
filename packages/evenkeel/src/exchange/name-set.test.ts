import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NameSet, noNames } from './name-set.ts'

const names = new NameSet(['Host', 'X_Odd', 'x-accel-redirect'])
const stands = (text: string): boolean => names.hasAt(`<${text}>`, 1, 1 + text.length)

test('a name is found in any case, as a string and where it stands in a text', () => {
  for (const name of ['host', 'HOST', 'hOsT', 'X-Accel-Redirect', 'x_odd', 'X_ODD']) {
    assert.equal(names.has(name), true, name)
    assert.equal(stands(name), true, name)
  }
})

test('a name of the same length and first letter is another name', () => {
  for (const name of ['hose', 'Hort', 'x-odd', 'x-accel-redirecT-', 'hos', '']) {
    assert.equal(names.has(name), false, name)
    assert.equal(stands(name), false, name)
  }
})

test('characters that differ from a letter only in the bit of its case are no letters', () => {
  // "_" is 0x5f and DEL 0x7f, "[" is 0x5b and "{" 0x7b.
  assert.equal(stands('x\x7fodd'), false)
  assert.equal(new NameSet(['a{']).hasAt('a[', 0, 2), false)
})

test('a union has the names of both, and the empty set none', () => {
  const union = names.with(['Date'])
  assert.deepEqual([union.has('date'), union.has('host'), names.has('date')], [true, true, false])
  assert.equal(noNames.hasAt('host', 0, 4), false)
})
