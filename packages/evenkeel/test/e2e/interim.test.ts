/** 100-continue and other interim responses: nobody waits for ever, and the final answer is the one that counts. */
import assert from 'node:assert/strict'
import { after, afterEach, test } from 'node:test'
import { get } from '../scenario/ask.ts'
import { ok, openStage } from './stage.ts'

const stage = await openStage({
  locations: {
    '/stream': 'proxy_request_buffering off;',
    '/hints': 'early_hints 1;',
    '/small': 'client_max_body_size 2;',
  },
})
after(() => stage.close())
afterEach(() => stage.peerIsFree())

const expecting = (target: string, length: number): string =>
  `POST ${target} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`
const interim = (status: number): string => `HTTP/1.1 ${status} Wait\r\nLink: </a>\r\n\r\n`

for (const target of ['/', '/stream']) {
  test(`who expects 100-continue is told to go on, and the origin is not asked to (${target})`, async () => {
    const client = (await stage.connect()).send(expecting(target, 3))
    await client.expect('HTTP/1.1 100 Continue\r\n\r\n')
    client.send('abc')
    const upstream = await stage.accept()
    const request = await upstream.receive()
    assert.deepEqual([request.text, request.get('expect')], ['abc', undefined])
    upstream.send(ok('done'))
    assert.equal((await client.readResponse()).text, 'done')
  })
}

test('a body that is too large is refused without telling its sender to go on', async () => {
  const client = (await stage.connect()).send(expecting('/small', 3))
  const response = await client.readResponse()
  assert.deepEqual([response.status, response.get('connection')], [413, 'close'])
  await client.expectClose()
})

test('who expects anything else is told that it is not to be had, and its body is not read', async () => {
  const client = (await stage.connect()).send(expecting('/', 3).replace('100-continue', 'a-miracle'))
  assert.equal((await client.readResponse()).status, 417)
  await client.expectClose()
})

test('interim responses of the origin are dropped, and the final one is passed on', async () => {
  const { client, upstream } = await stage.forward()
  upstream.send(interim(100) + interim(102) + interim(103) + ok('done'))
  assert.equal((await client.readResponse()).text, 'done')
})

test('early hints are passed on where the location says so, each once', async () => {
  const { client, upstream } = await stage.forward(get('/hints'))
  upstream.send(interim(103) + interim(103) + ok('done'))
  assert.deepEqual([(await client.readResponse()).status, (await client.readResponse()).status], [103, 103])
  assert.equal((await client.readResponse()).text, 'done')
})

test('early hints do not go to HTTP/1.0, which has no interim responses', async () => {
  const { client, upstream } = await stage.forward('GET /hints HTTP/1.0\r\nHost: a\r\n\r\n')
  upstream.send(interim(103) + ok('done'))
  assert.equal((await client.readResponse()).status, 200)
})

test('interim responses without end are 502', async () => {
  const { client, upstream } = await stage.forward()
  upstream.send(interim(102).repeat(1000))
  assert.equal((await client.readResponse()).status, 502)
  await upstream.expectGone()
})
