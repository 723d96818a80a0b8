/** Every timeout of HTTP/1 traffic, by what each side sees. Bounds are loose: the order of events is the point. */
import assert from 'node:assert/strict'
import { after, afterEach, test } from 'node:test'
import { get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { undisturbed, until } from '../scenario/wait.ts'
import { chunkedHead, ok, openStage, post } from './stage.ts'

const short = '400ms'
const stage = await openStage({
  http: ports => `server { listen 127.0.0.1:${ports['heads']}; client_header_timeout ${short}; return 204; }`,
  server: `client_max_body_size 0; lingering_timeout 1s;`,
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

/** Begins the scenario, too, and checks that it took about the timeout: not at once, and not another one's minute. */
async function timed(run: () => Promise<unknown>): Promise<void> {
  const before = Date.now()
  await run()
  const took = Date.now() - before
  assert.ok(took >= 390 && took < 50_000, `took ${took} ms`)
}

/** For scenarios in which something has to come in time. */
const punctual = (scenario: () => Promise<void>) => (): Promise<void> =>
  undisturbed(async () => {
    await stage.peerIsFree()
    await scenario()
  })

test('a connection without a request is closed without a word', () =>
  timed(async () => {
    await using client = await connect(stage.proxy.port('heads'))
    await client.expectClose()
  }))

test('a head that dribbles in has to be complete in time, however often bytes come', async () => {
  await timed(async () => {
    await using client = await connect(stage.proxy.port('heads'))
    client.send('GET / HTTP/1.1\r\nX-Slow: ')
    const dribble = setInterval(() => client.send('x'), 20)
    await client.expectGone().finally(() => clearInterval(dribble))
    assert.equal(client.unread, '')
  })
})

for (const target of ['/body', '/body-stream']) {
  test(`a body that stops coming ends the request (${target})`, async () => {
    const client = await stage.connect()
    await timed(() => client.send(post(target, 'abcdef').slice(0, -3)).expectGone())
    assert.equal(client.unread, '')
  })

  const slowly = punctual(async () => {
    const client = (await stage.connect()).send(chunkedHead(target))
    for (let i = 0; i < 6; i++) {
      client.send('1\r\na\r\n')
      await wait(150)
    }
    client.send('0\r\n\r\n')
    // One that is refused has no connection to the origin.
    const upstream = await Promise.race([stage.accept(), client.expectGone().then(() => null)])
    assert.ok(upstream !== null, 'the connection ended')
    assert.equal((await upstream.receive()).text, 'aaaaaa')
    upstream.send(ok('x'))
    assert.equal((await client.readResponse()).text, 'x')
  })
  test(`a body that comes slowly, but comes, is taken (${target})`, slowly)
}

for (const target of ['/send', '/send-reset']) {
  test(`a client that takes nothing of its answer is cut off, and the origin is told (${target})`, async () => {
    const { client, upstream } = await stage.forward(get(target))
    client.pause()
    upstream.send(`HTTP/1.1 200 OK\r\nContent-Length: ${64 << 20}\r\n\r\n`)
    const part = Buffer.alloc(1 << 20, 'x')
    await timed(async () => {
      for (let i = 0; i < 32; i++) upstream.send(part)
      await upstream.expectGone()
    })
    client.resume()
    if (target === '/send-reset') await client.expectReset()
    else await client.expectGone()
  })
}

test('a connection idle after an answer is closed', async () => {
  const { client, upstream } = await stage.forward(get('/idle'))
  await timed(async () => {
    upstream.send(ok('x'))
    await client.readResponse()
    await client.expectClose()
  })
})

test('an origin that does not answer is 504', () =>
  timed(async () => {
    const { client, upstream } = await stage.forward(get('/read'))
    assert.equal((await client.readResponse()).status, 504)
    await upstream.expectGone()
  }))

test('an origin whose head stops coming is 504', () =>
  timed(async () => {
    const { client, upstream } = await stage.forward(get('/read'))
    upstream.send('HTTP/1.1 200 OK\r\nX-A')
    assert.equal((await client.readResponse()).status, 504)
    await upstream.expectGone()
  }))

const stopping = punctual(() =>
  timed(async () => {
    const { client, upstream } = await stage.forward(get('/read'))
    upstream.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
    assert.equal((await client.readResponse()).complete, false)
    await upstream.expectGone()
  }),
)
test('an origin whose body stops coming is cut off, and the response is not complete', stopping)

const nowAndThen = punctual(async () => {
  const { client, upstream } = await stage.forward(get('/read'))
  for (const part of ['HTTP/1.1 200 OK\r\n', 'Content-Length: 3\r\n\r\n', 'a', 'b', 'c']) {
    await wait(150)
    upstream.send(part)
  }
  assert.equal((await client.readResponse()).text, 'abc')
})
test('an origin that sends now and then is waited for', nowAndThen)

const stillComing = punctual(async () => {
  const client = (await stage.connect()).send(chunkedHead('/read-stream'))
  for (let i = 0; i < 5; i++) {
    client.send('1\r\na\r\n')
    await wait(150)
  }
  client.send('0\r\n\r\n')
  const upstream = await stage.accept()
  assert.equal((await upstream.receive()).text, 'aaaaa')
  upstream.send(ok('x'))
  assert.equal((await client.readResponse()).text, 'x')
})
test('an origin is not waited for while the request is still on its way', stillComing)

const slowClient = punctual(async () => {
  const { client, upstream } = await stage.forward(get('/read'))
  client.pause()
  const body = Buffer.alloc(24 << 20, 'x')
  upstream.send(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`).send(body)
  await wait(800)
  client.resume()
  assert.match((await client.readHead()).startLine, / 200 /)
  await until(
    () => `all of it; ${client.socket.bytesRead} bytes came`,
    () => client.socket.bytesRead >= body.length || undefined,
  )
  assert.ok(!client.socket.destroyed)
  upstream.close()
})
test('an origin is not blamed for a client that takes its answer slowly', slowClient)

test('an origin that does not take the request is 504', async () => {
  const client = await stage.connect()
  await timed(async () => {
    client.send(`POST /origin-send HTTP/1.1\r\nHost: a\r\nContent-Length: ${64 << 20}\r\n\r\n`)
    const part = Buffer.alloc(1 << 20, 'x')
    for (let i = 0; i < 32; i++) client.send(part)
    const upstream = await stage.accept()
    upstream.pause()
    assert.equal((await client.readResponse()).status, 504)
  })
})

test('who is sent its last answer and neither reads on nor leaves is cut off', async () => {
  const client = await stage.connect()
  await timed(async () => {
    client.send('POST /linger HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx')
    assert.equal((await client.readResponse()).status, 413)
    await client.expectClose()
    while (!client.socket.destroyed) {
      client.send('x')
      // Longer than the timeout, which each byte begins anew.
      await wait(600)
    }
  })
})
