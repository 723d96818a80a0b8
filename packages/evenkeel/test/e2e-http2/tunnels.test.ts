/** Streams as tunnels: WebSocket over HTTP/2 bridged to an upgrade of HTTP/1.1 (RFC 8441), and plain CONNECT. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { createServer as createTcp, type AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { chromium } from 'playwright-core'
import { WebSocketServer } from 'ws'
import { CANCEL, CONNECT_ERROR, frameTypes as types, NO_ERROR, settingIds } from '../../src/wire/http2/codes.ts'
import { rstFrame, windowUpdateFrame } from '../../src/wire/http2/frame-writer.ts'
import { selfSigned } from '../e2e-tls/certificates.ts'
import type { Connection } from '../scenario/connection.ts'
import { Origin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { find, unless } from '../scenario/requires.ts'
import { until } from '../scenario/wait.ts'
import { data, Http2Client, request, type Fields } from './client.ts'

const accepted: Connection[] = []
const server = createTcp({ allowHalfOpen: true }).listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = new Origin(server, connection => accepted.push(connection))
const http = createServer((_, response) => response.end('page'))
const sockets = new WebSocketServer({ server: http, perMessageDeflate: true })
sockets.on('connection', (socket, { url }) => {
  socket.on('message', (message, binary) => socket.send(message, { binary }))
  socket.on('close', code => closed.push(code))
  socket.send(`hello at ${url}`)
})
const closed: number[] = []
http.listen(0, '127.0.0.1')
await once(http, 'listening')
const pair = selfSigned('localhost')
const proxy = await startProxy({
  config: ports => `
log_format tunnels '$request_method $server_protocol $uri $status $http_upgrade';
access_log access.log tunnels;
map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
proxy_http_version 1.1;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $connection_upgrade;
server {
  listen 127.0.0.1:${ports['main']};
  http2 on;
  location / { proxy_pass http://${origin.address}; }
  location /plain { proxy_set_header Upgrade ""; proxy_pass http://${origin.address}; }
  location /here { return 200 here; }
  location /gone { return 404 gone; }
}
server {
  listen 127.0.0.1:${ports['tls']} ssl;
  ssl_certificate crt;
  ssl_certificate_key key;
  http2 on;
  location / { proxy_pass http://127.0.0.1:${(http.address() as AddressInfo).port}; }
}
server {
  listen 127.0.0.1:${ports['tunnel']};
  http2 on;
  tunnel_pass ${origin.address};
}`,
  files: { crt: pair.certificate, key: pair.key },
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
  for (const socket of sockets.clients) socket.terminate()
  sockets.close()
  http.closeAllConnections()
  http.close()
})

const upstream = (): Promise<Connection> =>
  until(
    () => 'a connection to the origin',
    () => accepted.shift(),
  )

/** What a browser asks for a WebSocket with. */
const webSocket = (path: string, more: Fields = []): Fields => [
  [':method', 'CONNECT'],
  [':protocol', 'websocket'],
  [':scheme', 'https'],
  [':path', path],
  [':authority', 'localhost'],
  ['sec-websocket-version', '13'],
  ...more,
]
/** The head of the answer to that handshake, but for the empty line. */
function switched(asked: { get(name: string): string | undefined }): string {
  const proof = hash('sha1', `${asked.get('sec-websocket-key')}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, 'base64')
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${proof}\r\n`
}

const open = (name = 'main'): Promise<Http2Client> => Http2Client.open(proxy.port(name))

/** A tunnel that is open, from end to end. */
async function tunnel(): Promise<{ client: Http2Client; stream: number; there: Connection }> {
  const client = await open()
  const stream = client.ask(webSocket('/chat'), false)
  const there = await upstream()
  there.send(`${switched(await there.receive())}\r\n`)
  await client.head(stream)
  return { client, stream, there }
}

const textOf = (client: Http2Client, stream: number): string =>
  client.frames
    .filter(({ type, stream: of }) => type === types.data && of === stream)
    .map(({ payload }) => payload.toString('latin1'))
    .join('')

const said = (client: Http2Client, stream: number, text: string): Promise<true> =>
  until(
    () => `"${text}"; there came "${textOf(client, stream)}"`,
    () => textOf(client, stream) === text || undefined,
  )

test('clients are told that they may ask', async () => {
  const client = await open()
  const { payload } = await client.next(({ type, flags }) => type === types.settings && flags === 0)
  assert.ok(payload.toString('latin1').includes(String.fromCharCode(0, settingIds.enableConnectProtocol, 0, 0, 0, 1)))
  client.connection.close()
})

test('an origin sees an upgrade of HTTP/1.1, and bytes go both ways', async () => {
  const client = await open()
  const stream = client.ask(webSocket('/chat?room=1', [['sec-websocket-protocol', 'talk']]), false)
  client.send(data(stream, 'ahead '))
  const there = await upstream()
  const asked = await there.receive()
  assert.equal(asked.method, 'GET')
  assert.equal(asked.target, '/chat?room=1')
  assert.equal(asked.get('upgrade'), 'websocket')
  assert.equal(asked.get('connection'), 'upgrade')
  assert.equal(asked.get('sec-websocket-version'), '13')
  assert.equal(asked.get('sec-websocket-protocol'), 'talk')
  assert.match(asked.get('sec-websocket-key')!, /^[A-Za-z0-9+/]{22}==$/)
  there.send(`${switched(asked)}Sec-WebSocket-Protocol: talk\r\n\r\nfrom the origin`)
  const head = await client.head(stream)
  assert.equal(head.get(':status'), '200')
  assert.equal(head.get('sec-websocket-protocol'), 'talk')
  for (const name of ['upgrade', 'connection', 'sec-websocket-accept']) assert.equal(head.get(name), undefined)
  await said(client, stream, 'from the origin')
  client.send(data(stream, 'more'))
  await there.expect('ahead more')
  there.send(', again')
  await said(client, stream, 'from the origin, again')
  there.end()
  client.send(data(stream, 'last', true))
  await there.expect('last')
  await there.expectClose()
  await client.next(({ type, stream: of, flags }) => type === types.data && of === stream && flags === 1, 'END_STREAM')
  await client.ping()
  assert.ok(!client.frames.some(({ type }) => type === types.rstStream))
  client.connection.close()
})

test('a stream that is reset resets the connection to the origin', async () => {
  const { client, stream, there } = await tunnel()
  client.send(rstFrame(stream, CANCEL))
  await there.expectGone()
  await client.ping()
  client.connection.close()
})

test('a connection of a client that is gone takes its tunnels with it', async () => {
  const { client, there } = await tunnel()
  client.connection.close()
  await there.expectGone()
})

test('an origin that breaks off resets the stream and nothing else', async () => {
  const { client, stream, there } = await tunnel()
  await there.reset()
  assert.equal(await client.reset(stream), CONNECT_ERROR)
  await client.ping()
  client.connection.close()
})

test('an origin that ends is heard, and what comes behind that is dropped', async () => {
  const { client, stream, there } = await tunnel()
  there.send('bye').end()
  await client.next(({ type, stream: of, flags }) => type === types.data && of === stream && flags === 1, 'END_STREAM')
  assert.equal(textOf(client, stream), 'bye')
  client.send(data(stream, '', true))
  await there.expectClose()
  await client.ping()
  client.connection.close()
})

test('each side is slowed by the other: a megabyte goes through small windows, whole', async () => {
  const { client, stream, there } = await tunnel()
  const big = 'x'.repeat(1 << 20)
  there.send(big)
  let granted = 65_535
  await until(
    () => `a megabyte; there came ${client.received(stream)}`,
    () => {
      const come = client.received(stream)
      if (granted - come < 40_000) {
        granted += 60_000
        client.send(windowUpdateFrame(0, 60_000) + windowUpdateFrame(stream, 60_000))
      }
      return come === big.length || undefined
    },
    8000,
  )
  client.connection.close()
  await there.expectGone()
})

test('where nothing is upgraded success is told as what it is not', async () => {
  const client = await open()
  const here = await client.answer(client.ask(webSocket('/here'), false))
  assert.equal(here.status, 501)
  assert.equal((await client.answer(client.ask(webSocket('/gone'), false))).status, 404)
  const stream = client.ask(webSocket('/plain'), false)
  const there = await upstream()
  assert.equal((await there.receive()).get('upgrade'), undefined)
  there.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  assert.equal((await client.answer(stream)).status, 501)
  assert.equal(await client.reset(stream), NO_ERROR)
  client.connection.close()
})

test('protocols other than websocket are not known', async () => {
  const client = await open()
  const fields = webSocket('/chat').map(
    ([name, value]) => [name, name === ':protocol' ? 'connect-udp' : value] as const,
  )
  assert.equal((await client.answer(client.ask(fields, false))).status, 501)
  client.connection.close()
})

test(':protocol without CONNECT costs the stream', async () => {
  const client = await open()
  const stream = client.ask([...request().slice(0, 4), [':protocol', 'websocket']])
  assert.equal(await client.reset(stream), 1)
  client.connection.close()
})

test('plain CONNECT leads to where tunnel_pass says', async () => {
  const client = await open('tunnel')
  const stream = client.ask(
    [
      [':method', 'CONNECT'],
      [':authority', origin.address],
    ],
    false,
  )
  assert.equal((await client.head(stream)).get(':status'), '200')
  const there = await upstream()
  client.send(data(stream, 'ping'))
  await there.expect('ping')
  there.send('pong')
  await said(client, stream, 'pong')
  client.send(data(stream, '', true))
  there.end()
  await there.expectClose()
  client.connection.close()
})

test('a client of node:http2 talks to a server of ws', async () => {
  const session = connectHttp2(`https://127.0.0.1:${proxy.port('tls')}`, { rejectUnauthorized: false })
  await once(session, 'remoteSettings')
  const stream = session.request({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':path': '/node',
    'sec-websocket-version': '13',
  })
  const [head] = (await once(stream, 'response')) as [Record<string, unknown>]
  assert.equal(head[':status'], 200)
  let text = ''
  stream.on('data', part => (text += String(part)))
  await until(
    () => `a greeting; there came ${JSON.stringify(text)}`,
    () => text.endsWith('hello at /node') || undefined,
  )
  // A masked frame with a mask of zeros.
  stream.write(Buffer.from([0x81, 0x84, 0, 0, 0, 0, ...Buffer.from('echo')]))
  await until(
    () => `an echo; there came ${JSON.stringify(text)}`,
    () => text.endsWith('\u0004echo') || undefined,
  )
  stream.end(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]))
  await until(
    () => 'the server to see it closed',
    () => closed.includes(1000) || undefined,
  )
  session.close()
})

test('a browser opens a WebSocket on its connection of HTTP/2', { skip: unless('chromium') }, async () => {
  const browser = await chromium.launch({ executablePath: find('chromium')!, args: ['--no-sandbox'] })
  try {
    const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage()
    const at = `127.0.0.1:${proxy.port('tls')}`
    await page.goto(`https://${at}/page`)
    const told = await page.evaluate(
      `new Promise((resolve, reject) => {
        const messages = []
        const socket = new WebSocket('wss://${at}/browser')
        socket.onerror = () => reject(new Error('it could not be opened'))
        socket.onmessage = ({ data }) => {
          messages.push(data)
          if (messages.length === 1) socket.send('x'.repeat(200000))
          else socket.close(1000)
        }
        socket.onclose = ({ code }) => resolve({ first: messages[0], length: messages[1].length, code })
      })`,
    )
    assert.deepEqual(told, { first: 'hello at /browser', length: 200_000, code: 1000 })
  } finally {
    await browser.close()
  }
  await until(
    () => `the tunnel in access.log:\n${proxy.read('access.log')}`,
    () => /GET HTTP\/2.0 \/browser 200 websocket/.test(proxy.read('access.log')) || undefined,
  )
})
