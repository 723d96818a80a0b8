/** Request bodies: sizes, framing towards the origin, files on disk, streaming, and answers that do not wait for them. */
import assert from 'node:assert/strict'
import { readdirSync, rmSync } from 'node:fs'
import { after, afterEach, test } from 'node:test'
import { get } from '../scenario/ask.ts'
import { until } from '../scenario/wait.ts'
import { chunkedHead, ok, openStage, post } from './stage.ts'

const stage = await openStage({
  server: 'client_body_temp_path temp; client_body_buffer_size 1k;',
  locations: {
    '/small': 'client_max_body_size 10;',
    '/small-stream': 'client_max_body_size 10; proxy_request_buffering off;',
    '/stream': 'proxy_request_buffering off;',
    '/tell': 'proxy_request_buffering off; add_header X-Body "$request_body";',
    '/unlimited': 'client_max_body_size 0; proxy_request_buffering off;',
    '/large': 'client_max_body_size 0;',
    '/none': 'proxy_pass_request_body off;',
    '/set': 'proxy_set_body "say $request_method";',
    '/full': 'client_body_temp_path full;',
    '/page': 'client_max_body_size 10; error_page 413 /here;',
    '= /here': 'return 200 "too large";',
  },
})
after(() => stage.close())
afterEach(() => stage.peerIsFree())

const files = (): string[] => readdirSync(stage.proxy.prefix + 'temp')
const big = 'x'.repeat(300_000)

for (const target of ['/small', '/small-stream']) {
  test(`a body over the limit by its length is 413 before any of it is read (${target})`, async () => {
    const served = stage.origin.accepted
    const client = (await stage.connect()).send(post(target, '').replace('Length: 0', 'Length: 11'))
    assert.equal((await client.readResponse()).status, 413)
    await client.expectClose()
    assert.equal(stage.origin.accepted, served)
  })
}

test('a body that grows over the limit in chunks is 413, and the origin sees nothing of a collected one', async () => {
  const served = stage.origin.accepted
  const client = (await stage.connect()).send(chunkedHead('/small') + '6\r\nabcdef\r\n6\r\nabcdef\r\n')
  assert.equal((await client.readResponse()).status, 413)
  await client.expectClose()
  assert.equal(stage.origin.accepted, served)
})

test('a streamed body that grows over the limit is 413, and the origin sees that it is not complete', async () => {
  const client = (await stage.connect()).send(chunkedHead('/small-stream') + '6\r\nabcdef\r\n')
  const upstream = await stage.accept()
  await upstream.readHead()
  await upstream.expect('6\r\nabcdef\r\n')
  client.send('6\r\nabcdef\r\n')
  assert.equal((await client.readResponse()).status, 413)
  await upstream.expectGone()
  assert.doesNotMatch(upstream.unread, /0\r\n\r\n/)
})

test('a client that sends megabytes after its 413 reads that answer', async () => {
  const client = (await stage.connect()).send(post('/small', 'x'.repeat(3 << 20)))
  assert.equal((await client.readResponse()).status, 413)
  await client.expectClose()
})

test('a connection whose request body was refused is not used on, even if a page replaces the answer', async () => {
  const client = (await stage.connect()).send(post('/page', 'x'.repeat(20)) + get('/here'))
  const response = await client.readResponse()
  assert.equal(response.text, 'too large')
  assert.equal(response.get('connection'), 'close')
  await client.expectClose()
})

for (const method of ['GET', 'DELETE', 'OPTIONS', 'POST', 'PURGE']) {
  test(`a collected ${method} in chunks goes on with its length`, async () => {
    const { client, upstream, request } = await stage.forward(
      chunkedHead('/').replace('POST', method) + '1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n',
    )
    assert.deepEqual(
      [request.get('content-length'), request.get('transfer-encoding'), request.text],
      ['3', undefined, 'abc'],
    )
    assert.equal(upstream.unread, '')
    upstream.send(ok('x'))
    assert.equal((await client.readResponse()).text, 'x')
  })
}

