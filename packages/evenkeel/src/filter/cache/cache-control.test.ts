import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ABSENT, ANY_AGE, readCacheControl, readTargeted } from './cache-control.ts'

const read = (...values: string[]): ReturnType<typeof readCacheControl> => readCacheControl(values)

test('directives are read whatever their case, over several fields', () => {
  const control = read('Public, MAX-AGE=60', 's-maxage=10, must-revalidate')
  assert.deepEqual(
    [control.public, control.maxAge, control.sMaxage, control.mustRevalidate, control.noStore],
    [true, 60, 10, true, false],
  )
})

test('a number may be quoted, and nothing inside of quotes is a directive', () => {
  assert.equal(read('max-age="60"').maxAge, 60)
  const control = read('extension="no-store, max-age=1", max-age=60')
  assert.deepEqual([control.noStore, control.maxAge], [false, 60])
  assert.equal(read('x="a\\"no-store", max-age=5').noStore, false)
})

test('a malformed number makes a response stale, never fresh for longer', () => {
  for (const value of [
    "max-age='60'",
    'max-age=60.5',
    'max-age=-1',
    'max-age=',
    'max-age',
    'max-age=60a',
    'max-age= 60 s',
  ])
    assert.equal(read(value).maxAge, 0, value)
})

test('of a directive said twice the smaller number counts', () => {
  assert.equal(read('max-age=60, max-age=5').maxAge, 5)
  assert.equal(read('max-age=5', 'max-age=60').maxAge, 5)
})

test('numbers beyond what anybody counts are cut', () => {
  assert.equal(read('max-age=99999999999999999999').maxAge, 2 ** 31)
})

test('no-cache and private may name fields, and are about those only then', () => {
  const control = read('no-cache="Set-Cookie, X-A", private=x-b')
  assert.deepEqual([control.noCache, control.private, control.fields], [false, false, ['set-cookie', 'x-a', 'x-b']])
  assert.equal(read('no-cache').noCache, true)
  assert.equal(read('no-cache=""').noCache, true)
})

test('a semicolon parts directives like a comma', () => {
  const control = read('max-age=60; no-store')
  assert.deepEqual([control.maxAge, control.noStore], [60, true])
})

test('what a name only begins or ends with is another directive', () => {
  const control = read('x-max-age=60, no-storeall, aprivate')
  assert.deepEqual([control.maxAge, control.noStore, control.private], [ABSENT, false, false])
})

test('max-stale without a number is any age', () => {
  assert.equal(read('max-stale').maxStale, ANY_AGE)
  assert.equal(read('max-stale=10').maxStale, 10)
})

test('a targeted field is a dictionary, and counts for nothing where it is not well-formed', () => {
  assert.equal(readTargeted(['max-age=60, must-revalidate'])?.maxAge, 60)
  assert.equal(readTargeted(['max-age=60;x=1, no-store;y'])?.noStore, true)
  assert.equal(readTargeted(['max-age=60', 'private'])?.private, true)
  for (const value of [
    '',
    'MAX-AGE=60',
    'max-age="60"',
    'max-age=60.5',
    'max-age=-1',
    'max-age=60,',
    'max-age==6',
    '&',
  ])
    assert.equal(readTargeted([value]), null, value)
})

test('reading takes time in proportion to the text', () => {
  const started = performance.now()
  for (const text of ['a="', ',', '=', 'a=b;', ' ', 'max-age=1 ', '"']) {
    read(text.repeat(20_000))
    readTargeted([text.repeat(20_000)])
  }
  assert.ok(performance.now() - started < 20_000)
})
