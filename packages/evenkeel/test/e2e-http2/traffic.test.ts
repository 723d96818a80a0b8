/** Requests of HTTP/2 through the proxy: bodies and their windows, trailers, interim answers, endings, limits, the log. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import {
  CANCEL,
  ENHANCE_YOUR_CALM,
  frameTypes as types,
  INTERNAL_ERROR,
  NO_ERROR,
  PROTOCOL_ERROR,
  settingIds,
} from '../../src/wire/http2/codes.ts'
import { headersFrames, rstFrame, settingsFrame, windowUpdateFrame } from '../../src/wire/http2/frame-writer.ts'
import { get } from '../scenario/ask.ts'
import { connect, type Connection } from '../scenario/connection.ts'
import { Origin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { unless } from '../scenario/requires.ts'
import { until } from '../scenario/wait.ts'
import { block, data, frame, Http2Client, request } from './client.ts'

const accepted: Connection[] = []
const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = new Origin(server, connection => accepted.push(connection))
const proxy = await startProxy({
  config: ports => `
log_format h2 '$request|$status|$http2|$server_protocol|$connection_requests|$host|$http_host|$failure|$request_length';
access_log access.log h2;
upstream origin { server ${origin.address} max_fails=0; keepalive 0; }
server {
  listen 127.0.0.1:${ports['main']};
  http2 on;
  keepalive_requests 100000;
  client_max_body_size 10m;
  location / { proxy_pass http://origin; }
  location /stream { proxy_request_buffering off; proxy_pass_trailers on; proxy_pass http://origin; }
  location /hints { early_hints 1; proxy_pass http://origin; }
  location /small { client_max_body_size 5; proxy_pass http://origin; }
  location /text { return 200 "text $http_cookie"; }
  location /chunks { http2_chunk_size 100; alias html/; }
  location /trailer { add_trailer X-Sum 42; proxy_pass http://origin; }
  location = /counts { stub_status; access_log off; }
}
server {
  listen 127.0.0.1:${ports['timeouts']};
  http2 on;
  client_body_timeout 200ms; client_header_timeout 300ms; keepalive_timeout 200ms; send_timeout 300ms;
  location / { proxy_pass http://origin; }
  location /text { return 200 text; }
  location /chunks { alias html/; }
}
server {
  listen 127.0.0.1:${ports['few']};
  http2 on;
  keepalive_requests 2;
  location / { return 200 text; }
}
server { listen 127.0.0.1:${ports['names']}; server_name a; http2 on; location / { return 200 a; } }
server { listen 127.0.0.1:${ports['names']}; server_name b; http2 off; location / { return 200 b; } }
server { listen 127.0.0.1:${ports['old']} http2; location / { return 200 old; } }
`,
  files: { 'html/10000': '0123456789'.repeat(1000), 'html/big': Buffer.alloc(1 << 20, 'x') },
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
})

const open = (name = 'main', settings?: readonly (readonly [number, number])[]): Promise<Http2Client> =>
  Http2Client.open(proxy.port(name), settings)

const upstream = (): Promise<Connection> =>
  until(
    () => 'a connection to the origin',
    () => accepted.shift(),
    4000,
  )

const logged = (pattern: RegExp): Promise<true> =>
  until(
    () => `${pattern} in access.log:\n${proxy.read('access.log')}`,
    () => pattern.test(proxy.read('access.log')) || undefined,
  )

test('HTTP/1 and HTTP/2 are served on one port, however the first bytes are cut', async () => {
  const one = (await connect(proxy.port('main'))).send('G')
  await new Promise(resolve => setTimeout(resolve, 20))
  one.send(get('/text').slice(1))
  assert.equal((await one.readResponse()).text, 'text ')
  const two = new Http2Client(await connect(proxy.port('main')))
  for (const piece of ['PRI * HT', 'TP/2.0\r\n\r\nSM\r\n\r', '\n' + settingsFrame([]).slice(0, 3)]) {
    two.send(piece)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  two.send(settingsFrame([]).slice(3))
  assert.equal((await two.get('/text')).body, 'text ')
  for (const client of [one, two.connection]) client.close()
})

test('an origin gets a request of HTTP/1.1, and its answer comes back in small letters', async () => {
  const client = await open()
  const stream = client.ask(
    request('/a?b=c', 'GET', [
      ['x-a', '1'],
      ['cookie', 'a=b'],
      ['te', 'trailers'],
      ['cookie', 'c=d'],
    ]),
  )
  const there = await upstream()
  const asked = await there.receive()
  assert.deepEqual(
    [asked.method, asked.target, asked.get('x-a'), asked.get('cookie')],
    ['GET', '/a?b=c', '1', 'a=b; c=d'],
  )
  assert.deepEqual([asked.get('te'), asked.get('content-length')], [undefined, undefined])
  there.send(
    'HTTP/1.1 201 Made\r\nX-Odd-CASE: 1\r\nConnection: close, x-own\r\nX-Own: 1\r\nKeep-Alive: 5\r\nContent-Length: 2\r\n\r\nok',
  )
  const { status, body, headers } = await client.answer(stream)
  assert.deepEqual([status, body, headers.get('x-odd-case'), headers.get('content-length')], [201, 'ok', '1', '2'])
  for (const name of ['connection', 'x-own', 'keep-alive']) assert.equal(headers.has(name), false, name)
  await logged(/GET \/a\?b=c HTTP\/2.0\|201\|h2c\|HTTP\/2.0\|1\|localhost\|localhost\|/)
  client.connection.close()
})

test('a HEAD has the length and no body', async () => {
  const client = await open()
  const { status, body, headers } = await client.answer(client.ask(request('/chunks/10000', 'HEAD')))
  assert.deepEqual([status, body, headers.get('content-length')], [200, '', '10000'])
  client.connection.close()
})

test('CONNECT is refused', async () => {
  const client = await open()
  const stream = client.ask([
    [':method', 'CONNECT'],
    [':authority', 'a:443'],
  ])
  assert.equal((await client.answer(stream)).status, 405)
  client.connection.close()
})

test('a server name without HTTP/2 is misdirected', async () => {
  const client = await open('names')
  const ask = (name: string): number =>
    client.ask([
      [':method', 'GET'],
      [':scheme', 'http'],
      [':path', '/'],
      [':authority', name],
    ])
  assert.equal((await client.answer(ask('a'))).body, 'a')
  assert.equal((await client.answer(ask('b'))).status, 421)
  client.connection.close()
})

test('listen … http2 does as well', async () => {
  const client = await open('old')
  assert.equal((await client.get()).body, 'old')
  client.connection.close()
})

test('DATA frames are as small as http2_chunk_size says', async () => {
  const client = await open()
  assert.equal((await client.get('/chunks/10000')).body.length, 10_000)
  for (const { type, payload } of client.frames) if (type === types.data) assert.ok(payload.length <= 100)
  client.connection.close()
})

// === requests with bodies

test('a body is collected and sent with its length', async () => {
  const client = await open()
  const stream = client.ask(request('/', 'POST'), false)
  client.send(data(stream, 'first ') + data(stream, ''))
  await client.ping()
  assert.equal(accepted.length, 0)
  client.send(data(stream, 'second', true))
  const there = await upstream()
  const asked = await there.receive()
  assert.deepEqual([asked.get('content-length'), asked.text], ['12', 'first second'])
  there.send('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n')
  assert.equal((await client.answer(stream)).status, 204)
  client.connection.close()
})

test('a body is streamed with its trailers', async () => {
  const client = await open()
  const stream = client.ask(request('/stream', 'POST'), false)
  const there = await upstream()
  client.send(data(stream, 'one'))
  await there.expect(/3\r\none\r\n$/)
  client.send(
    data(stream, 'two') +
      headersFrames(
        block([
          ['x-sum', '1'],
          ['content-length', '9'],
        ]),
        stream,
        true,
        100,
      ),
  )
  await there.expect(/3\r\ntwo\r\n0\r\nx-sum: 1\r\n\r\n$/)
  there.send(
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\nx\r\n0\r\nX-Back: 2\r\n\r\n',
  )
  const { body, trailers } = await client.answer(stream)
  assert.deepEqual([body, trailers?.get('x-back')], ['x', '2'])
  client.connection.close()
})

test('add_trailer sends trailers', async () => {
  const client = await open()
  const stream = client.ask(request('/trailer'))
  ;(await upstream()).send('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx')
  const { body, trailers } = await client.answer(stream)
  assert.deepEqual([body, trailers?.get('x-sum')], ['x', '42'])
  client.connection.close()
})

test('Expect: 100-continue is answered when the body is wanted', async () => {
  const client = await open()
  const stream = client.ask(
    request('/', 'POST', [
      ['expect', '100-continue'],
      ['content-length', '2'],
    ]),
    false,
  )
  await client.next(({ type }) => type === types.headers, 'interim answer')
  client.send(data(stream, 'ok', true))
  const there = await upstream()
  assert.equal((await there.receive()).text, 'ok')
  there.send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  const { status, interim } = await client.answer(stream)
  assert.deepEqual([status, interim.map(head => head.get(':status'))], [200, ['100']])
  client.connection.close()
})

test('103 Early Hints goes on', async () => {
  const client = await open()
  const stream = client.ask(request('/hints'))
  const there = await upstream()
  there.send(
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
  )
  const { interim } = await client.answer(stream)
  assert.deepEqual(
    interim.map(head => [head.get(':status'), head.get('link')]),
    [['103', '</a>']],
  )
  client.connection.close()
})

test('a body that is too large is refused, announced or not', async () => {
  const client = await open()
  assert.equal(
    (await client.answer(client.ask(request('/small', 'POST', [['content-length', '6']]), false))).status,
    413,
  )
  const stream = client.ask(request('/small', 'POST'), false)
  client.send(data(stream, '123456'))
  assert.equal((await client.answer(stream)).status, 413)
  assert.equal(await client.reset(stream), NO_ERROR)
  await client.ping()
  client.connection.close()
})

test('the window of a streamed body opens only as its origin takes it', async () => {
  const client = await open()
  const stream = client.ask(request('/stream', 'POST'), false)
  const there = await upstream()
  there.pause()
  const part = data(stream, 'x'.repeat(16_384))
  const window = (): number =>
    client.frames.reduce(
      (sum, { type, stream: of, payload }) =>
        sum + (type === types.windowUpdate && of === stream ? payload.readUInt32BE(0) : 0),
      65_536,
    )
  let sent = 0
  // Fills what kernels and the proxy hold, until no more is granted.
  for (let quiet = 0; quiet < 20;) {
    if (window() - sent >= 16_384) {
      client.send(part)
      sent += 16_384
      quiet = 0
    } else {
      quiet++
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    assert.ok(sent < 32 << 20, 'the client was never slowed')
  }
  there.resume()
  await until(
    () => 'more window',
    () => window() - sent >= 16_384 || undefined,
  )
  client.send(rstFrame(stream, CANCEL))
  await there.expectGone()
  await logged(/POST \/stream HTTP\/2.0\|499\|.*client_reset/)
  client.connection.close()
})

test('a large upload goes through, whole', async () => {
  const client = await open()
  const stream = client.ask(request('/', 'POST'), false)
  const size = 1 << 20
  let window = 65_536
  let counted = 0
  for (let sent = 0; sent < size;) {
    for (; counted < client.frames.length; counted++) {
      const { type, stream: of, payload } = client.frames[counted]!
      if (type === types.windowUpdate && of === stream) window += payload.readUInt32BE(0)
    }
    const part = Math.min(16_384, window, size - sent)
    if (part > 0) client.send(data(stream, 'y'.repeat(part), sent + part === size))
    else await new Promise(resolve => setImmediate(resolve))
    sent += part
    window -= part
  }
  const there = await upstream()
  assert.equal((await there.receive()).text.length, size)
  there.send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  assert.equal((await client.answer(stream)).status, 200)
  client.connection.close()
})

// === answers and their windows

test('an answer that waits for its window slows its origin and no other stream', async () => {
  const client = await open('main', [[settingIds.initialWindowSize, 1000]])
  const slow = client.ask(request('/'))
  const there = await upstream()
  there.send(`HTTP/1.1 200 OK\r\nContent-Length: ${64 << 20}\r\n\r\n`)
  const part = Buffer.alloc(1 << 20, 'x')
  for (let i = 0; i < 32; i++) there.send(part)
  assert.equal((await client.get('/text')).body, 'text ')
  await new Promise(resolve => setTimeout(resolve, 300))
  assert.equal(client.received(slow), 1000)
  assert.ok(there.socket.writableLength > 8 << 20, `the origin was not slowed: ${there.socket.writableLength} left`)
  client.send(windowUpdateFrame(slow, 500))
  await until(
    () => 'more data',
    () => client.received(slow) === 1500 || undefined,
  )
  client.send(rstFrame(slow, CANCEL))
  await there.expectGone()
  client.connection.close()
})

test('streams that wait for the window of the connection take turns', async () => {
  const client = await open('main', [[settingIds.initialWindowSize, 1 << 20]])
  const first = client.ask(request('/chunks/big'))
  await until(
    () => 'the window to be used up',
    () => client.received(first) === 65_535 || undefined,
  )
  const second = client.ask(request('/chunks/big'))
  await client.ping()
  client.send(windowUpdateFrame(0, 40_000))
  await until(
    () => 'all of it',
    () => client.received(first) + client.received(second) === 105_535 || undefined,
  )
  const shares = [client.received(first) - 65_535, client.received(second)]
  assert.ok(Math.abs(shares[0]! - shares[1]!) <= 200, `${shares}`)
  client.connection.close()
})

test('a truncated answer ends in a reset', async () => {
  const client = await open()
  const stream = client.ask()
  ;(await upstream()).send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf').close()
  assert.equal(await client.reset(stream), INTERNAL_ERROR)
  assert.equal(client.received(stream), 4)
  await client.ping()
  client.connection.close()
})

test('no answer at all is 502 for that stream', async () => {
  const client = await open()
  const stream = client.ask()
  ;(await upstream()).close()
  assert.equal((await client.answer(stream)).status, 502)
  client.connection.close()
})

// === endings

test('after keepalive_requests the client is told to come again, and gets its answers', async () => {
  const client = await open('few')
  const streams = [client.ask(), client.ask(), client.ask()]
  assert.deepEqual(await client.goaway(), { last: 3, code: NO_ERROR })
  for (const stream of streams.slice(0, 2)) assert.equal((await client.answer(stream)).body, 'text')
  await client.ended()
  assert.equal(
    client.frames.some(({ stream }) => stream === 5),
    false,
  )
})

test('an idle connection is ended after keepalive_timeout', async () => {
  const client = await open('timeouts')
  await client.get('/text')
  assert.equal((await client.goaway()).code, NO_ERROR)
  await client.ended()
})

test('one that begins a header block and does not end it is ended, with other streams or without', async () => {
  const client = await open('timeouts')
  client.send(frame(types.headers, 1, 1, block(request())))
  await client.goaway()
  await client.ended()
})

test('a body that does not come ends its stream', async () => {
  const client = await open('timeouts')
  const stream = client.ask(request('/', 'POST'), false)
  assert.equal(await client.reset(stream), PROTOCOL_ERROR)
  await logged(/POST \/ HTTP\/2.0\|408\|.*client_body_timeout/)
  client.connection.close()
})

test('an answer whose window never opens ends its stream', async () => {
  const client = await open('timeouts', [[settingIds.initialWindowSize, 10]])
  const stream = client.ask(request('/chunks/10000'))
  await client.reset(stream)
  assert.equal(client.received(stream), 10)
  await logged(/GET \/chunks\/10000 HTTP\/2.0\|200\|.*client_send_timeout/)
  client.connection.close()
})

test('a client that leaves lets go of its origins', async () => {
  const client = await open()
  client.ask()
  client.ask(request('/two'))
  const [one, two] = [await upstream(), await upstream()]
  await client.connection.reset()
  await one.expectGone()
  await two.expectGone()
  await logged(/GET \/two HTTP\/2.0\|499/)
})

// === too much

test('a request that is reset in the same breath never reaches an origin', async () => {
  const client = await open()
  const before = origin.accepted
  client.send(
    Array.from(
      { length: 50 },
      (_, i) => headersFrames(block(request()), i * 2 + 1, true, 1000) + rstFrame(i * 2 + 1, CANCEL),
    ).join(''),
  )
  await client.ping()
  assert.equal(origin.accepted, before)
  client.connection.close()
})

const floods: readonly (readonly [what: string, frames: (i: number) => string, count: number])[] = [
  ['resets', i => headersFrames(block(request('/text')), i * 2 + 1, true, 1000) + rstFrame(i * 2 + 1, CANCEL), 3000],
  ['pings', () => frame(types.ping, 0, 0, '12345678'), 30_000],
  ['settings', () => settingsFrame([]), 30_000],
  [
    'empty DATA frames',
    i => (i === 0 ? headersFrames(block(request('/', 'POST')), 1, false, 1000) : data(1, '')),
    30_000,
  ],
  ['window updates', () => windowUpdateFrame(0, 1), 30_000],
  ['priorities', () => frame(types.priority, 0, 3, '\0\0\0\0\x01'), 30_000],
  ['unknown frames', () => frame(0xab, 0, 0, ''), 30_000],
  [
    'streams that make us reset them',
    i => headersFrames(block(request('/', 'POST')), i * 2 + 1, false, 1000) + windowUpdateFrame(i * 2 + 1, 0),
    3000,
  ],
]
for (const [what, frames, count] of floods) {
  test(`a flood of ${what} ends the connection`, async () => {
    const client = await open()
    client.send(Array.from({ length: count }, (_, i) => frames(i)).join(''))
    assert.equal((await client.goaway()).code, ENHANCE_YOUR_CALM)
    await client.ended()
    client.connection.close()
  })
}

test('a list of fields beyond the limit ends the connection, however small it was compressed', async () => {
  const client = await open()
  const bomb = '\x40\x01a\x7f\x81\x1e' + 'x'.repeat(4000) + '\xbe'.repeat(10_000)
  client.send(headersFrames(block(request()) + bomb, 1, true, 16_384))
  assert.equal((await client.goaway()).code, ENHANCE_YOUR_CALM)
})

test('10,000 streams that are cancelled in every state leave nothing behind', async () => {
  const counts = async (): Promise<string> => {
    const client = (await connect(proxy.port('main'))).send(get('/counts', 'Connection: close'))
    const { text } = await client.readResponse()
    return /Active connections: \d+|Reading: \d+ Writing: \d+ Waiting: \d+/g[Symbol.match](text)!.join(' ')
  }
  let last = ''
  await until(
    () => `quiet: ${last}`,
    async () => (last = await counts()) === 'Active connections: 1 Reading: 0 Writing: 1 Waiting: 0' || undefined,
  )
  let streams = 0
  for (let round = 0; round < 20; round++) {
    const client = await open()
    for (let burst = 0; burst < 10; burst++) {
      const cancelled = Array.from({ length: 50 }, (_, i) => {
        const body = i % 3 === 0
        const stream = client.ask(request(i % 2 === 0 ? '/' : '/chunks/big', body ? 'POST' : 'GET'), !body)
        if (i % 6 === 0) client.send(data(stream, 'x'))
        return rstFrame(stream, CANCEL)
      })
      if (burst % 2 === 0) await client.ping(`burst ${String(burst).padStart(2)}`)
      client.send(cancelled.join(''))
      streams += cancelled.length
    }
    await client.ping()
    client.connection.close()
  }
  assert.equal(streams, 10_000)
  await until(
    () => 'every connection to be gone',
    async () => (await counts()) === 'Active connections: 1 Reading: 0 Writing: 1 Waiting: 0' || undefined,
  )
  const alive = (): Connection[] => accepted.filter(({ socket }) => !socket.destroyed && !socket.readableEnded)
  await until(
    () => `connections to the origin to be gone: ${alive().length}`,
    () => alive().length === 0 || undefined,
  )
  for (const { socket } of accepted) socket.destroy()
  accepted.length = 0
})

// === real clients

const run = promisify(execFile)

test('curl gets and posts', { skip: unless('curl') }, async () => {
  const url = `http://127.0.0.1:${proxy.port('main')}`
  const options = ['-sS', '--max-time', '5', '--http2-prior-knowledge']
  const { stdout } = await run('curl', [
    ...options,
    '-w',
    '%{http_version} %{size_download}',
    '-o',
    '/dev/null',
    `${url}/chunks/big`,
  ])
  assert.equal(stdout, `2 ${1 << 20}`)
  const posting = run('curl', [...options, '--data-binary', '@-', `${url}/`])
  posting.child.stdin!.end('z'.repeat(300_000))
  const there = await upstream()
  assert.equal((await there.receive()).text.length, 300_000)
  there.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndone')
  assert.equal((await posting).stdout, 'done')
})

test('h2load gets 2,000 answers over 4 connections', { skip: unless('h2load') }, async () => {
  const { stdout } = await run('h2load', [
    '-n',
    '2000',
    '-c',
    '4',
    '-m',
    '20',
    `http://127.0.0.1:${proxy.port('main')}/text`,
  ])
  assert.match(stdout, /2000 succeeded, 0 failed, 0 errored/)
})

test('reload tells clients to come again, and finishes what is under way', async () => {
  const [busy, idle] = [await open(), await open()]
  await idle.get('/text')
  const stream = busy.ask()
  const there = await upstream()
  proxy.signal('HUP')
  assert.equal((await idle.goaway()).code, NO_ERROR)
  assert.deepEqual(await busy.goaway(), { last: stream, code: NO_ERROR })
  there.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok')
  assert.equal((await busy.answer(stream)).body, 'ok')
  await idle.ended()
  await busy.ended()
  for (const client of [busy, idle]) client.connection.close()
})
