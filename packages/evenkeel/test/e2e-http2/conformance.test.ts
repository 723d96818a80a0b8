/**
 * What RFC 9113 and RFC 7541 ask of a server when a client breaks their rules, and where it just uses them: the cases of
 * the conformance suites, by section. An error of the connection is a GOAWAY and the end of it; an error of a stream a
 * RST_STREAM (an answer may come before it), or as much.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  COMPRESSION_ERROR,
  DEFAULT_WINDOW,
  FLOW_CONTROL_ERROR,
  FRAME_SIZE_ERROR,
  frameTypes as types,
  PREFACE,
  PROTOCOL_ERROR,
  REFUSED_STREAM,
  settingIds,
  STREAM_CLOSED,
} from '../../src/wire/http2/codes.ts'
import {
  frameHead,
  headersFrames,
  rstFrame,
  settingsFrame,
  windowUpdateFrame,
} from '../../src/wire/http2/frame-writer.ts'
import { connect } from '../scenario/connection.ts'
import { startProxy } from '../scenario/proxy.ts'
import { block, data, frame, Http2Client, request, type Fields } from './client.ts'

const proxy = await startProxy({
  config: ports => `
server {
  listen 127.0.0.1:${ports['main']};
  http2 on;
  http2_max_concurrent_streams 10;
  location / { return 200 "0123456789"; }
  location /body { client_max_body_size 10m; proxy_pass http://127.0.0.1:${ports['main']}; }
}`,
})
after(() => proxy[Symbol.asyncDispose]())

const open = (settings?: readonly (readonly [number, number])[]): Promise<Http2Client> =>
  Http2Client.open(proxy.port('main'), settings)

const get = block(request())
const post = (more: Fields = []): string => block(request('/body', 'POST', more))
const headers = (stream: number, end = true, fields = get): string => headersFrames(fields, stream, end, 16_384)

const END_STREAM = 1
const END_HEADERS = 4
const PADDED = 8
const PRIORITY = 32

// === what is allowed

const fine: readonly (readonly [section: string, what: string, frames: string])[] = [
  ['4.1', 'a frame of an unknown type', frame(0xff, 0, 0, 'xxxxxxxx')],
  ['4.1', 'undefined flags', frame(types.ping, 0xfe, 0, 'xxxxxxxx')],
  ['4.1', 'the reserved bit', '\0\0\x08\x06\0\x80\0\0\0xxxxxxxx'],
  ['4.2', 'a DATA frame of 2^14 bytes', headers(1, false, post()) + data(1, 'x'.repeat(16_384), true)],
  ['5.1', 'PRIORITY on an idle stream', frame(types.priority, 0, 1, '\0\0\0\0\xff')],
  ['5.1', 'WINDOW_UPDATE on a half-closed stream', headers(1) + windowUpdateFrame(1, 100)],
  ['5.1', 'RST_STREAM on a half-closed stream', headers(1) + rstFrame(1, 8)],
  ['5.1', 'PRIORITY on a closed stream', headers(1) + rstFrame(1, 8) + frame(types.priority, 0, 1, '\0\0\0\0\x01')],
  ['5.1', 'WINDOW_UPDATE on a closed stream', headers(1) + rstFrame(1, 8) + windowUpdateFrame(1, 1)],
  ['5.1', 'RST_STREAM on a closed stream', headers(1) + rstFrame(1, 8) + rstFrame(1, 8)],
  [
    '5.3',
    'PRIORITY of all weights',
    [0, 1, 255].map(w => frame(types.priority, 0, 3, '\0\0\0\0' + String.fromCharCode(w))).join(''),
  ],
  ['5.5', 'an unknown frame within a stream', headers(1, false, post()) + frame(0x16, 0, 1, 'x') + data(1, '', true)],
  ['6.1', 'padded DATA', headers(1, false, post()) + frame(types.data, PADDED | END_STREAM, 1, '\x02xx\0\0')],
  ['6.1', 'empty DATA frames', headers(1, false, post()) + data(1, '').repeat(3) + data(1, '', true)],
  ['6.2', 'padded HEADERS', frame(types.headers, PADDED | END_HEADERS | END_STREAM, 1, `\x03${get}\0\0\0`)],
  [
    '6.2',
    'HEADERS with a priority',
    frame(types.headers, PRIORITY | END_HEADERS | END_STREAM, 1, `\0\0\0\0\x10${get}`),
  ],
  ['6.5', 'unknown settings', settingsFrame([[0xff, 1]])],
  [
    '6.5.3',
    'a setting said twice',
    settingsFrame([
      [settingIds.initialWindowSize, 1],
      [settingIds.initialWindowSize, 99],
    ]),
  ],
  ['6.7', 'PING that answers nothing', frame(types.ping, 1, 0, 'xxxxxxxx')],
  ['6.9', 'WINDOW_UPDATE of the connection', windowUpdateFrame(0, 1)],
  ['6.10', 'a block in many CONTINUATION frames', headersFrames(get, 1, true, 5)],
  ['6.10', 'an empty CONTINUATION', frame(types.headers, 1, 1, get) + frame(types.continuation, END_HEADERS, 1)],
  ['8.1', 'trailers', headers(1, false, post()) + data(1, 'x') + headers(1, true, block([['x-trailer', 'y']]))],
  [
    '8.1.1',
    'a body as long as announced',
    headers(1, false, post([['content-length', '3']])) + data(1, 'ab') + data(1, 'c', true),
  ],
  ['8.2.2', 'TE: trailers', headers(1, true, block(request('/', 'GET', [['te', 'trailers']])))],
  ['hpack 2.1', 'indexed fields', frame(types.headers, 5, 1, '\x82\x86\x84\x41\x09localhost')],
  ['hpack 6.3', 'a smaller table', frame(types.headers, 5, 1, '\x20\x82\x86\x84\x01\x09localhost')],
  ['hpack 6.2', 'a literal never to be indexed', frame(types.headers, 5, 1, `\x82\x86\x84\x11\x09localhost`)],
]
for (const [section, what, frames] of fine) {
  test(`${section}: ${what} is fine`, async () => {
    const client = (await open()).send(frames)
    await client.ping()
    const stream = 101
    client.send(headers(stream))
    assert.equal((await client.answer(stream)).body, '0123456789')
    if (client.frames.some(({ stream: of, type }) => of === 1 && type === types.headers)) await client.answer(1)
    client.connection.close()
  })
}

// === errors of the connection

const huge = frameHead((1 << 20) + 1, types.data, 0, 1)
const closedBoth = headers(1)

const connectionErrors: readonly (readonly [section: string, what: string, frames: string, code: number])[] = [
  ['4.2', 'a DATA frame over the limit', headers(1, false, post()) + huge, FRAME_SIZE_ERROR],
  ['4.2', 'a HEADERS frame over the limit', frameHead(65_537, types.headers, 0, 1), FRAME_SIZE_ERROR],
  ['4.3', 'a header block that breaks off', frame(types.headers, 5, 1, '\x40'), COMPRESSION_ERROR],
  [
    '4.3',
    'PRIORITY within a header block',
    frame(types.headers, 1, 1, get) + frame(types.priority, 0, 1, '\0\0\0\0\0'),
    PROTOCOL_ERROR,
  ],
  ['4.3', 'HEADERS of another stream within a block', frame(types.headers, 1, 1, get) + headers(3), PROTOCOL_ERROR],
  ['5.1', 'DATA on an idle stream', data(1, 'x', true), PROTOCOL_ERROR],
  ['5.1', 'RST_STREAM on an idle stream', rstFrame(1, 8), PROTOCOL_ERROR],
  ['5.1', 'WINDOW_UPDATE on an idle stream', windowUpdateFrame(1, 100), PROTOCOL_ERROR],
  ['5.1', 'CONTINUATION on an idle stream', frame(types.continuation, 5, 1, get), PROTOCOL_ERROR],
  [
    '5.1',
    'CONTINUATION on a half-closed stream',
    headers(1, true, post()) + frame(types.continuation, 5, 1, get),
    PROTOCOL_ERROR,
  ],
  ['5.1.1', 'an even stream', headers(2), PROTOCOL_ERROR],
  ['5.1.1', 'a stream below one that was opened', headers(5) + headers(3), PROTOCOL_ERROR],
  ['5.3.1', 'HEADERS that depend on themselves', frame(types.headers, 37, 1, `\0\0\0\x01\xff${get}`), PROTOCOL_ERROR],
  [
    '5.5',
    'an unknown frame within a header block',
    frame(types.headers, 1, 1, get) + frame(0x16, 0, 0, 'x'),
    PROTOCOL_ERROR,
  ],
  ['6.1', 'DATA on stream 0', data(0, 'x'), PROTOCOL_ERROR],
  [
    '6.1',
    'DATA padded beyond its end',
    headers(1, false, post()) + frame(types.data, 9, 1, '\x06Test'),
    PROTOCOL_ERROR,
  ],
  [
    '6.2',
    'HEADERS without END_HEADERS, then PRIORITY',
    frame(types.headers, 1, 1, get) + frame(types.priority, 0, 1, '\0\0\0\0\0'),
    PROTOCOL_ERROR,
  ],
  ['6.2', 'HEADERS on stream 0', headers(0), PROTOCOL_ERROR],
  ['6.2', 'HEADERS padded beyond their end', frame(types.headers, 13, 1, '\xffxx'), PROTOCOL_ERROR],
  ['6.3', 'PRIORITY on stream 0', frame(types.priority, 0, 0, '\0\0\0\0\0'), PROTOCOL_ERROR],
  ['6.4', 'RST_STREAM on stream 0', rstFrame(0, 8), PROTOCOL_ERROR],
  [
    '6.4',
    'RST_STREAM of another size',
    headers(1, false, post()) + frame(types.rstStream, 0, 1, '\0\0\0'),
    FRAME_SIZE_ERROR,
  ],
  ['6.5', 'an acknowledgement with settings', frame(types.settings, 1, 0, '\0'), FRAME_SIZE_ERROR],
  ['6.5', 'SETTINGS on a stream', frame(types.settings, 0, 1, '\0\x03\0\0\0\x64'), PROTOCOL_ERROR],
  ['6.5', 'SETTINGS of another size', frame(types.settings, 0, 0, '\0\x03\0'), FRAME_SIZE_ERROR],
  ['6.5.2', 'ENABLE_PUSH of 2', settingsFrame([[settingIds.enablePush, 2]]), PROTOCOL_ERROR],
  [
    '6.5.2',
    'INITIAL_WINDOW_SIZE of 2^31',
    settingsFrame([[settingIds.initialWindowSize, 0x8000_0000]]),
    FLOW_CONTROL_ERROR,
  ],
  ['6.5.2', 'MAX_FRAME_SIZE below 2^14', settingsFrame([[settingIds.maxFrameSize, 16_383]]), PROTOCOL_ERROR],
  ['6.5.2', 'MAX_FRAME_SIZE of 2^24', settingsFrame([[settingIds.maxFrameSize, 16_777_216]]), PROTOCOL_ERROR],
  [
    '6.6',
    'PUSH_PROMISE of a client',
    headers(1, false, post()) + frame(types.pushPromise, 4, 1, `\0\0\0\x02${get}`),
    PROTOCOL_ERROR,
  ],
  ['6.7', 'PING on a stream', frame(types.ping, 0, 1, 'xxxxxxxx'), PROTOCOL_ERROR],
  ['6.7', 'PING of another size', frame(types.ping, 0, 0, 'xxxxxx'), FRAME_SIZE_ERROR],
  ['6.8', 'GOAWAY on a stream', frame(types.goaway, 0, 1, '\0\0\0\0\0\0\0\0'), PROTOCOL_ERROR],
  ['6.9', 'WINDOW_UPDATE by nothing', windowUpdateFrame(0, 0), PROTOCOL_ERROR],
  ['6.9', 'WINDOW_UPDATE of another size', frame(types.windowUpdate, 0, 0, '\0\0\x01'), FRAME_SIZE_ERROR],
  [
    '6.9.1',
    'a window of the connection beyond 2^31-1',
    windowUpdateFrame(0, 0x7fff_ffff).repeat(2),
    FLOW_CONTROL_ERROR,
  ],
  [
    '6.10',
    'CONTINUATION behind END_HEADERS',
    headers(1, false, post()) + frame(types.continuation, 4, 1, get),
    PROTOCOL_ERROR,
  ],
  [
    '6.10',
    'CONTINUATION behind the end of another',
    frame(types.headers, 1, 1, get) + frame(types.continuation, 4, 1) + frame(types.continuation, 4, 1),
    PROTOCOL_ERROR,
  ],
  [
    '6.10',
    'CONTINUATION on stream 0',
    frame(types.headers, 1, 1, get) + frame(types.continuation, 4, 0),
    PROTOCOL_ERROR,
  ],
  [
    '6.10',
    'CONTINUATION behind DATA',
    headers(1, false, post()) + data(1, 'x') + frame(types.continuation, 4, 1, get),
    PROTOCOL_ERROR,
  ],
  ['hpack 2.3.3', 'an index beyond the tables', frame(types.headers, 5, 1, `${get}\xfe`), COMPRESSION_ERROR],
  ['hpack 4.2', 'a size update behind a field', frame(types.headers, 5, 1, `${get}\x3e`), COMPRESSION_ERROR],
  [
    'hpack 5.2',
    'too much padding in a string',
    frame(types.headers, 5, 1, `${get}\0\x85\xf2\xb2\x4a\x84\xff\x84\x49\x50\x9f\xff`),
    COMPRESSION_ERROR,
  ],
  [
    'hpack 5.2',
    'padding of zeros',
    frame(types.headers, 5, 1, `${get}\0\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50\x90`),
    COMPRESSION_ERROR,
  ],
  [
    'hpack 5.2',
    'the end of string in a string',
    frame(types.headers, 5, 1, `${get}\0\x85\xf2\xb2\x4a\x84\xff\x87\x49\x50\x9f\xff\xff\xff\xfc`),
    COMPRESSION_ERROR,
  ],
  ['hpack 6.1', 'index 0', frame(types.headers, 5, 1, `${get}\x80`), COMPRESSION_ERROR],
  ['hpack 6.3', 'a table larger than allowed', frame(types.headers, 5, 1, `\x3f\xe2\x1f${get}`), COMPRESSION_ERROR],
]
for (const [section, what, frames, code] of connectionErrors) {
  test(`${section}: ${what} ends the connection`, async () => {
    const client = (await open()).send(frames)
    assert.equal((await client.goaway()).code, code)
    await client.ended()
    client.connection.close()
  })
}

test('3.4: another preface ends the connection', async () => {
  const client = new Http2Client(await connect(proxy.port('main')))
  client.send(PREFACE.slice(0, 20) + 'XXXX')
  await client.ended()
})

test('3.4: the server says its settings first', async () => {
  const client = new Http2Client(await connect(proxy.port('main')))
  client.send(PREFACE + settingsFrame([]))
  await client.next(({ type }) => type === types.windowUpdate)
  const first = client.frames[0]!
  assert.deepEqual([first.type, first.flags, first.stream], [types.settings, 0, 0])
  client.connection.close()
})

test('5.1: HEADERS on a stream both sides have ended end the connection', async () => {
  const client = (await open()).send(closedBoth)
  await client.answer(1)
  assert.equal((await client.send(headers(1)).goaway()).code, STREAM_CLOSED)
  await client.ended()
})

test('5.1: CONTINUATION on a stream both sides have ended ends the connection', async () => {
  const client = (await open()).send(closedBoth)
  await client.answer(1)
  assert.equal((await client.send(frame(types.continuation, 5, 1, get)).goaway()).code, PROTOCOL_ERROR)
})

// === errors of a stream

const malformed = (...more: Fields): string => headers(1, true, block(request('/', 'GET', more)))
const pseudo = (...fields: Fields): string => headers(1, true, block(fields))
const [method, scheme, path, authority] = request() as Fields

const streamErrors: readonly (readonly [section: string, what: string, frames: string, code: number])[] = [
  ['5.1', 'DATA on a half-closed stream', headers(1, true, post()) + data(1, 'x', true), STREAM_CLOSED],
  ['5.1', 'HEADERS on a half-closed stream', headers(1, true, post()) + headers(1), STREAM_CLOSED],
  [
    '5.1',
    'DATA on a stream that was reset',
    headers(1, false, post()) + rstFrame(1, 8) + data(1, 'x', true),
    STREAM_CLOSED,
  ],
  [
    '6.3',
    'PRIORITY of another size',
    headers(1, false, post()) + frame(types.priority, 0, 1, '\0\0\0\0'),
    FRAME_SIZE_ERROR,
  ],
  ['6.9', 'WINDOW_UPDATE of a stream by nothing', headers(1, false, post()) + windowUpdateFrame(1, 0), PROTOCOL_ERROR],
  [
    '6.9.1',
    'a window of a stream beyond 2^31-1',
    headers(1, false, post()) + windowUpdateFrame(1, 0x7fff_ffff).repeat(2),
    FLOW_CONTROL_ERROR,
  ],
  [
    '8.1',
    'a second HEADERS that does not end the stream',
    headers(1, false, post()) + headers(1, false, block([['a', 'b']])),
    PROTOCOL_ERROR,
  ],
  [
    '8.1',
    'pseudo-headers in trailers',
    headers(1, false, post()) + headers(1, true, block([[':method', 'GET']])),
    PROTOCOL_ERROR,
  ],
  ['8.2.1', 'a name with capitals', malformed(['X-Test', 'ok']), PROTOCOL_ERROR],
  ['8.2.2', 'a Connection field', malformed(['connection', 'keep-alive']), PROTOCOL_ERROR],
  ['8.2.2', 'TE with more than trailers', malformed(['te', 'trailers, deflate']), PROTOCOL_ERROR],
  ['8.3', 'an unknown pseudo-header', malformed([':test', 'ok']), PROTOCOL_ERROR],
  ['8.3', 'a pseudo-header of responses', malformed([':status', '200']), PROTOCOL_ERROR],
  ['8.3', 'a pseudo-header behind a field', pseudo(method!, ['x', 'y'], scheme!, path!, authority!), PROTOCOL_ERROR],
  ['8.3.1', 'an empty :path', pseudo(method!, scheme!, [':path', ''], authority!), PROTOCOL_ERROR],
  ['8.3.1', 'no :method', pseudo(scheme!, path!, authority!), PROTOCOL_ERROR],
  ['8.3.1', 'no :scheme', pseudo(method!, path!, authority!), PROTOCOL_ERROR],
  ['8.3.1', 'no :path', pseudo(method!, scheme!, authority!), PROTOCOL_ERROR],
  ['8.3.1', 'two :method', pseudo(method!, method!, scheme!, path!, authority!), PROTOCOL_ERROR],
  ['8.3.1', 'two :scheme', pseudo(method!, scheme!, scheme!, path!, authority!), PROTOCOL_ERROR],
  ['8.3.1', 'two :path', pseudo(method!, scheme!, path!, path!, authority!), PROTOCOL_ERROR],
  [
    '8.1.1',
    'a body shorter than announced',
    headers(1, false, post([['content-length', '9']])) + data(1, 'test', true),
    PROTOCOL_ERROR,
  ],
  [
    '8.1.1',
    'a body longer than announced',
    headers(1, false, post([['content-length', '1']])) + data(1, 'test', true),
    PROTOCOL_ERROR,
  ],
  [
    '8.1.1',
    'frames that are longer together than announced',
    headers(1, false, post([['content-length', '5']])) + data(1, 'test') + data(1, 'test', true),
    PROTOCOL_ERROR,
  ],
  [
    '8.1.1',
    'a body where none was announced',
    headers(1, false, post([['content-length', '0']])) + data(1, 'x', true),
    PROTOCOL_ERROR,
  ],
  ['8.1.1', 'no body where one was announced', headers(1, true, post([['content-length', '1']])), PROTOCOL_ERROR],
]
for (const [section, what, frames, code] of streamErrors) {
  test(`${section}: ${what} costs the stream`, async () => {
    const client = (await open()).send(frames)
    assert.equal(await client.reset(1), code)
    await client.ping()
    client.connection.close()
  })

  test(`${section}: ${what} costs the stream, byte by byte as well`, async () => {
    const client = await open()
    for (let at = 0; at < frames.length; at += 5) {
      client.send(frames.slice(at, at + 5))
      await new Promise(resolve => setImmediate(resolve))
    }
    assert.equal(await client.reset(1), code)
    client.connection.close()
  })
}

test('5.1: DATA on a stream both sides have ended costs that stream', async () => {
  const client = (await open()).send(closedBoth)
  await client.answer(1)
  assert.equal(await client.send(data(1, 'x')).reset(1), STREAM_CLOSED)
  await client.ping()
  client.connection.close()
})

test('5.1.2: more streams than allowed are refused, and may be asked again', async () => {
  const client = await open([[settingIds.initialWindowSize, 0]])
  client.send(Array.from({ length: 11 }, (_, i) => headers(i * 2 + 1)).join(''))
  assert.equal(await client.reset(21), REFUSED_STREAM)
  client.send(settingsFrame([[settingIds.initialWindowSize, 100]]))
  await client.answer(19)
  client.send(headers(23))
  assert.equal((await client.answer(23)).status, 200)
  client.connection.close()
})

test('6.9: a stream takes no more data than its window', async () => {
  const client = await open([[settingIds.initialWindowSize, 1]])
  client.send(headers(1))
  await client.next(({ type }) => type === types.data)
  await client.ping()
  assert.equal(client.received(1), 1)
  client.send(windowUpdateFrame(1, 4))
  await client.ping('again...')
  assert.equal(client.received(1), 5)
  client.send(windowUpdateFrame(1, 100))
  assert.equal((await client.answer(1)).body, '0123456789')
  client.connection.close()
})

test('6.9.2: a window that settings make negative has to be filled first', async () => {
  const client = await open([[settingIds.initialWindowSize, 3]])
  client.send(headers(1))
  await client.next(({ type }) => type === types.data)
  client.send(settingsFrame([[settingIds.initialWindowSize, 2]]) + windowUpdateFrame(1, 1))
  await client.ping()
  assert.equal(client.received(1), 3)
  client.send(windowUpdateFrame(1, 1))
  await client.next(({ type, payload }) => type === types.data && payload.toString() === '3')
  assert.equal(client.received(1), 4)
  client.connection.close()
})

test('6.9.2: settings that lift a window beyond 2^31-1 end the connection', async () => {
  const client = await open()
  client.send(headers(1, false, post()) + windowUpdateFrame(1, 0x7fff_ffff - DEFAULT_WINDOW))
  client.send(settingsFrame([[settingIds.initialWindowSize, 0x7fff_ffff]]))
  assert.equal((await client.goaway()).code, FLOW_CONTROL_ERROR)
})

test('6.5.3, 6.7: settings and pings are answered at once', async () => {
  const client = await open()
  client.send(settingsFrame([]))
  await client.next(({ type, flags: bits }) => type === types.settings && bits === 1)
  await client.ping('12345678')
  client.connection.close()
})

test('6.8: GOAWAY of a client is no reason to stop answering', async () => {
  const client = await open()
  client.send(headers(1) + frame(types.goaway, 0, 0, '\0\0\0\0\0\0\0\0'))
  assert.equal((await client.answer(1)).status, 200)
  assert.equal((await client.answer(1)).reset, null)
  client.connection.close()
})
