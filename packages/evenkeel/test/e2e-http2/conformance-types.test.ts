/** Conformance, RFC 9113, section 6: each type of frame, the stream it belongs on, its size, its flags, and what it says. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  DEFAULT_WINDOW,
  FLOW_CONTROL_ERROR,
  FRAME_SIZE_ERROR,
  PROTOCOL_ERROR,
  settingIds,
  frameTypes as types,
} from '../../src/wire/http2/codes.ts'
import { headersFrames, rstFrame, settingsFrame, windowUpdateFrame } from '../../src/wire/http2/frame-writer.ts'
import { data, frame } from './client.ts'
import {
  allowed,
  connectionErrors,
  END_HEADERS,
  END_STREAM,
  get,
  headers,
  open,
  PADDED,
  post,
  PRIORITY,
  streamErrors,
} from './conformance-stage.ts'

allowed([
  [
    '6.1',
    'DATA that is nothing but padding',
    headers(1, false, post()) + frame(types.data, PADDED | END_STREAM, 1, '\x01\0'),
  ],
  [
    '6.2',
    'a HEADERS frame of padding alone',
    frame(types.headers, PADDED | END_STREAM, 1, '\x02\0\0') + frame(types.continuation, END_HEADERS, 1, get),
  ],
  ['6.2', 'padding and priority together', frame(types.headers, PADDED | PRIORITY | 5, 1, `\x01\0\0\0\0\x10${get}\0`)],
  ['6.8', 'GOAWAY with a reason in words', frame(types.goaway, 0, 0, '\0\0\0\0\0\0\0\0bye')],
  ['6.9', 'WINDOW_UPDATE with the reserved bit', '\0\0\x04\x08\0\0\0\0\0\x80\0\0\x01'],
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
])

connectionErrors([
  ['6.1', 'padded DATA without its length', headers(1, false, post()) + frame(types.data, PADDED, 1), FRAME_SIZE_ERROR],
  ['6.2', 'padded HEADERS without their length', frame(types.headers, PADDED | 5, 1), FRAME_SIZE_ERROR],
  ['6.2', 'HEADERS with half a priority', frame(types.headers, PRIORITY | 5, 1, '\0\0'), FRAME_SIZE_ERROR],
  [
    '6.2',
    'HEADERS of another stream behind some without END_HEADERS',
    frame(types.headers, 1, 1, get) + headers(3),
    PROTOCOL_ERROR,
  ],
  ['6.4', 'RST_STREAM on an idle stream', rstFrame(1, 8), PROTOCOL_ERROR],
  ['6.5.2', 'ENABLE_CONNECT_PROTOCOL of 2', settingsFrame([[settingIds.enableConnectProtocol, 2]]), PROTOCOL_ERROR],
  ['6.8', 'GOAWAY of another size', frame(types.goaway, 0, 0, '\0\0\0\0'), FRAME_SIZE_ERROR],
  [
    '6.10',
    'PING within a header block',
    frame(types.headers, 1, 1, get) + frame(types.ping, 0, 0, 'xxxxxxxx'),
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
])

streamErrors([
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
])

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
