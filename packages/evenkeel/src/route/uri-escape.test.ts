import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  escapeArgs,
  escapeComponent,
  escapePath,
  readInternalUri,
  unescapeRedirect,
  unescapeUri,
} from './uri-escape.ts'

const bytes = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, i) => String.fromCharCode(from + i)).join('')
/** What stays as it is, of all bytes there are. */
const kept = (escape: (text: string) => string): string =>
  [...bytes(0, 255)].filter(byte => escape(byte) === byte).join('')

test('a path keeps exactly the bytes that nginx keeps', () => {
  assert.equal(kept(escapePath), "!$&'()*+,-./0123456789:;=@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~")
  assert.equal(escapePath('/a b%\xc3\xa9?'), '/a%20b%25%C3%A9%3F')
})

test('arguments keep neither & nor + nor ;', () => {
  assert.equal(kept(escapeArgs), "!$'()*,-./0123456789:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~")
})

test('a component keeps unreserved characters only', () => {
  assert.equal(kept(escapeComponent), '-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~')
})

test('escaping and unescaping a path gives the same bytes', () => {
  assert.equal(unescapeUri(escapePath(bytes(0, 255))), bytes(0, 255))
})

test('a broken escape vanishes as it does in nginx', () => {
  assert.equal(unescapeUri('a%zb'), 'azb')
  assert.equal(unescapeUri('a%4zb'), 'ab')
  assert.equal(unescapeUri('a%'), 'a')
  assert.equal(unescapeUri('a%4'), 'a')
})

test('a redirect is decoded up to its question mark, and only where that is safe', () => {
  assert.equal(unescapeRedirect('http://h/%41%20%25%7e%c3?a=%41'), 'http://h/A%20%25~%c3?a=%41')
  assert.equal(unescapeRedirect('http://h/a%3fb=%41'), 'http://h/a?b=%41')
})

test('a path for an internal redirect is split and decoded', () => {
  assert.deepEqual(readInternalUri('/a%20b?c=%20'), { uri: '/a b', args: 'c=%20' })
  assert.deepEqual(readInternalUri('/a'), { uri: '/a', args: '' })
  assert.deepEqual(readInternalUri('/a/..b'), { uri: '/a/..b', args: '' })
})

test('a path for an internal redirect that leads upwards, is empty or has a NUL is refused', () => {
  for (const text of ['', '?a', '../x', '/a/../b', '/a/..', '/%2e%2e/x', '/a%00', '/a\0']) {
    assert.equal(readInternalUri(text), null, JSON.stringify(text))
  }
})
