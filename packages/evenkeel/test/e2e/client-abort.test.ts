/** A client that leaves, in every state: the origin sees the cancel, and nothing is kept. */
import assert from 'node:assert/strict'
import { after, afterEach, test } from 'node:test'
import { get } from '../scenario/ask.ts'
import type { Connection } from '../scenario/connection.ts'
import { until } from '../scenario/wait.ts'
import { chunkedHead, ok, openStage, post } from './stage.ts'

const stage = await openStage({
  locations: {
    '/stream': 'proxy_request_buffering off;',
    '/direct': 'proxy_buffering off;',
    '/ignore': 'proxy_ignore_client_abort on;',
  },
})
after(() => stage.close())
afterEach(() => stage.peerIsFree())

const leave: readonly (readonly [string, (client: Connection) => Promise<void>])[] = [
  ['closes', async client => client.close()],
  ['resets', client => client.reset()],
  ['half-closes', async client => void client.end()],
]

for (const [how, go] of leave) {
  test(`a client that ${how} before the answer: the origin sees the cancel`, async () => {
    const { client, upstream } = await stage.forward()
    await go(client)
    await upstream.expectGone()
  })

  test(`a client that ${how} within the answer: the origin sees the cancel`, async () => {
    const { client, upstream } = await stage.forward()
    upstream.send('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhello')
    await client.expect(/hello/)
    await go(client)
    await upstream.expectGone()
  })

  test(`a client that ${how} within a streamed upload: the origin sees the cancel`, async () => {
    const { client, upstream } = await stage.forwardHead(post('/stream', 'x'.repeat(100)).slice(0, -50))
    await go(client)
    await upstream.expectGone()
  })

  test(`a client that ${how} within a collected upload: no origin is asked`, async () => {
    const served = stage.origin.accepted
    const client = (await stage.connect()).send(chunkedHead('/') + '3\r\nabc\r\n')
    await go(client)
    if (how !== 'resets') await client.expectGone()
    assert.equal(stage.origin.accepted, served)
  })

  test(`a client that ${how} within a head: the connection ends`, async () => {
    const client = (await stage.connect()).send('GET / HTTP/1.1\r\nHo')
    await go(client)
    if (how !== 'resets') await client.expectGone()
  })

  test(`a client that ${how} while its connection idles: the connection ends`, async () => {
    const { client, upstream } = await stage.forward()
    upstream.send(ok('x'))
    await client.readResponse()
    await go(client)
    if (how !== 'resets') await client.expectGone()
  })
}

test('a client that does not read and then resets: the origin sees the cancel', async () => {
  const { client, upstream } = await stage.forward(get('/direct'))
  client.pause()
  upstream.send(`HTTP/1.1 200 OK\r\nContent-Length: ${64 << 20}\r\n\r\n`)
  const part = Buffer.alloc(1 << 20, 'x')
  for (let i = 0; i < 32; i++) upstream.send(part)
  // Time enough to swallow it all, for a proxy that would.
  await new Promise(resolve => setTimeout(resolve, 400))
  assert.ok(
    upstream.socket.writableLength > 8 << 20,
    `the origin was not slowed: ${upstream.socket.writableLength} left`,
  )
  await client.reset()
  await upstream.expectGone()
})

test('with proxy_ignore_client_abort the origin is let finish', async () => {
  const { client, upstream } = await stage.forward(get('/ignore'))
  await client.reset()
  await new Promise(resolve => setTimeout(resolve, 50))
  upstream.send(ok('x'))
  await upstream.expectClose()
})

test('the access log says that the client was gone, and 499', async () => {
  const { client, upstream } = await stage.forward(get('/gone'))
  client.end()
  await upstream.expectGone()
  await until(
    () => 'the line in access.log',
    () => /^499 client_gone "GET \/gone HTTP\/1.1"/m.test(stage.proxy.read('access.log')) || undefined,
  )
})

test('200 clients that reset at any moment leave nothing behind', async () => {
  for (let round = 0; round < 10; round++) {
    const clients = await Promise.all(Array.from({ length: 20 }, () => stage.connect()))
    clients.forEach((client, i) => client.send(post('/', 'x'.repeat(i * 100)).slice(0, 20 + i * 37)))
    await Promise.all(clients.map(client => client.reset()))
  }
})
