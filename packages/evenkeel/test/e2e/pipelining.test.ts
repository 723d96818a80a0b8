/** Requests sent ahead of their turn: answered in order, whatever the cuts and the kinds of answers between them. */
import assert from 'node:assert/strict'
import { after, afterEach, test } from 'node:test'
import { get } from '../scenario/ask.ts'
import { chunkedHead, ok, openStage, post } from './stage.ts'

const stage = await openStage({
  locations: { '/here': 'return 200 "$request_uri";' },
  server: 'keepalive_requests 20000;',
})
after(() => stage.close())
afterEach(() => stage.peerIsFree())

test('pipelined requests are answered in order', async () => {
  await using client = await stage.connect()
  client.send(get('/a') + get('/b') + get('/c'))
  for (const target of ['/a', '/b', '/c']) {
    const upstream = await stage.accept()
    assert.equal((await upstream.receive()).target, target)
    upstream.send(ok(target))
  }
  for (const target of ['/a', '/b', '/c']) assert.equal((await client.readResponse()).text, target)
})

test('a second request whose head is cut while the first is served is answered when its rest comes', async () => {
  await using client = await stage.connect()
  const second = get('/second')
  client.send(get('/first') + second.slice(0, 20))
  const first = await stage.accept()
  await first.receive()
  first.send(ok('first'))
  assert.equal((await client.readResponse()).text, 'first')
  client.send(second.slice(20))
  const upstream = await stage.accept()
  assert.equal((await upstream.receive()).target, '/second')
  upstream.send(ok('second'))
  assert.equal((await client.readResponse()).text, 'second')
})

test('a request is taken up at every cut between it and the one before', async () => {
  const both = get('/here/1') + post('/here/2', 'ab') + get('/here/3')
  for (let cut = 1; cut < both.length; cut += 7) {
    await using client = await stage.connect()
    client.send(both.slice(0, cut))
    await new Promise(resolve => setImmediate(resolve))
    client.send(both.slice(cut))
    for (const target of ['/here/1', '/here/2', '/here/3']) assert.equal((await client.readResponse()).text, target)
  }
})

test('10 000 pipelined requests are answered in order on one connection', async () => {
  await using client = await stage.connect()
  const count = 10_000
  let all = ''
  for (let i = 0; i < count; i++) all += get('/here/' + i)
  client.send(all)
  const answers = await client.expect(new RegExp(`\r\n\r\n/here/${count - 1}$`))
  const targets = [...answers.matchAll(/\r\n\r\n\/here\/(\d+)/g)].map(found => Number(found[1]))
  assert.deepEqual(
    targets,
    Array.from({ length: count }, (_, i) => i),
  )
})

test('what follows a body of known length is the next request', async () => {
  await using client = await stage.connect()
  client.send(post('/a', 'abc') + get('/b'))
  const first = await stage.accept()
  assert.equal((await first.receive()).text, 'abc')
  assert.equal(first.unread, '')
  first.send(ok('a'))
  const second = await stage.accept()
  assert.equal((await second.receive()).target, '/b')
  second.send(ok('b'))
  assert.equal((await client.readResponse()).text, 'a')
  assert.equal((await client.readResponse()).text, 'b')
})

test('what follows the last chunk is the next request', async () => {
  await using client = await stage.connect()
  client.send(chunkedHead('/a') + '3\r\nabc\r\n0\r\n\r\n' + get('/b'))
  const first = await stage.accept()
  assert.equal((await first.receive()).text, 'abc')
  first.send(ok('a'))
  const second = await stage.accept()
  assert.equal((await second.receive()).target, '/b')
  second.send(ok('b'))
  assert.equal((await client.readResponse()).text, 'a')
  assert.equal((await client.readResponse()).text, 'b')
})

test('junk behind a body is a malformed request, after the answer to the first', async () => {
  await using client = await stage.connect()
  client.send(post('/a', 'abc') + 'junk\r\n\r\n')
  const first = await stage.accept()
  await first.receive()
  first.send(ok('a'))
  assert.equal((await client.readResponse()).text, 'a')
  assert.equal((await client.readResponse()).status, 400)
  await client.expectClose()
})

test('nothing behind a request that says close is served', async () => {
  await using client = await stage.connect()
  const served = stage.origin.accepted
  client.send(get('/a', 'Connection: close') + get('/b'))
  const first = await stage.accept()
  await first.receive()
  first.send(ok('a'))
  assert.equal((await client.readResponse()).get('connection'), 'close')
  await client.expectClose()
  assert.equal(stage.origin.accepted, served + 1)
})

test('a body nobody wanted is dropped before the next request is read', async () => {
  await using client = await stage.connect()
  client.send(post('/here/1', 'x'.repeat(200_000)) + get('/here/2'))
  assert.equal((await client.readResponse()).text, '/here/1')
  assert.equal((await client.readResponse()).text, '/here/2')
})