test('a streamed body goes on as it comes: in chunks where it came in chunks', async () => {
  const client = (await stage.connect()).send(chunkedHead('/stream'))
  const upstream = await stage.accept()
  const head = await upstream.readHead()
  assert.deepEqual([head.get('content-length'), head.get('transfer-encoding')], [undefined, 'chunked'])
  client.send('3;ext\r\nabc\r\n')
  await upstream.expect('3\r\nabc\r\n')
  client.send('0\r\nX-Trailer: 1\r\n\r\n')
  await upstream.expect(/0\r\n(.*\r\n)?\r\n$/)
  upstream.send(ok('x'))
  assert.equal((await client.readResponse()).text, 'x')
})

test('a short streamed body can be told in the answer, a long one is not kept for it', async () => {
  for (const [body, told] of [
    ['0123456789', '0123456789'],
    ['x'.repeat(2000), undefined],
  ] as const) {
    const client = (await stage.connect()).send(chunkedHead('/tell'))
    client.send(`${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`)
    const upstream = await stage.accept()
    await upstream.readHead()
    await upstream.expect(/0\r\n\r\n$/)
    upstream.send(ok('x'))
    const answer = await client.readResponse()
    assert.equal(answer.get('x-body'), told)
  }
})

test('a streamed body of known length goes on with it', async () => {
  const client = (await stage.connect()).send(post('/stream', 'abcdef').slice(0, -3))
  const upstream = await stage.accept()
  const head = await upstream.readHead()
  assert.deepEqual([head.get('content-length'), head.get('transfer-encoding')], ['6', undefined])
  await upstream.expect('abc')
  client.send('def')
  await upstream.expect('def')
  upstream.send(ok('x'))
  assert.equal((await client.readResponse()).text, 'x')
})

test('50 000 chunks of one byte arrive as one body', async () => {
  const { client, upstream, request } = await stage.forward(
    chunkedHead('/') + '1\r\na\r\n'.repeat(50_000) + '0\r\n\r\n',
  )
  assert.equal(request.text, 'a'.repeat(50_000))
  upstream.send(ok('x'))
  assert.equal((await client.readResponse()).text, 'x')
})

test('a large body waits in a file, which is gone afterwards', async () => {
  const { client, upstream, request } = await stage.forward(post('/', big))
  assert.equal(request.text, big)
  assert.equal(files().length, 1)
  upstream.send(ok('x'))
  assert.equal((await client.readResponse()).text, 'x')
  await until(
    () => 'the file to be gone',
    () => files().length === 0 || undefined,
  )
})

test('the file of a body goes when the client leaves in the middle of it', async () => {
  const client = (await stage.connect()).send(post('/', big).slice(0, 200_000))
  await until(
    () => 'a file',
    () => files().length === 1 || undefined,
  )
  await client.reset()
  await until(
    () => 'the file to be gone',
    () => files().length === 0 || undefined,
  )
})

test('the file of a body goes, and its descriptor, when the origin leaves in the middle of it', async () => {
  // More than the kernel takes by itself, so that the file is still being read.
  const client = (await stage.connect()).send(post('/large', 'x'.repeat(24 << 20)))
  const upstream = await stage.accept()
  await upstream.readHead()
  upstream.pause()
  await upstream.reset()
  assert.equal((await client.readResponse()).status, 502)
  await until(
    () => 'the file to be gone',
    () => files().length === 0 || undefined,
  )
})

test('a folder that can not be written to is 500 for large bodies only', async () => {
  rmSync(stage.proxy.prefix + 'full', { recursive: true })
  stage.proxy.write('full', 'not a folder')
  const client = (await stage.connect()).send(post('/full', big))
  assert.equal((await client.readResponse()).status, 500)
  const small = await stage.forward(post('/full', 'small'))
  assert.equal(small.request.text, 'small')
})

test('the client that ends before its body does is told 400, and no origin is asked', async () => {
  const served = stage.origin.accepted
  const client = (await stage.connect()).send(post('/', 'abc').slice(0, -1)).end()
  assert.equal((await client.readResponse()).status, 400)
  await client.expectClose()
  assert.equal(stage.origin.accepted, served)
})

