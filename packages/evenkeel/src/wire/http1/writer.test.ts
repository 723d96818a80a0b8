import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fields } from '../../exchange/fields.ts'
import { safeFieldValue } from './check.ts'
import { httpDate } from './date.ts'
import { chunkHead, LAST_CHUNK, reasonPhrase, statusLine, trailerText } from './writer.ts'

test('status lines have nginx phrases unless another is given', () => {
  assert.equal(statusLine(200, ''), 'HTTP/1.1 200 OK\r\n')
  assert.equal(statusLine(405, ''), 'HTTP/1.1 405 Not Allowed\r\n')
  assert.equal(statusLine(504, ''), 'HTTP/1.1 504 Gateway Time-out\r\n')
  assert.equal(statusLine(302, 'Found'), 'HTTP/1.1 302 Found\r\n')
  assert.equal(statusLine(299, ''), 'HTTP/1.1 299 \r\n')
  assert.equal(statusLine(600, ''), 'HTTP/1.1 600 \r\n')
  assert.equal(reasonPhrase(413), 'Request Entity Too Large')
  assert.equal(reasonPhrase(299), '')
})

test('chunks and trailers are written as read', () => {
  assert.equal(chunkHead(31), '1f\r\n')
  const trailers = new Fields()
  trailers.add('X-Sum', '1')
  assert.equal(trailerText(trailers), '0\r\nX-Sum: 1\r\n\r\n')
  assert.equal(LAST_CHUNK, trailerText(new Fields()))
})

test('dates are IMF-fixdates', () => {
  assert.equal(httpDate(784_111_777_000), 'Sun, 06 Nov 1994 08:49:37 GMT')
})

test('no value brings a line end with it, not even one that appears when it is written as Latin-1', () => {
  assert.equal(safeFieldValue('a\t\xff'), 'a\t\xff')
  for (const bad of ['a\rb', 'a\nb', 'a\0b', '\u010a', '\u{1f60d}']) assert.equal(safeFieldValue(bad), null)
})
