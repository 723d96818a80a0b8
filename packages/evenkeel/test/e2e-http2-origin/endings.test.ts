/** Ways in which an origin's HTTP/2 goes wrong or ends, frame by frame, and what is sent again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CANCEL,
  flags,
  frameTypes as types,
  INTERNAL_ERROR,
  NO_ERROR,
  PROTOCOL_ERROR,
  REFUSED_STREAM,
  settingIds,
} from '../../src/wire/http2/codes.ts'
import { goawayFrame, headersFrames, rstFrame, windowUpdateFrame } from '../../src/wire/http2/frame-writer.ts'
import { block, data, frame, type Fields, type Http2Client, request } from '../e2e-http2/client.ts'
import { get } from '../scenario/ask.ts'
import { connect, type Connection } from '../scenario/connection.ts'
import { until } from '../scenario/wait.ts'
import { answers, next, noneCame, open, proxy } from './stage.ts'

const ok: Fields = [[':status', '200']]

function respond(origin: Http2Client, stream: number, fields: Fields = ok, endStream = true): void {
  origin.send(headersFrames(block(fields), stream, endStream, 16_384))
}

async function ask(path: string, ...lines: string[]): Promise<Connection> {
  const client = await connect(proxy.port('main'))
  return client.send(get(path, ...lines))
}

async function post(path: string, body: string): Promise<Connection> {
  const client = await connect(proxy.port('main'))
  return client.send(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
}

async function status(client: Connection): Promise<number> {
  const answer = await client.readResponse()
  client.close()
  return answer.status
}

/** The proxy closed it; it is closed here, too. */
async function gone(origin: Http2Client): Promise<void> {
  await origin.ended()
  origin.connection.close()
}

/** One request, answered like this; then the connection is closed. */
async function answered(answer: (origin: Http2Client) => void, path = '/unkept'): Promise<number> {
  const client = await ask(path)
  const origin = await next()
  await origin.head(1)
  answer(origin)
  const found = await status(client)
  origin.connection.close()
  return found
}

test('malformed answers are refused', async () => {
  const cases: Record<string, Fields> = {
    'no status': [['a', 'b']],
    'a field about the connection': [...ok, ['connection', 'close']],
    'a capital': [...ok, ['A', 'b']],
    'a line break': [...ok, ['a', 'b\r\nc: d']],
    'status 101': [[':status', '101']],
    'two lengths': [...ok, ['content-length', '1'], ['content-length', '2']],
  }
  for (const [name, fields] of Object.entries(cases)) {
    assert.equal(await answered(origin => respond(origin, 1, fields)), 502, name)
  }
})

test('frames that no origin may send end the connection, and the request with 502', async () => {
  const cases: Record<string, string> = {
    'an answer on a stream nobody opened': headersFrames(block(ok), 3, true, 16_384),
    'a push': frame(types.pushPromise, flags.endHeaders, 1, '\0\0\0\x02' + block(request())),
    'data before a head': data(1, 'x'),
    'a window of nothing': windowUpdateFrame(0, 1).slice(0, 9) + '\0\0\0\0',
    'HTTP/1': 'HTTP/1.1 400 Bad Request\r\n\r\n',
    'a block that is none': frame(types.headers, flags.endHeaders | flags.endStream, 1, '\xff\xff\xff\xff\xff\xff'),
  }
  for (const [name, bytes] of Object.entries(cases)) {
    assert.equal(await answered(origin => void origin.send(bytes)), 502, name)
  }
})

test('interim answers without end are refused', async () => {
  const interim = headersFrames(block([[':status', '100']]), 1, false, 16_384)
  assert.equal(await answered(origin => void origin.send(interim.repeat(17))), 502)
})

test('a body that is shorter or longer than announced breaks off, and never looks whole', async () => {
  for (const body of ['1234', '123456']) {
    const client = await ask('/unkept')
    const origin = await next()
    await origin.head(1)
    respond(origin, 1, [...ok, ['content-length', '5']], false)
    origin.send(data(1, body, true))
    assert.equal((await client.readResponse()).complete, false, body)
    assert.equal(await origin.reset(1), PROTOCOL_ERROR)
    client.close()
    await gone(origin)
  }
})

test('a reset behind the head breaks the answer off', async () => {
  const client = await ask('/unkept')
  const origin = await next()
  await origin.head(1)
  respond(origin, 1, ok, false)
  origin.send(data(1, 'begun') + rstFrame(1, INTERNAL_ERROR))
  assert.equal((await client.readResponse()).complete, false)
  client.close()
  await gone(origin)
})

test('a reset without error behind a whole answer ends the request, and the answer counts', async () => {
  const client = await connect(proxy.port('main'))
  client.send('POST /stream/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nbegun')
  answers.set('/stream/x', stream => {
    stream.respond({ ':status': 413 })
    stream.end('no')
    stream.close(NO_ERROR)
  })
  const answer = await client.readResponse()
  assert.deepEqual([answer.status, answer.text], [413, 'no'])
  client.close()
})

