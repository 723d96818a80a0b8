/** Requests that two readers could take for different messages: 400, the connection ends, and no origin sees a byte. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { until } from '../scenario/wait.ts'
import { chunkedHead, openStage } from './stage.ts'

const stage = await openStage({ locations: { '/stream': 'proxy_request_buffering off;' } })
after(() => stage.close())

const lines = (...more: readonly string[]): string => ['POST / HTTP/1.1', 'Host: a', ...more].join('\r\n') + '\r\n\r\n'
const chunks = (body: string): string => chunkedHead('/') + body

/** What it is, the answer, and the bytes. */
const refused: readonly (readonly [string, number, string])[] = [
  ['a length before chunks', 400, lines('Content-Length: 3', 'Transfer-Encoding: chunked') + '0\r\n\r\n'],
  ['a length behind chunks', 400, lines('Transfer-Encoding: chunked', 'Content-Length: 3') + '0\r\n\r\n'],
  ['the same length twice', 400, lines('Content-Length: 3', 'Content-Length: 3') + 'abc'],
  ['two lengths', 400, lines('Content-Length: 3', 'Content-Length: 4') + 'abcd'],
  ['a list of lengths', 400, lines('Content-Length: 3, 3') + 'abc'],
  ['a length with a plus', 400, lines('Content-Length: +3') + 'abc'],
  ['a hexadecimal length', 400, lines('Content-Length: 0x3') + 'abc'],
  ['a negative length', 400, lines('Content-Length: -1') + 'abc'],
  ['a length with a space in it', 400, lines('Content-Length: 3 3') + 'abc'],
  ['a length with an underscore', 400, lines('Content-Length: 1_0') + 'abc'],
  ['a length past 2^64', 400, lines('Content-Length: 18446744073709551617') + 'a'],
  ['an empty length', 400, lines('Content-Length: ') + 'abc'],
  ['the coding identity', 501, lines('Transfer-Encoding: identity') + 'abc'],
  ['an unknown coding', 501, lines('Transfer-Encoding: xchunked') + 'abc'],
  ['two codings', 501, lines('Transfer-Encoding: gzip, chunked') + '0\r\n\r\n'],
  ['chunks that are not the last coding', 501, lines('Transfer-Encoding: chunked, identity') + '0\r\n\r\n'],
  ['two fields of codings', 400, lines('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked') + '0\r\n\r\n'],
  ['an empty coding before chunks', 501, lines('Transfer-Encoding: ,chunked') + '0\r\n\r\n'],
  ['a space before the colon', 400, lines('Transfer-Encoding : chunked') + '0\r\n\r\n'],
  ['a coding on a folded line', 400, lines('Transfer-Encoding:', ' chunked') + '0\r\n\r\n'],
  ['chunks in HTTP/1.0', 400, 'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a hexadecimal prefix in a chunk size', 400, chunks('0x3\r\nabc\r\n0\r\n\r\n')],
  ['a negative chunk size', 400, chunks('-3\r\nabc\r\n0\r\n\r\n')],
  ['letters in a chunk size', 400, chunks('3zz\r\nabc\r\n0\r\n\r\n')],
  ['a space before a chunk size', 400, chunks(' 3\r\nabc\r\n0\r\n\r\n')],
  ['a chunk size past 2^64', 400, chunks('10000000000000003\r\nabc\r\n0\r\n\r\n')],
  ['a bare LF behind a chunk size', 400, chunks('3\nabc\r\n0\r\n\r\n')],
  ['a bare LF behind chunk data', 400, chunks('3\r\nabc\n0\r\n\r\n')],
  ['a CR in a chunk extension', 400, chunks('3;a\rb\r\nabc\r\n0\r\n\r\n')],
  ['20 KB of chunk extension', 400, chunks('3;' + 'a'.repeat(20_000) + '\r\nabc\r\n0\r\n\r\n')],
  ['no line end behind chunk data', 400, chunks('3\r\nabcd\r\n0\r\n\r\n')],
  ['an empty chunk size', 400, chunks('\r\nabc\r\n0\r\n\r\n')],
]

for (const [what, status, bytes] of refused) {
  test(`${what} is refused with ${status} and nothing reaches the origin`, async () => {
    await using client = await stage.connect()
    const response = await client.send(bytes).readResponse()
    assert.equal(response.status, status)
    assert.equal(response.get('connection'), 'close')
    await client.expectClose()
    assert.equal(stage.origin.accepted, 0)
  })
}

test('a refusal reaches a client that is still sending', async () => {
  await using client = await stage.connect()
  client.send(lines('Content-Length: 3', 'Content-Length: 4'))
  for (let i = 0; i < 20; i++) client.send('x'.repeat(64 * 1024))
  assert.equal((await client.readResponse()).status, 400)
  await client.expectClose()
})

test('a request before a malformed one is answered first, and the access log says why of the second', async () => {
  await using client = await stage.connect()
  client.send(
    'GET /counts HTTP/1.1\r\nHost: a\r\n\r\n' + lines('Content-Length: 3, 3') + 'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  )
  assert.equal((await client.readResponse()).status, 200)
  assert.equal((await client.readResponse()).status, 400)
  await client.expectClose()
  assert.equal(stage.origin.accepted, 0)
  await until(
    () => 'the access log to say why the second was refused',
    async () => (await stage.proxy.accessLog()).at(-1)?.startsWith('400 malformed_request ') || undefined,
  )
})

test('a broken chunk in a streamed body ends the request at the origin, unfinished', async () => {
  await using client = await stage.connect()
  client.send(chunkedHead('/stream') + '3\r\nabc\r\n')
  const upstream = await stage.accept()
  await upstream.readHead()
  await upstream.expect('3\r\nabc\r\n')
  client.send('zz\r\n')
  await upstream.expectGone()
  assert.equal(upstream.unread, '')
  assert.equal((await client.readResponse()).status, 400)
  await client.expectClose()
  await stage.peerIsFree()
})
