import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fields } from '../../exchange/fields.ts'
import { checkPreconditions, rangeStillApplies, type Validators } from './conditional.ts'
import { formatHttpDate, parseHttpDate } from '../fields/http-date.ts'

const at = 1_700_000_000
const validators: Validators = { lastModified: at, etag: '"a-1"' }

function fields(all: Readonly<Record<string, string>>): Fields {
  const made = new Fields()
  for (const [name, value] of Object.entries(all)) made.add(name, value)
  return made
}

const check = (all: Readonly<Record<string, string>>, mode: 'off' | 'exact' | 'before' = 'exact'): number =>
  checkPreconditions(fields(all), validators, mode)

test('the three forms of a date mean the same second', () => {
  assert.equal(formatHttpDate(784111777), 'Sun, 06 Nov 1994 08:49:37 GMT')
  assert.equal(parseHttpDate('Sun, 06 Nov 1994 08:49:37 GMT'), 784111777)
  assert.equal(parseHttpDate('Sunday, 06-Nov-94 08:49:37 GMT'), 784111777)
  assert.equal(parseHttpDate('Sun Nov  6 08:49:37 1994'), 784111777)
  for (const text of ['', 'yesterday', 'Sun, 31 Feb 1994 08:49:37 GMT', 'Sun, 06 Nov 1994 25:49:37 GMT']) {
    assert.ok(Number.isNaN(parseHttpDate(text)), text)
  }
})

test('If-Modified-Since is compared for equality, or for order when told so', () => {
  assert.equal(check({ 'If-Modified-Since': formatHttpDate(at) }), 304)
  assert.equal(check({ 'If-Modified-Since': formatHttpDate(at + 1) }), 200)
  assert.equal(check({ 'If-Modified-Since': formatHttpDate(at + 1) }, 'before'), 304)
  assert.equal(check({ 'If-Modified-Since': formatHttpDate(at - 1) }, 'before'), 200)
  assert.equal(check({ 'If-Modified-Since': 'nonsense' }, 'before'), 200)
  assert.equal(check({ 'If-Modified-Since': formatHttpDate(at) }, 'off'), 200)
})

test('If-None-Match is a list compared weakly', () => {
  assert.equal(check({ 'If-None-Match': '"x", W/"a-1"' }), 304)
  assert.equal(check({ 'If-None-Match': '*' }), 304)
  assert.equal(check({ 'If-None-Match': '"a-11"' }), 200)
})

test('both conditions have to agree that nothing changed', () => {
  assert.equal(check({ 'If-None-Match': '"a-1"', 'If-Modified-Since': formatHttpDate(at - 5) }), 200)
  assert.equal(check({ 'If-None-Match': '"b"', 'If-Modified-Since': formatHttpDate(at) }), 200)
})

test('If-Match is compared strongly and If-Unmodified-Since by order', () => {
  assert.equal(check({ 'If-Match': '"a-1"' }), 200)
  assert.equal(check({ 'If-Match': 'W/"a-1"' }), 412)
  assert.equal(check({ 'If-Unmodified-Since': formatHttpDate(at - 1) }), 412)
  assert.equal(check({ 'If-Unmodified-Since': formatHttpDate(at) }), 200)
})

test('If-Range lets a range apply only to exactly what the client has', () => {
  assert.ok(rangeStillApplies(fields({}), validators))
  assert.ok(rangeStillApplies(fields({ 'If-Range': '"a-1"' }), validators))
  assert.ok(!rangeStillApplies(fields({ 'If-Range': 'W/"a-1"' }), { ...validators, etag: 'W/"a-1"' }))
  assert.ok(rangeStillApplies(fields({ 'If-Range': formatHttpDate(at) }), validators))
  assert.ok(!rangeStillApplies(fields({ 'If-Range': formatHttpDate(at + 1) }), validators))
})
