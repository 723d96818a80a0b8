/** A response that was cut short is never shown as complete: by length, by chunks, or by a reset where only the end tells. */
import assert from 'node:assert/strict'
import { after, afterEach, test } from 'node:test'
import { get } from '../scenario/ask.ts'
import type { Connection } from '../scenario/connection.ts'
import { until } from '../scenario/wait.ts'
import { openStage } from './stage.ts'

const stage = await openStage()
after(() => stage.close())
afterEach(() => stage.peerIsFree())

const length = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'
const untilClose = 'HTTP/1.1 200 OK\r\n\r\nhello'
const old = 'GET / HTTP/1.0\r\nHost: a\r\n\r\n'

const fin = async (upstream: Connection): Promise<void> => void upstream.end()
const reset = (upstream: Connection): Promise<void> => upstream.reset()

for (const [what, request, answer, end] of [
  ['short of its length, closed', get('/'), length, fin],
  ['short of its length, reset', get('/'), length, reset],
  ['without its last chunk, closed', get('/'), chunked, fin],
  ['without its last chunk, reset', get('/'), chunked, reset],
  ['within a chunk, closed', get('/'), chunked + '5\r\nwo', fin],
  ['within its trailers, closed', get('/'), chunked + '0\r\nX-A: 1\r\n', fin],
  ['ended by closing, reset', get('/'), untilClose, reset],
  ['short of its length, for HTTP/1.0', old, length, fin],
  ['without its last chunk, for HTTP/1.0', old, chunked, fin],
  ['with a malformed chunk', get('/'), chunked + 'zz\r\n', fin],
  ['with a malformed chunk, for HTTP/1.0', old, chunked + 'zz\r\n', fin],
] as const) {
  test(`a response ${what} is seen to be incomplete`, async () => {
    const { client, upstream } = await stage.forward(request)
    upstream.send(answer.slice(0, answer.indexOf('hello') + 5))
    await client.expect(/hello/).then(text => assert.match(text, /^HTTP\/1\.1 200/))
    upstream.send(answer.slice(answer.indexOf('hello') + 5))
    await end(upstream)
    await client.expectGone()
    // What is left: nothing that could be the end of the message. A clean end is only one where a length was told.
    assert.doesNotMatch(client.unread, /0\r\n\r\n/)
    if (request === old && answer !== length) await client.expectReset()
  })
}

test('a response that ends by closing is complete when the origin closes', async () => {
  const { client, upstream } = await stage.forward()
  upstream.send(untilClose).end()
  const response = await client.readResponse()
  assert.deepEqual([response.text, response.framing, response.complete], ['hello', 'chunked', true])
})

test('a response that ends by closing is complete for HTTP/1.0 too', async () => {
  const { client, upstream } = await stage.forward(old)
  upstream.send(untilClose).end()
  const response = await client.readResponse()
  assert.deepEqual([response.text, response.framing, response.complete], ['hello', 'close', true])
  await client.expectClose()
})

test('a malformed chunk that comes with the head is no answer at all, or an incomplete one', async () => {
  const { client, upstream } = await stage.forward()
  upstream.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n').end()
  const response = await client.readResponse()
  assert.ok(response.status === 502 || !response.complete)
})

test('the access log says that the response was truncated', async () => {
  const { client, upstream } = await stage.forward(get('/told'))
  upstream.send(length).end()
  assert.equal((await client.readResponse()).complete, false)
  await client[Symbol.asyncDispose]()
  await stage.proxy.errorLog(/upstream closed before its response was complete/)
  await until(
    () => 'the line in access.log',
    () => /^200 truncated_response "GET \/told/m.test(stage.proxy.read('access.log')) || undefined,
  )
})
