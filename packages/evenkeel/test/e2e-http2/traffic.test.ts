/** Requests of HTTP/2 through the proxy: bodies and their windows, trailers, interim answers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CANCEL,
  frameTypes as types,
  INTERNAL_ERROR,
  NO_ERROR,
  PREFACE,
  REFUSED_STREAM,
  settingIds,
} from '../../src/wire/http2/codes.ts'
import { headersFrames, rstFrame, settingsFrame, windowUpdateFrame } from '../../src/wire/http2/frame-writer.ts'
import { get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { until } from '../scenario/wait.ts'
import { block, data, Http2Client, request } from './client.ts'

import { accepted, logged, open, proxy, upstream } from './stage.ts'

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

test('with http2_body_preread_size 0 a client sends nothing before it is asked for', async () => {
  const early = new Http2Client(await connect(proxy.port('preread')))
  early.send(PREFACE + settingsFrame([]) + headersFrames(block(request('/', 'POST')), 1, false, 1000))
  assert.equal(await early.reset(1), REFUSED_STREAM)
  const client = await open('preread')
  const stream = client.ask(request('/', 'POST'), false)
  const there = await upstream()
  const granted = await client.next(({ type, stream: of }) => type === types.windowUpdate && of === stream)
  assert.equal(granted.payload.readUInt32BE(0), 1024)
  client.send(data(stream, 'x'.repeat(1024)))
  await there.expect(/x{1024}/)
  await until(
    () => 'more window',
    () =>
      client.frames.filter(({ type, stream: of }) => type === types.windowUpdate && of === stream).length > 1 ||
      undefined,
  )
  client.send(rstFrame(stream, CANCEL))
  await there.expectGone()
  for (const { connection } of [client, early]) connection.close()
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
  // Until its origin has answered the second one does not wait, and the window is all the first one's.
  let given = 65_535
  while (client.received(second) === 0) {
    client.send(windowUpdateFrame(0, 1000))
    given += 1000
    await until(
      () => 'a little',
      () => client.received(first) + client.received(second) === given || undefined,
    )
  }
  const before = [client.received(first), client.received(second)]
  client.send(windowUpdateFrame(0, 40_000))
  await until(
    () => 'all of it',
    () => client.received(first) + client.received(second) === given + 40_000 || undefined,
  )
  const shares = [client.received(first) - before[0]!, client.received(second) - before[1]!]
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

test('streams that are answered before they are sent whole keep nobody out', async () => {
  const client = await open()
  for (let i = 0; i < 300; i++) {
    const stream = client.ask(request('/text', 'POST'), false)
    assert.equal((await client.answer(stream)).status, 200)
  }
  assert.equal((await client.get('/text')).status, 200)
  client.connection.close()
})
