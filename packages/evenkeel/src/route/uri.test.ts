import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normalizePath } from './uri.ts'

// Every row was answered by nginx 1.31.5 in the same way (null: 400).
const golden: readonly (readonly [raw: string, merged: string | null, unmerged?: string | null])[] = [
  ['/', '/'],
  ['/a/b.c', '/a/b.c'],
  ['/a%20b', '/a b'],
  ['/%C3%A9', '/\xc3\xa9'],
  ['/\xe9', '/\xe9'],
  ['//a///b', '/a/b', '//a///b'],
  ['/a//../b', '/b', '/a/b'],
  ['/a/./b', '/a/b'],
  ['/a/.', '/a/'],
  ['/a/../b', '/b'],
  ['/a/b/..', '/a/'],
  ['/a/..', '/'],
  ['/..', null],
  ['/../a', null],
  ['/a/../../b', null],
  ['/v/%2e%2e/admin', '/admin'],
  ['/v%2f..%2Fadmin', '/admin'],
  ['/%2e%2e/etc', null],
  ['/...', '/...'],
  ['/.well-known', '/.well-known'],
  ['/..a/b', '/..a/b'],
  ['/a/.%25', '/a/.%'],
  ['/a%252e', '/a%2e'],
  ['/a%23b', '/a#b'],
  ['/a%3Fb', '/a?b'],
  ['/a#b', '/a'],
  ['/a/..#b', '/'],
  ['/a+b', '/a+b'],
  ['/a\\b', '/a\\b'],
  ['/%00', null],
  ['/%zz', null],
  ['/%4', null],
  ['/%', null],
]

for (const [raw, merged, unmerged = merged] of golden) {
  test(`${JSON.stringify(raw)} becomes ${JSON.stringify(merged)}`, () => {
    assert.equal(normalizePath(raw, true), merged)
    assert.equal(normalizePath(raw, false), unmerged)
  })
}

test('a path that is not absolute is bad, an empty one is the root', () => {
  assert.equal(normalizePath('a/b', true), null)
  assert.equal(normalizePath('*', true), null)
  assert.equal(normalizePath('', true), '/')
})

test('nothing of a path of many dots and slashes is worked on twice', () => {
  const raw = '/' + 'a/../'.repeat(6000)
  assert.equal(normalizePath(raw, true), '/')
})
