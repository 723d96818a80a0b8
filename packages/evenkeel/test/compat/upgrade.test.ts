/** WebSockets through createProxyServer. */
import assert from 'node:assert/strict'
import { createConnection } from 'node:net'
import { test } from 'node:test'
import { WebSocketServer } from 'ws'
import { createProxyServer, type ProxyServer } from '../../src/compat/proxy-server.ts'
import { until } from '../scenario/wait.ts'
import { running, type Running } from './servers.ts'

test('frames go both ways, open and close are told, and proxyReqWs may change the head', async () => {
  await using origin = await sockets()
  const told: string[] = []
  const proxy = createProxyServer({ target: origin.url.replace('http', 'ws'), ws: true, xfwd: true })
  proxy.on('proxyReqWs', sent => sent.setHeader('X-Special', 'yes'))
  proxy.on('open', () => told.push('open'))
  proxy.on('close', () => told.push('close'))
  await using front = await serving(proxy)
  const client = new WebSocket(front.url.replace('http', 'ws'))
  const said: unknown[] = []
  client.addEventListener('message', ({ data }) => said.push(data))
  await new Promise(resolve => client.addEventListener('open', resolve))
  client.send('hello')
  client.send('x'.repeat(200_000))
  await until(
    () => 'three messages',
    () => said.length === 3 || undefined,
  )
  assert.deepEqual(said.slice(0, 2), ['yes ws', 'hello'])
  assert.equal(String(said[2]).length, 200_000)
  client.close()
  await until(
    () => 'the close',
    () => told.join() === 'open,close' || undefined,
  )
})

test('a target that is not there is an error, and ends the client', async () => {
  const gone = await running(() => {})
  await gone[Symbol.asyncDispose]()
  const proxy = createProxyServer({ target: gone.url, ws: true })
  const code = new Promise(resolve => proxy.on('error', (error: NodeJS.ErrnoException) => resolve(error.code)))
  await using front = await serving(proxy)
  const client = new WebSocket(front.url.replace('http', 'ws'))
  await new Promise(resolve => client.addEventListener('close', resolve))
  assert.equal(await code, 'ECONNREFUSED')
})

test('a target that stays with HTTP answers the client, fields included', async () => {
  await using plain = await running(() => {})
  plain.server.on('upgrade', (_, socket) => {
    socket.end('HTTP/1.1 403 No\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 4\r\n\r\nnope')
  })
  await using front = await serving(createProxyServer({ target: plain.url, ws: true }))
  const said = await raw(front, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  assert.match(said, /^HTTP\/1\.1 403 No\r\n(?=[^]*Set-Cookie: a=1\r\n)(?=[^]*Set-Cookie: b=2\r\n)[^]*\r\n\r\nnope$/)
})

test('what is no GET for a WebSocket is dropped', async () => {
  await using origin = await sockets()
  await using front = await serving(createProxyServer({ target: origin.url, ws: true }))
  assert.equal(await raw(front, 'POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'), '')
  assert.equal(await raw(front, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h9\r\n\r\n'), '')
})

/** Says who asked, then everything back. */
async function sockets(): Promise<Running> {
  const one = await running((_, answer) => answer.end())
  new WebSocketServer({ server: one.server, maxPayload: 1_000_000 }).on('connection', (socket, asked) => {
    const { headers } = asked
    socket.send(`${String(headers['x-special'])} ${String(headers['x-forwarded-proto'])}`)
    socket.on('message', data => socket.send(String(data)))
  })
  return one
}

async function serving(proxy: ProxyServer): Promise<Running> {
  const one = await running((asked, answer) => proxy.web(asked, answer))
  one.server.on('upgrade', (asked, socket, head) => proxy.ws(asked, socket, head))
  return one
}

function raw(front: Running, text: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let said = ''
  const socket = createConnection(front.port, '127.0.0.1', () => socket.write(text))
  socket.on('data', part => (said += String(part)))
  socket.on('error', () => {})
  socket.on('close', () => resolve(said))
  return promise
}
