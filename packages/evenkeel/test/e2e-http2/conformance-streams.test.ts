/** Conformance, RFC 9113, section 5: what may be sent on a stream in which state, how many there may be, errors, extensions. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  FRAME_SIZE_ERROR,
  PROTOCOL_ERROR,
  REFUSED_STREAM,
  settingIds,
  STREAM_CLOSED,
  frameTypes as types,
} from '../../src/wire/http2/codes.ts'
import { rstFrame, settingsFrame, windowUpdateFrame } from '../../src/wire/http2/frame-writer.ts'
import { data, frame } from './client.ts'
import { allowed, answered, connectionErrors, get, headers, open, post, streamErrors } from './conformance-stage.ts'

allowed([
  ['5.1', 'PRIORITY on a half-closed stream', headers(1) + frame(types.priority, 0, 1, '\0\0\0\0\x08')],
  ['5.1.1', 'a stream that leaves others out', headers(1) + headers(77)],
  ['5.3', 'PRIORITY of another, exclusive', frame(types.priority, 0, 5, '\x80\0\0\x03\x08')],
  [
    '5.3',
    'PRIORITY on an idle stream before a lower one opens',
    frame(types.priority, 0, 5, '\0\0\0\x03\x08') + headers(3),
  ],
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
])

connectionErrors([
  ['5.1', 'HEADERS on a stream that was reset', headers(1, false, post()) + rstFrame(1, 8) + headers(1), STREAM_CLOSED],
  [
    '5.1',
    'CONTINUATION on a stream that was reset',
    headers(1, false, post()) + rstFrame(1, 8) + frame(types.continuation, 4, 1, get),
    PROTOCOL_ERROR,
  ],
  ['5.3.1', 'PRIORITY of itself', frame(types.priority, 0, 1, '\0\0\0\x01\xff'), PROTOCOL_ERROR],
  [
    '5.4.1',
    'an invalid PING with streams open',
    headers(1, false, post()) + frame(types.ping, 0, 0, 'x'),
    FRAME_SIZE_ERROR,
  ],
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
])

streamErrors([
  ['5.1', 'DATA on a half-closed stream', headers(1, true, post()) + data(1, 'x', true), STREAM_CLOSED],
  ['5.1', 'HEADERS on a half-closed stream', headers(1, true, post()) + headers(1), STREAM_CLOSED],
  [
    '5.1',
    'DATA on a stream that was reset',
    headers(1, false, post()) + rstFrame(1, 8) + data(1, 'x', true),
    STREAM_CLOSED,
  ],
])

test('5.1: HEADERS on a stream both sides have ended end the connection', async () => {
  const client = await answered()
  assert.equal((await client.send(headers(1)).goaway()).code, STREAM_CLOSED)
  await client.ended()
})

test('5.1: CONTINUATION on a stream both sides have ended ends the connection', async () => {
  const client = await answered()
  assert.equal((await client.send(frame(types.continuation, 5, 1, get)).goaway()).code, PROTOCOL_ERROR)
})

test('5.1: DATA on a stream both sides have ended costs that stream', async () => {
  const client = await answered()
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