test('a stream refused unseen is sent again, even a POST, on another connection', async () => {
  const first = await ask('/scripted/first')
  const origin = await next()
  await origin.head(1)
  respond(origin, 1)
  assert.equal(await status(first), 200)
  const client = await post('/scripted/post', 'body')
  await origin.head(3)
  origin.send(rstFrame(3, REFUSED_STREAM))
  const second = await next()
  assert.equal((await second.head(1)).get(':path'), '/scripted/post')
  await second.next(({ type, payload }) => type === types.data && payload.toString() === 'body', 'the body again')
  respond(second, 1, [[':status', '201']])
  assert.equal(await status(client), 201)
  second.connection.close()
  origin.connection.close()
})

test('what GOAWAY says was not seen is sent again; what was seen goes on', async () => {
  const one = await ask('/scripted/one')
  const origin = await next()
  await origin.head(1)
  const two = await post('/scripted/two', 'x')
  await origin.head(3)
  origin.send(goawayFrame(1, NO_ERROR))
  const second = await next()
  assert.equal((await second.head(1)).get(':path'), '/scripted/two')
  respond(second, 1, [[':status', '202']])
  assert.equal(await status(two), 202)
  respond(origin, 1)
  assert.equal(await status(one), 200)
  await gone(origin)
  second.connection.close()
})

test('a stream that was reset for another reason is not sent again', async () => {
  assert.equal(await answered(origin => void origin.send(rstFrame(1, INTERNAL_ERROR))), 502)
  assert.equal(noneCame(), true)
})

test('a POST that may have been seen is not sent again when its connection dies', async () => {
  const client = await post('/pair', 'x')
  const origin = await next()
  await origin.head(1)
  origin.connection.close()
  assert.equal(await status(client), 502)
  assert.equal(noneCame(), true)
})

test('only so many streams are opened as the origin allows; more wait for a connection of their own', async () => {
  const one = await ask('/scripted/a')
  const origin = await next([[settingIds.maxConcurrentStreams, 1]])
  await origin.head(1)
  await origin.next(({ type, flags: bits }) => type === types.settings && bits === flags.ack, 'acknowledgement')
  const two = await ask('/scripted/b')
  const second = await next([[settingIds.maxConcurrentStreams, 1]])
  await second.head(1)
  for (const [there, client] of [
    [origin, one],
    [second, two],
  ] as const) {
    respond(there, 1)
    assert.equal(await status(client), 200)
  }
  for (const there of [origin, second]) there.connection.close()
})

test('a request waits for the window of its stream, and times out with 504 when none comes', async () => {
  const client = await post('/scripted/window', 'x'.repeat(100_000))
  const origin = await next()
  await origin.head(1)
  await until(
    () => `the window to be used up: ${origin.received(1)}`,
    () => origin.received(1) === 65_535 || undefined,
  )
  origin.send(windowUpdateFrame(0, 100_000) + windowUpdateFrame(1, 10))
  await until(
    () => `ten bytes more: ${origin.received(1)}`,
    () => origin.received(1) === 65_545 || undefined,
  )
  origin.send(windowUpdateFrame(1, 100_000))
  await until(
    () => 'the rest',
    () => origin.received(1) === 100_000 || undefined,
  )
  respond(origin, 1)
  assert.equal(await status(client), 200)
  origin.connection.close()
})

test('an origin that does not answer in time loses its stream, is asked by PING, and may keep the connection', async () => {
  const client = await ask('/soon')
  const origin = await next()
  await origin.head(1)
  assert.equal(await status(client), 504)
  assert.equal(await origin.reset(1), CANCEL)
  const again = await ask('/scripted/again')
  await origin.head(3)
  const { payload } = await origin.next(({ type, flags: bits }) => type === types.ping && bits === 0, 'PING')
  origin.send(frame(types.ping, flags.ack, 0, payload.toString('latin1')))
  respond(origin, 3)
  assert.equal(await status(again), 200)
  origin.connection.close()
})

test('an idle connection answers pings, and goes when told to go', async () => {
  const client = await ask('/scripted/idle')
  const origin = await next()
  await origin.head(1)
  respond(origin, 1)
  assert.equal(await status(client), 200)
  await origin.ping()
  origin.send(goawayFrame(1, NO_ERROR))
  await gone(origin)
})

test('without keepalive a connection is closed behind its last stream', async () => {
  const client = await ask('/unkept')
  const origin = await next()
  await origin.head(1)
  respond(origin, 1)
  assert.equal(await status(client), 200)
  await gone(origin)
})

test('a client of HTTP/2 is told of a broken answer by a reset', async () => {
  const client = await open()
  const stream = client.ask(request('/unkept'))
  const origin = await next()
  await origin.head(1)
  respond(origin, 1, ok, false)
  origin.send(data(1, 'begun'))
  await client.next(({ type, payload }) => type === types.data && payload.toString() === 'begun', 'the begin')
  origin.connection.close()
  assert.equal(await client.reset(stream), INTERNAL_ERROR)
  client.connection.close()
})
