/** Requests to origins that speak HTTP/2, Node's own among them: heads, bodies both ways, trailers, sharing. */
import assert from 'node:assert/strict'
import { constants } from 'node:http2'
import { test } from 'node:test'
import { CANCEL, flags, frameTypes as types } from '../../src/wire/http2/codes.ts'
import { headersFrames, rstFrame, windowUpdateFrame } from '../../src/wire/http2/frame-writer.ts'
import { block, data, request } from '../e2e-http2/client.ts'
import { get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { until } from '../scenario/wait.ts'
import { answers, counts, open, proxy } from './stage.ts'

test('a request of HTTP/1 gets there as one of HTTP/2, without what is about connections', async () => {
  let seen: Record<string, unknown> = {}
  answers.set('/a?b=c', (stream, headers) => {
    seen = { ...headers }
    stream.respond({ ':status': 201, 'x-b': '2', date: 'today' })
    stream.end('ok')
  })
  const client = await connect(proxy.port('main'))
  client.send(get('/a?b=c', 'X-A: 1', 'Connection: close, x-own', 'X-Own: 1', 'TE: gzip', 'Cookie: a=b'))
  const answer = await client.readResponse()
  assert.deepEqual([answer.status, answer.text, answer.get('x-b')], [201, 'ok', '2'])
  assert.deepEqual(Object.fromEntries(Object.entries(seen)), {
    ':method': 'GET',
    ':scheme': 'http',
    ':path': '/a?b=c',
    ':authority': 'node',
    'x-a': '1',
    cookie: 'a=b',
  })
  client.close()
})

test('fields about connections are not sent though they are set', async () => {
  let seen: Record<string, unknown> = {}
  answers.set('/upgrade', (stream, headers) => {
    seen = { ...headers }
    stream.respond({ ':status': 200 }, { endStream: true })
  })
  const client = await connect(proxy.port('main'))
  client.send(get('/upgrade', 'Connection: upgrade', 'Upgrade: other'))
  assert.equal((await client.readResponse()).status, 200)
  assert.deepEqual([seen['connection'], seen['upgrade']], [undefined, undefined])
  client.close()
})

test('a long body goes up and comes back, whatever the windows', async () => {
  answers.set('/echo', stream => {
    stream.respond({ ':status': 200 })
    stream.pipe(stream)
  })
  const body = Buffer.alloc(3 << 20, 'abcdefghij')
  const answer = await fetch(`http://127.0.0.1:${proxy.port('main')}/echo`, { method: 'POST', body })
  assert.deepEqual(Buffer.compare(Buffer.from(await answer.arrayBuffer()), body), 0)
})

test('both sides talk at once on one stream, and trailers go through both ways', async () => {
  let trailers: Record<string, unknown> = {}
  answers.set('/stream', stream => {
    stream.respond({ ':status': 200 }, { waitForTrailers: true })
    stream.on('data', part => stream.write(`<${part}>`))
    stream.on('trailers', fields => (trailers = { ...fields }))
    stream.on('end', () => stream.end())
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '42' }))
  })
  const client = await open()
  const stream = client.ask(request('/stream', 'POST'), false)
  for (const part of ['one', 'two']) {
    client.send(data(stream, part))
    await client.next(({ type, payload }) => type === types.data && payload.toString() === `<${part}>`, part)
  }
  client.send(headersFrames(block([['x-up', '1']]), stream, true, 16_384))
  const answer = await client.answer(stream)
  assert.deepEqual([answer.body, answer.trailers?.get('x-sum')], ['<one><two>', '42'])
  assert.equal(trailers['x-up'], '1')
  client.connection.close()
})

test('early hints go on before the answer', async () => {
  answers.set('/early', stream => {
    stream.additionalHeaders({ ':status': 103, link: '</a>' })
    stream.respond({ ':status': 204 }, { endStream: true })
  })
  const client = await open()
  const answer = await client.answer(client.ask(request('/early')))
  assert.deepEqual([answer.status, answer.interim.map(head => head.get('link'))], [204, ['</a>']])
  client.connection.close()
})

test('many requests at once share few connections, each with as many streams as the origin allows', async () => {
  let most = 0
  let now = 0
  const held: (() => void)[] = []
  answers.set('/shared', stream => {
    most = Math.max(most, ++now)
    held.push(() => {
      now--
      stream.respond({ ':status': 200 })
      stream.end('x')
    })
    if (now === 12) for (const answer of held.splice(0)) answer()
  })
  const before = counts.sessions
  const client = await open()
  const streams = Array.from({ length: 12 }, () => client.ask(request('/shared')))
  for (const stream of streams) assert.equal((await client.answer(stream)).status, 200)
  assert.equal(most, 12)
  const made = counts.sessions - before
  assert.ok(made >= 2 && made <= 3, `${made} connections for 12 requests of which 4 fit on one`)
  client.connection.close()
})

test('a client that leaves resets its stream, and the connection serves others', async () => {
  let code = -1
  answers.set('/left', stream => {
    stream.respond({ ':status': 200 })
    stream.write('begun')
    stream.on('close', () => (code = stream.rstCode))
  })
  const client = await open()
  const stream = client.ask(request('/left'))
  await client.next(({ type, stream: of }) => type === types.data && of === stream, 'the begin of the answer')
  const before = counts.sessions
  client.send(rstFrame(stream, CANCEL))
  await until(
    () => `a reset at the origin; code ${code}`,
    () => (code >= 0 ? true : undefined),
  )
  assert.equal(code, constants.NGHTTP2_CANCEL)
  answers.set('/after', other => other.respond({ ':status': 204 }, { endStream: true }))
  assert.equal((await client.get('/after')).status, 204)
  assert.equal(counts.sessions, before)
  client.connection.close()
})

test('a client that takes nothing stops its own stream, and no other on the same connection', async () => {
  let sent = 0
  answers.set('/stream/endless', stream => {
    stream.respond({ ':status': 200 })
    const more = (): void => {
      while (!stream.destroyed && sent < 64 << 20) {
        sent += 16_384
        if (!stream.write(Buffer.alloc(16_384))) return void stream.once('drain', more)
      }
    }
    more()
  })
  answers.set('/stream/other', stream => {
    stream.respond({ ':status': 200 })
    stream.end('other')
  })
  const client = await open()
  const endless = client.ask(request('/stream/endless'))
  await client.next(({ type, stream }) => type === types.data && stream === endless, 'the begin of the answer')
  // Its window is used up; what the proxy reads ahead has an end.
  await until(
    () => `the window to be used up: ${client.received(endless)}`,
    () => client.received(endless) === 65_535 || undefined,
  )
  client.send(windowUpdateFrame(0, 1 << 20))
  assert.equal((await client.get('/stream/other')).body, 'other')
  assert.ok(sent < 8 << 20, `${sent} bytes were taken from the origin for a client that takes none`)
  client.send(rstFrame(endless, CANCEL))
  client.connection.close()
})

test('a body of known length ends with its last frame', async () => {
  answers.set('/posted', (stream, headers) => {
    stream.respond({ ':status': 200 })
    stream.on('data', () => {})
    stream.on('end', () => stream.end(String(headers['content-length'])))
  })
  const client = await open()
  const stream = client.ask(request('/posted', 'POST'), false)
  client.send(data(stream, 'hello', true))
  const answer = await client.answer(stream)
  assert.equal(answer.body, '5')
  assert.ok(client.frames.some(({ type, flags: bits }) => type === types.data && (bits & flags.endStream) !== 0))
  client.connection.close()
})
