/** Every timeout of HTTP/1 traffic, by what each side sees. Bounds are loose: the order of events is the point. */
import assert from 'node:assert/strict'
import { after, afterEach, test } from 'node:test'
import { get } from '../scenario/ask.ts'
import { chunkedHead, ok, openStage, post } from './stage.ts'

const short = '150ms'
const stage = await openStage({
  server: `client_header_timeout ${short}; client_max_body_size 0; lingering_timeout 1s;`,
  locations: {
    '/body': `client_body_timeout ${short};`,
    '/body-stream': `client_body_timeout ${short}; proxy_request_buffering off;`,
    '/send': `send_timeout ${short};`,
    '/send-reset': `send_timeout ${short}; reset_timedout_connection on;`,
    '/idle': `keepalive_timeout ${short};`,
    '/read': `proxy_read_timeout ${short};`,
    '/read-stream': `proxy_read_timeout ${short}; proxy_request_buffering off;`,
    '/origin-send': `proxy_send_timeout ${short}; proxy_request_buffering off;`,
    '/linger': `lingering_timeout ${short}; client_max_body_size 1;`,
  },
})
after(() => stage.close())
afterEach(() => stage.peerIsFree())

const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** Runs it and checks that it took about the timeout: not at once, and not another one's minute. */
async function timed(run: () => Promise<unknown>): Promise<void> {
  const before = Date.now()
  await run()
  const took = Date.now() - before
  assert.ok(took >= 90 && took < 2500, `took ${took} ms`)
}

test('a connection without a request is closed without a word', async () => {
  const client = await stage.connect()
  await timed(() => client.expectClose())
})

test('a head that dribbles in has to be complete in time, however often bytes come', async () => {
  const client = await stage.connect()
  let open = true
  const dribble = (async () => {
    for (const byte of 'GET / HTTP/1.1\r\nX-Slow: ' + 'x'.repeat(100)) {
      if (!open) return
      client.send(byte)
      await wait(20)
    }
  })()
  await timed(() => client.expectGone())
  open = false
  await dribble
  assert.equal(client.unread, '')
})

for (const target of ['/body', '/body-stream']) {
  test(`a body that stops coming ends the request (${target})`, async () => {
    const client = (await stage.connect()).send(post(target, 'abcdef').slice(0, -3))
    await timed(() => client.expectGone())
    assert.equal(client.unread, '')
  })

  test(`a body that comes slowly, but comes, is taken (${target})`, async () => {
    const client = (await stage.connect()).send(chunkedHead(target))
    for (let i = 0; i < 6; i++) {
      client.send('1\r\na\r\n')
      await wait(60)
    }
    client.send('0\r\n\r\n')
    const upstream = await stage.accept()
    assert.equal((await upstream.receive()).text, 'aaaaaa')
    upstream.send(ok('x'))
    assert.equal((await client.readResponse()).text, 'x')
  })
}

for (const target of ['/send', '/send-reset']) {
  test(`a client that takes nothing of its answer is cut off, and the origin is told (${target})`, async () => {
    const { client, upstream } = await stage.forward(get(target))
    client.pause()
    upstream.send(`HTTP/1.1 200 OK\r\nContent-Length: ${64 << 20}\r\n\r\n`)
    const part = Buffer.alloc(1 << 20, 'x')
    for (let i = 0; i < 32; i++) upstream.send(part)
    await timed(() => upstream.expectGone())
    client.resume()
    if (target === '/send-reset') await client.expectReset()
    else await client.expectGone()
  })
}

test('a connection idle after an answer is closed', async () => {
  const { client, upstream } = await stage.forward(get('/idle'))
  upstream.send(ok('x'))
  await client.readResponse()
  await timed(() => client.expectClose())
})

test('an origin that does not answer is 504', async () => {
  const { client, upstream } = await stage.forward(get('/read'))
  await timed(async () => assert.equal((await client.readResponse()).status, 504))
  await upstream.expectGone()
})

test('an origin whose head stops coming is 504', async () => {
  const { client, upstream } = await stage.forward(get('/read'))
  upstream.send('HTTP/1.1 200 OK\r\nX-A')
  await timed(async () => assert.equal((await client.readResponse()).status, 504))
  await upstream.expectGone()
})

test('an origin whose body stops coming is cut off, and the response is not complete', async () => {
  const { client, upstream } = await stage.forward(get('/read'))
  upstream.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
  await timed(async () => assert.equal((await client.readResponse()).complete, false))
  await upstream.expectGone()
})

test('an origin that sends now and then is waited for', async () => {
  const { client, upstream } = await stage.forward(get('/read'))
  for (const part of ['HTTP/1.1 200 OK\r\n', 'Content-Length: 3\r\n\r\n', 'a', 'b', 'c']) {
    await wait(80)
    upstream.send(part)
  }
  assert.equal((await client.readResponse()).text, 'abc')
})

test('an origin is not waited for while the request is still on its way', async () => {
  const client = (await stage.connect()).send(chunkedHead('/read-stream'))
  for (let i = 0; i < 5; i++) {
    client.send('1\r\na\r\n')
    await wait(70)
  }
  client.send('0\r\n\r\n')
  const upstream = await stage.accept()
  assert.equal((await upstream.receive()).text, 'aaaaa')
  upstream.send(ok('x'))
  assert.equal((await client.readResponse()).text, 'x')
})

test('an origin is not blamed for a client that takes its answer slowly', async () => {
  const { client, upstream } = await stage.forward(get('/read'))
  client.pause()
  const body = Buffer.alloc(24 << 20, 'x')
  upstream.send(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`).send(body)
  await wait(500)
  client.resume()
  await client.expect(/\r\n\r\n/)
  while (client.socket.bytesRead < body.length) await wait(20)
  client.send(get('/counts'))
  upstream.close()
  assert.ok(!client.socket.destroyed)
})

test('an origin that does not take the request is 504', async () => {
  const client = await stage.connect()
  client.send(`POST /origin-send HTTP/1.1\r\nHost: a\r\nContent-Length: ${64 << 20}\r\n\r\n`)
  const part = Buffer.alloc(1 << 20, 'x')
  for (let i = 0; i < 32; i++) client.send(part)
  const upstream = await stage.accept()
  upstream.pause()
  await timed(async () => assert.equal((await client.readResponse()).status, 504))
})

test('who is sent its last answer and neither reads on nor leaves is cut off', async () => {
  const client = (await stage.connect()).send('POST /linger HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx')
  assert.equal((await client.readResponse()).status, 413)
  await client.expectClose()
  await timed(async () => {
    while (!client.socket.destroyed) {
      client.send('x')
      await wait(200)
    }
  })
})
