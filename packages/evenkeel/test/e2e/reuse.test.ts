/** Connections to origins that are kept: used again, never trusted with more than they owe, and given up when stale. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { startOrigin, type Origin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { ok, post } from './stage.ts'

const origins: Origin[] = []
for (let i = 0; i < 14; i++) origins.push(await startOrigin())
const proxy = await startProxy({
  config: ports => `
log_format why '$status $failure "$request" [$upstream_addr] [$upstream_status]';
access_log access.log why;
    ${origins.map((origin, i) => `upstream u${i} { server ${origin.address} max_conns=1; keepalive 4; ${i === 0 ? 'keepalive_requests 2;' : ''} ${i === 1 ? 'keepalive_timeout 150ms;' : ''} }`).join('\n')}
    server { listen 127.0.0.1:${ports['main']}; keepalive_timeout 60; client_max_body_size 0; client_body_temp_path temp;
      ${origins.map((_, i) => `location /${i}/ { proxy_pass http://u${i}; }`).join('\n')}
      location /non/ { proxy_pass http://u13; proxy_next_upstream error timeout non_idempotent; } }`,
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  for (const origin of origins) await origin[Symbol.asyncDispose]()
})
const port = proxy.port('main')

/** One request served on a new connection that the proxy keeps. */
async function warm(i: number) {
  await using client = await connect(port)
  client.send(get(`/${i}/warm`))
  const upstream = await origins[i]!.accept()
  await upstream.receive()
  upstream.send(ok('warm'))
  assert.equal((await client.readResponse()).text, 'warm')
  return upstream
}

test('a connection serves keepalive_requests and is closed then', async () => {
  const upstream = await warm(0)
  const answer = ask(port, get('/0/again'))
  assert.equal((await upstream.receive()).target, '/0/again')
  upstream.send(ok('again'))
  assert.equal((await answer).text, 'again')
  await upstream.expectClose()
})

test('a connection that idles for keepalive_timeout is closed', async () => {
  const upstream = await warm(1)
  await upstream.expectClose()
})

test('any byte on an idle connection ends it: an answer nobody asked for is never given to the next', async () => {
  const upstream = await warm(2)
  upstream.send('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison')
  await upstream.expectGone()
  const answer = ask(port, get('/2/next'))
  const fresh = await origins[2]!.accept()
  await fresh.receive()
  fresh.send(ok('right'))
  assert.equal((await answer).text, 'right')
})

test('an idle connection that the origin closes is not used again', async () => {
  const upstream = await warm(3)
  upstream.end()
  await upstream.expectClose()
  const answer = ask(port, get('/3/next'))
  const fresh = await origins[3]!.accept()
  await fresh.receive()
  fresh.send(ok('fresh'))
  assert.equal((await answer).text, 'fresh')
})

for (const [i, how] of ['resets', 'closes'].entries()) {
  test(`a GET on a kept connection that the origin ${how} just then is sent again, to the only peer there is`, async () => {
    const upstream = await warm(4 + i)
    const answer = ask(port, get(`/${4 + i}/next`))
    await upstream.receive()
    if (how === 'resets') await upstream.reset()
    else upstream.end()
    const fresh = await origins[4 + i]!.accept()
    assert.equal((await fresh.receive()).target, `/${4 + i}/next`)
    fresh.send(ok('second'))
    assert.equal((await answer).text, 'second')
  })
}

test('a POST on a kept connection that breaks is not sent again: it may have run', async () => {
  const upstream = await warm(6)
  const answer = ask(port, post('/6/pay', 'money'))
  assert.equal((await upstream.receive()).text, 'money')
  await upstream.reset()
  assert.equal((await answer).status, 502)
  assert.equal(origins[6]!.accepted, 1)
})

test('an origin that says close is not asked again on that connection, and the client is not closed for it', async () => {
  await using client = await connect(port)
  client.send(get('/7/'))
  const upstream = await origins[7]!.accept()
  await upstream.receive()
  upstream.send(ok('x', 'Connection: close'))
  assert.equal((await client.readResponse()).get('connection'), 'keep-alive')
  await upstream.expectClose()
  client.send(get('/7/next'))
  const fresh = await origins[7]!.accept()
  await fresh.receive()
  fresh.send(ok('y'))
  assert.equal((await client.readResponse()).text, 'y')
})

test('an HTTP/1.0 answer ends its connection unless it says keep-alive', async () => {
  await using client = await connect(port)
  client.send(get('/8/'))
  const upstream = await origins[8]!.accept()
  await upstream.receive()
  upstream.send(ok('x', 'Connection: keep-alive').replace('1.1', '1.0'))
  await client.readResponse()
  client.send(get('/8/'))
  await upstream.receive()
  upstream.send(ok('x').replace('1.1', '1.0'))
  await client.readResponse()
  await upstream.expectClose()
})

test('more than the announced body ends the connection', async () => {
  await using client = await connect(port)
  client.send(get('/9/'))
  const upstream = await origins[9]!.accept()
  await upstream.receive()
  upstream.send(ok('x') + 'more')
  assert.equal((await client.readResponse()).text, 'x')
  await upstream.expectGone()
})

test('an answer before the request was taken whole ends the connection', async () => {
  await using client = await connect(port)
  client.send(post('/10/', 'x'.repeat(24 << 20)))
  const upstream = (await origins[10]!.accept()).pause()
  upstream.send(ok('early'))
  assert.equal((await client.readResponse()).text, 'early')
  upstream.resume()
  await upstream.expectGone()
})

test('answers to 50 requests on one client connection come over one connection to the origin', async () => {
  await using client = await connect(port)
  client.send(get('/11/0'))
  const upstream = await origins[11]!.accept()
  for (let i = 0; i < 50; i++) {
    if (i > 0) client.send(get('/11/' + i))
    assert.equal((await upstream.receive()).target, '/11/' + i)
    upstream.send(i % 2 === 0 ? ok('x') : 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n')
    assert.equal((await client.readResponse()).text, 'x')
  }
  assert.equal(origins[11]!.accepted, 1)
})

test('pipelined requests go over one connection to the origin, one after the other', async () => {
  await using client = await connect(port)
  client.send(get('/12/a') + get('/12/b') + get('/12/c'))
  const upstream = await origins[12]!.accept()
  for (const target of ['/12/a', '/12/b', '/12/c']) {
    assert.equal((await upstream.receive()).target, target)
    assert.equal(upstream.unread, '')
    upstream.send(ok(target))
  }
  for (const target of ['/12/a', '/12/b', '/12/c']) assert.equal((await client.readResponse()).text, target)
  assert.equal(origins[12]!.accepted, 1)
})

test('with non_idempotent a POST on a kept connection that breaks is sent again', async () => {
  const upstream = await warm(13)
  const answer = ask(port, post('/non/pay', 'money'))
  await upstream.receive()
  await upstream.reset()
  const fresh = await origins[13]!.accept()
  assert.equal((await fresh.receive()).text, 'money')
  fresh.send(ok('paid'))
  assert.equal((await answer).text, 'paid')
})
