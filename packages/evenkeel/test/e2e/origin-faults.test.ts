/** What is not an HTTP/1 answer is 502, never relayed; and the peer is free again after every fault. */
import assert from 'node:assert/strict'
import { after, afterEach, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { openStage } from './stage.ts'

const stage = await openStage({ http: 'server_tokens off;' })
after(() => stage.close())
afterEach(() => stage.peerIsFree())

const head = (...lines: readonly string[]): string => [...lines, '', ''].join('\r\n')
const okHead = (...lines: readonly string[]): string => head('HTTP/1.1 200 OK', ...lines)

const bad: readonly (readonly [string, string | Buffer])[] = [
  ['closes before a byte', ''],
  ['closes within the status line', 'HTTP/1.1 2'],
  ['closes within its head', 'HTTP/1.1 200 OK\r\nContent-Le'],
  ['is an SSH server', 'SSH-2.0-OpenSSH_9.2p1 Debian\r\n'],
  ['answers with a TLS alert', Buffer.from([0x15, 3, 1, 0, 2, 2, 0x46])],
  ['answers with a bare page', '<html><body>hello</body></html>'],
  ['sends two lengths', okHead('Content-Length: 2', 'Content-Length: 2') + 'ab'],
  ['sends a negative length', okHead('Content-Length: -1') + 'ab'],
  ['sends a length with letters', okHead('Content-Length: 2a') + 'ab'],
  ['sends a length past 2^64', okHead('Content-Length: 18446744073709551617') + 'ab'],
  ['sends a length and chunks', okHead('Content-Length: 2', 'Transfer-Encoding: chunked') + '0\r\n\r\n'],
  ['sends two codings', okHead('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked') + '0\r\n\r\n'],
  ['sends an unknown coding', okHead('Transfer-Encoding: foo') + 'ab'],
  ['folds a line', okHead('X-A: 1', ' 2', 'Content-Length: 0')],
  ['sends a NUL in a value', okHead('X-A: \0', 'Content-Length: 0')],
  ['sends a space in a name', okHead('X A: 1', 'Content-Length: 0')],
  ['sends a line without colon', okHead('nothing', 'Content-Length: 0')],
  ['answers with status 999', head('HTTP/1.1 999 No', 'Content-Length: 0')],
  ['answers with status 20', head('HTTP/1.1 20 No', 'Content-Length: 0')],
  ['answers with status abc', head('HTTP/1.1 abc No', 'Content-Length: 0')],
  ['answers with status 000', head('HTTP/1.1 000 No', 'Content-Length: 0')],
  ['answers in HTTP/2.0', head('HTTP/2.0 200 OK', 'Content-Length: 0')],
  ['sends a head of 64 KB', okHead('X-A: ' + 'a'.repeat(64 * 1024), 'Content-Length: 0')],
  ['never ends its status line', 'HTTP/1.1 200 ' + 'a'.repeat(64 * 1024)],
  ['switches protocols unasked', head('HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: upgrade')],
]

for (const [what, bytes] of bad) {
  test(`an origin that ${what} is answered for with 502`, async () => {
    const { client, upstream } = await stage.forward()
    upstream.send(bytes).end()
    const response = await client.readResponse()
    assert.equal(response.status, 502)
    assert.match(response.text, /502 Bad Gateway/)
    await upstream.expectGone()
    await client.send(get('/counts')).expect(/^HTTP\/1\.1 200/)
  })
}

test('an origin that resets before a byte is answered for with 502', async () => {
  const { client, upstream } = await stage.forward()
  await upstream.reset()
  assert.equal((await client.readResponse()).status, 502)
})

test('an origin that resets within its head is answered for with 502', async () => {
  const { client, upstream } = await stage.forward()
  upstream.send('HTTP/1.1 200 OK\r\nX-A: 1\r\n')
  await upstream.reset()
  assert.equal((await client.readResponse()).status, 502)
})

test('bytes of UTF-8 in a field and in a reason pass unchanged', async () => {
  const { client, upstream } = await stage.forward()
  const value = Buffer.from('žluťoučký 🐎').toString('latin1')
  upstream.send(head('HTTP/1.1 200 ' + value, 'X-Horse: ' + value, 'Content-Length: 0'))
  const response = await client.readResponse()
  assert.equal(response.get('x-horse'), value)
  assert.equal(response.startLine, 'HTTP/1.1 200 ' + value)
})

test('a control byte in the reason is not passed on', async () => {
  const { client, upstream } = await stage.forward()
  upstream.send(head('HTTP/1.1 200 O\x01K', 'Content-Length: 0'))
  assert.equal((await client.readResponse()).startLine, 'HTTP/1.1 200 OK')
})

test('bare LFs in a head are written on as CRLF', async () => {
  const { client, upstream } = await stage.forward()
  upstream.send('HTTP/1.1 200 OK\nX-A: 1\nContent-Length: 2\n\nab')
  assert.match(await client.expect(/\r\n\r\nab/), /\r\nX-A: 1\r\n/)
  assert.doesNotMatch(client.unread, /[^\r]\n/)
})

test('exactly the announced length is passed on, and the connection with more on it is closed', async () => {
  const { client, upstream } = await stage.forward()
  upstream.send(okHead('Content-Length: 2') + 'abEXTRA')
  assert.equal((await client.readResponse()).text, 'ab')
  await upstream.expectGone()
  await client.send(get('/counts')).expect(/^HTTP\/1\.1 200/)
})

for (const [what, status, method] of [
  ['a 204', 204, 'GET'],
  ['a 304', 304, 'GET'],
  ['an answer to HEAD', 200, 'HEAD'],
] as const) {
  test(`the body that an origin sends with ${what} goes nowhere`, async () => {
    const { client, upstream } = await stage.forward(get('/').replace('GET', method))
    upstream.send(head(`HTTP/1.1 ${status} X`, 'X-A: 1') + 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison')
    const response = await client.readResponse({ head: true })
    assert.equal(response.status, status)
    await upstream.expectGone()
    client.send(get('/counts'))
    assert.match((await client.readResponse()).text, /^Active/)
  })
}

test('an answer byte by byte is the same answer', async () => {
  const { client, upstream } = await stage.forward()
  for (const byte of okHead('Transfer-Encoding: chunked') + '2\r\nab\r\n1;x\r\nc\r\n0\r\n\r\n') {
    upstream.send(byte)
    await new Promise(resolve => setImmediate(resolve))
  }
  assert.equal((await client.readResponse()).text, 'abc')
})

test('hop-by-hop fields of an answer stop here, cookies named by them do not', async () => {
  const { client, upstream } = await stage.forward()
  upstream.send(
    okHead(
      'Connection: close, Set-Cookie, X-Hop',
      'Keep-Alive: timeout=9',
      'Set-Cookie: a=b',
      'X-Hop: 1',
      'Content-Length: 0',
    ),
  )
  const response = await client.readResponse()
  assert.equal(response.get('set-cookie'), 'a=b')
  assert.equal(response.get('x-hop'), undefined)
  assert.equal(response.get('keep-alive'), undefined)
  assert.equal(response.get('connection'), 'keep-alive')
})

test('a refused connection is 502 at once, and the access log says why', async () => {
  await using refused = await openStage()
  refused.origin.refuse()
  assert.equal((await ask(refused.port, get('/gone'))).status, 502)
  assert.match((await refused.proxy.accessLog(1)).at(-1)!, /^502 connect_refused "GET \/gone HTTP\/1.1"/)
})