test('a streamed body that its client does not finish is not finished at the origin', async () => {
  const client = (await stage.connect()).send(chunkedHead('/stream') + '3\r\nabc\r\n')
  const upstream = await stage.accept()
  await upstream.readHead()
  await upstream.expect('3\r\nabc\r\n')
  client.end()
  await upstream.expectGone()
  assert.equal(upstream.unread, '')
})

test('an answer that comes before the upload ends is passed on at once', async () => {
  const client = (await stage.connect()).send(post('/stream', 'x'.repeat(500_000)).slice(0, 100_000))
  const upstream = await stage.accept()
  await upstream.readHead()
  upstream.send('HTTP/1.1 403 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno')
  const response = await client.readResponse()
  assert.deepEqual([response.status, response.text], [403, 'no'])
})

test('what is left of an upload after an early answer is dropped, and the next request is served', async () => {
  const all = post('/stream', 'x'.repeat(500_000))
  const client = (await stage.connect()).send(all.slice(0, 100_000))
  const upstream = await stage.accept()
  await upstream.readHead()
  upstream.send(ok('early'))
  assert.equal((await client.readResponse()).text, 'early')
  client.send(all.slice(100_000) + get('/next'))
  const next = await stage.accept()
  assert.equal((await next.receive()).target, '/next')
  next.send(ok('next'))
  assert.equal((await client.readResponse()).text, 'next')
  await upstream.expectGone()
})

test('an origin that does not read slows the client down', async () => {
  const client = (await stage.connect()).send(post('/unlimited', '').replace('Length: 0', `Length: ${48 << 20}`))
  const upstream = await stage.accept()
  upstream.pause()
  const part = Buffer.alloc(1 << 20, 'x')
  for (let i = 0; i < 48; i++) client.send(part)
  await new Promise(resolve => setTimeout(resolve, 150))
  assert.ok(client.socket.writableLength > 16 << 20, 'the client was not slowed')
  upstream.resume()
  await until(
    () => `all bytes; ${upstream.socket.bytesRead} came`,
    () => upstream.socket.bytesRead > 48 << 20 || undefined,
  )
  upstream.send(ok('x'))
  assert.equal((await client.readResponse()).text, 'x')
})

test('a body that is not passed on is dropped, and one that is set is sent instead', async () => {
  const none = await stage.forward(post('/none', 'abc'))
  assert.deepEqual([none.request.get('content-length') ?? '0', none.request.text], ['0', ''])
  none.upstream.send(ok('x'))
  assert.equal((await none.client.readResponse()).text, 'x')
  const set = await stage.forward(post('/set', 'abc'))
  assert.equal(set.request.text, 'say POST')
  set.upstream.send(ok('x'))
  assert.equal((await set.client.readResponse()).text, 'x')
  set.client.send(get('/here'))
  assert.equal((await set.client.readResponse()).text, 'too large')
})

test('a body read from what was kept, answered at once, ends the connection once and well', async () => {
  // The only place at the peer is taken, so that the answer comes from inside reading the body.
  const holder = await stage.forward()
  const client = (await stage.connect()).send('POST / HT')
  await new Promise(resolve => setTimeout(resolve, 30))
  client.send('TP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc')
  assert.equal((await client.readResponse()).status, 502)
  await client.expectClose()
  const kept = (await stage.connect()).send(post('/', 'abc') + post('/', 'abc', 'Connection: close') + get('/never'))
  assert.equal((await kept.readResponse()).status, 502)
  assert.equal((await kept.readResponse()).status, 502)
  await kept.expectClose()
  holder.upstream.send(ok('x'))
  assert.equal((await holder.client.readResponse()).text, 'x')
})

test('an empty body of a POST goes on with its length of 0, and a GET without a body has none', async () => {
  const posted = await stage.forward(post('/', ''))
  assert.equal(posted.request.get('content-length'), '0')
  posted.upstream.send(ok('x'))
  assert.equal((await posted.client.readResponse()).text, 'x')
  const got = await stage.forward(get('/'))
  assert.equal(got.request.get('content-length'), undefined)
})
