/** Upgrades: switched only by a 101 that was asked for; what is around it stays HTTP. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, afterEach, test } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { get } from '../scenario/ask.ts'
import { startProxy } from '../scenario/proxy.ts'
import { undisturbed, until } from '../scenario/wait.ts'
import { chunkedHead, ok, openStage, post } from './stage.ts'

const wanted = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
]
const passes = 'proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;'
const switching =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'

const stage = await openStage({
  locations: {
    '/ws': passes,
    '/short': passes + 'proxy_read_timeout 150ms;',
    '/stream': passes + 'proxy_request_buffering off;',
  },
})
after(() => stage.close())
afterEach(() => stage.peerIsFree())

test('after a 101 bytes go both ways as they are, and each end is told of the other', async () => {
  const { client, upstream, request } = await stage.forward(get('/ws', ...wanted))
  assert.equal(request.get('upgrade'), 'websocket')
  upstream.send(switching)
  const head = await client.readHead()
  assert.match(head.startLine, /^HTTP\/1\.1 101 /)
  assert.equal(head.get('upgrade'), 'websocket')
  assert.equal(head.get('connection')?.toLowerCase(), 'upgrade')
  client.send('\x00\xff up')
  await upstream.expect('\x00\xff up')
  upstream.send('\xff\x00 down')
  await client.expect('\xff\x00 down')
  upstream.end()
  await client.expectClose()
  client.end()
  await upstream.expectClose()
})

test('what comes in one packet with the 101 is the first of the new protocol', async () => {
  const { client, upstream } = await stage.forward(get('/ws', ...wanted))
  upstream.send(switching + 'early')
  await client.readHead()
  await client.expect('early')
  upstream.send('later')
  await client.expect('later')
  await client[Symbol.asyncDispose]()
  await upstream.expectGone()
})

test('a 101 in pieces, with bytes behind it, is passed on once', async () => {
  const { client, upstream } = await stage.forward(get('/ws', ...wanted))
  upstream.send(switching.slice(0, 30))
  await new Promise(resolve => setTimeout(resolve, 20))
  upstream.send(switching.slice(30) + 'early')
  await client.readHead()
  await client.expect('early')
  await client[Symbol.asyncDispose]()
  await upstream.expectGone()
  assert.equal(client.unread, '')
})

test('what the client sent ahead goes up once the protocol is switched', async () => {
  const { client, upstream } = await stage.forward(get('/ws', ...wanted) + 'ahead')
  assert.equal(upstream.unread, '')
  upstream.send(switching)
  await upstream.expect('ahead')
  client.send('more')
  await upstream.expect('more')
  await client[Symbol.asyncDispose]()
  await upstream.expectGone()
})

for (const status of [200, 401]) {
  test(`what the client sent ahead is the next request when the origin answers ${status}`, async () => {
    const { client, upstream } = await stage.forward(get('/ws', ...wanted) + get('/next'))
    upstream.send(ok('no').replace('200', String(status)))
    assert.deepEqual([(await client.readResponse()).status, upstream.unread], [status, ''])
    const next = await stage.accept()
    assert.equal((await next.receive()).target, '/next')
    next.send(ok('next'))
    assert.equal((await client.readResponse()).text, 'next')
  })
}

test('a reset before the 101 is 502', async () => {
  const { client, upstream } = await stage.forward(get('/ws', ...wanted))
  await upstream.reset()
  assert.equal((await client.readResponse()).status, 502)
})

test('a reset of the origin after the 101 reaches the client', async () => {
  const { client, upstream } = await stage.forward(get('/ws', ...wanted))
  upstream.send(switching)
  await client.readHead()
  await upstream.reset()
  await client.expectReset()
})

test('a reset of the client after the 101 reaches the origin', async () => {
  const { client, upstream } = await stage.forward(get('/ws', ...wanted))
  upstream.send(switching)
  await client.readHead()
  await client.reset()
  await upstream.expectReset()
})

test('a client that leaves before the 101 cancels the request', async () => {
  const { client, upstream } = await stage.forward(get('/ws', ...wanted))
  await client.reset()
  await upstream.expectGone()
})

async function movesAndStops(): Promise<void> {
  const { client, upstream } = await stage.forward(get('/short', ...wanted))
  upstream.send(switching)
  assert.match((await client.readHead()).startLine, / 101 /)
  let last = 0
  for (let i = 0; i < 5; i++) {
    await new Promise(resolve => setTimeout(resolve, 60))
    last = Date.now()
    client.send('.')
    await upstream.expect('.')
  }
  await client.expectGone()
  await upstream.expectGone()
  assert.ok(Date.now() - last >= 140)
}

test('a tunnel in which nothing moves ends after proxy_read_timeout, one in which something moves does not', () =>
  undisturbed(movesAndStops))

test('a tunnel slows the side that sends faster than the other reads', async () => {
  const { client, upstream } = await stage.forward(get('/ws', ...wanted))
  upstream.send(switching)
  await client.readHead()
  const head = client.socket.bytesRead
  client.pause()
  const part = Buffer.alloc(1 << 20, 'x')
  for (let i = 0; i < 48; i++) upstream.send(part)
  await new Promise(resolve => setTimeout(resolve, 150))
  assert.ok(upstream.socket.writableLength > 16 << 20, 'the origin was not slowed')
  client.resume()
  await until(
    () => `all bytes; ${client.socket.bytesRead - head} came`,
    () => client.socket.bytesRead - head >= 48 << 20 || undefined,
  )
  await client[Symbol.asyncDispose]()
  await upstream.expectGone()
})

test('a WebSocket without a key of 16 bytes is 400', async () => {
  const without = wanted.filter(line => !line.startsWith('Sec-WebSocket-Key'))
  for (const key of [[], ['Sec-WebSocket-Key: short']]) {
    const client = (await stage.connect()).send(get('/ws', ...without, ...key))
    assert.equal((await client.readResponse()).status, 400)
  }
})

test('a 101 that does not answer the key is 502', async () => {
  for (const wrong of [switching.replace('s3pP', 'aaaa'), switching.replace(/Sec-.*\r\n\r\n/, '\r\n')]) {
    const { client, upstream } = await stage.forward(get('/ws', ...wanted))
    upstream.send(wrong)
    assert.equal((await client.readResponse()).status, 502)
    await upstream.expectClose()
  }
})

test('another protocol has no key, and none is asked for', async () => {
  const { client, upstream } = await stage.forward(get('/ws', 'Connection: Upgrade', 'Upgrade: other'))
  upstream.send('HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\nhello')
  assert.match((await client.readHead()).startLine, / 101 /)
  await client.expect('hello')
  upstream.end()
  client.end()
})

test('Upgrade: h2c is not passed on by default, and the request is answered', async () => {
  const { client, upstream, request } = await stage.forward(
    get('/', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'),
  )
  assert.deepEqual(
    [request.get('upgrade'), request.get('http2-settings'), request.get('connection')],
    [undefined, undefined, undefined],
  )
  upstream.send(ok('plain'))
  assert.equal((await client.readResponse()).text, 'plain')
})

test('an upgrade with a body sends the body as a body', async () => {
  const { client, upstream, request } = await stage.forward(post('/ws', 'hello', ...wanted))
  assert.equal(request.text, 'hello')
  upstream.send(switching)
  await client.readHead()
  client.send('x')
  await upstream.expect('x')
  await client[Symbol.asyncDispose]()
  await upstream.expectGone()
})

test('a 101 before the request was sent whole is refused: the rest of it could not be told from the new protocol', async () => {
  const { client, upstream } = await stage.forwardHead(chunkedHead('/stream', ...wanted) + '3\r\nabc\r\n')
  upstream.send(switching)
  assert.equal((await client.readResponse()).status, 502)
  await client[Symbol.asyncDispose]()
  await upstream.expectGone()
})

test('WebSocket messages pass both ways, and so does a refusal with its body', async t => {
  const http = createServer((_, answer) => answer.end('plain'))
  const server = new WebSocketServer({
    server: http,
    verifyClient: ({ req }, done) => done(req.url !== '/no', 401, 'who are you'),
  })
  server.on('connection', socket => {
    socket.send('hello')
    socket.on('message', (data, binary) => socket.send(data, { binary }))
  })
  await once(http.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    http.closeAllConnections()
    http.close()
  })
  await using proxy = await startProxy({
    config: ports => `server { listen 127.0.0.1:${ports['main']};
      location / { proxy_pass http://127.0.0.1:${(http.address() as AddressInfo).port}; ${passes} } }`,
  })
  const socket = new WebSocket(`ws://127.0.0.1:${proxy.port()}/`)
  const messages: string[] = []
  socket.on('message', data => messages.push(String(data)))
  await once(socket, 'open')
  const big = 'é'.repeat(300_000)
  socket.send(big)
  socket.send('last')
  while (messages.length < 3) await once(socket, 'message')
  assert.deepEqual(messages, ['hello', big, 'last'])
  socket.close(4001, 'done')
  const [code, reason] = await once(socket, 'close')
  assert.deepEqual([code, String(reason)], [4001, 'done'])

  const refused = new WebSocket(`ws://127.0.0.1:${proxy.port()}/no`)
  const [, response] = await once(refused, 'unexpected-response')
  assert.equal(response.statusCode, 401)
  assert.equal(String(await response.toArray()), 'who are you')
})
