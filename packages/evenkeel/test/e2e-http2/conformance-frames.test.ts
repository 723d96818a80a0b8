/** Conformance, RFC 9113, sections 3 and 4: the preface, the form and size of frames, header blocks in parts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  COMPRESSION_ERROR,
  FRAME_SIZE_ERROR,
  PREFACE,
  PROTOCOL_ERROR,
  frameTypes as types,
} from '../../src/wire/http2/codes.ts'
import { frameHead, headersFrames, settingsFrame } from '../../src/wire/http2/frame-writer.ts'
import { encodeField } from '../../src/wire/http2/hpack-encoder.ts'
import { connect } from '../scenario/connection.ts'
import { data, frame, Http2Client } from './client.ts'
import { allowed, connectionErrors, get, headers, post, proxy } from './conformance-stage.ts'

/** A request in one frame of that size: four fields fill it, as no field may be that long by itself. */
const padded = (stream: number, size: number): string => {
  const room = size - get.length
  const sizes = [0, 1, 2, 3].map(i => Math.floor((room + i) / 4))
  return headersFrames(
    get + sizes.map(each => encodeField('x', 'v'.repeat(each - LITERAL))).join(''),
    stream,
    true,
    size,
  )
}
/** What a field besides its value takes where that is long. */
const LITERAL = 6

allowed([
  ['4.2', 'a HEADERS frame of 2^14 bytes', padded(1, 16_384)],
  ['4.1', 'a frame of an unknown type', frame(0xff, 0, 0, 'xxxxxxxx')],
  ['4.1', 'undefined flags', frame(types.ping, 0xfe, 0, 'xxxxxxxx')],
  ['4.1', 'the reserved bit', '\0\0\x08\x06\0\x80\0\0\0xxxxxxxx'],
  ['4.2', 'a DATA frame of 2^14 bytes', headers(1, false, post()) + data(1, 'x'.repeat(16_384), true)],
])

connectionErrors([
  ['4.2', 'a HEADERS frame over the limit by one byte', padded(1, 16_385), FRAME_SIZE_ERROR],
  [
    '4.2',
    'a DATA frame over the limit',
    headers(1, false, post()) + frameHead(16_385, types.data, 0, 1),
    FRAME_SIZE_ERROR,
  ],
  ['4.2', 'a HEADERS frame over the limit', frameHead(16_385, types.headers, 0, 1), FRAME_SIZE_ERROR],
  ['4.3', 'a header block that breaks off', frame(types.headers, 5, 1, '\x40'), COMPRESSION_ERROR],
  [
    '4.3',
    'PRIORITY within a header block',
    frame(types.headers, 1, 1, get) + frame(types.priority, 0, 1, '\0\0\0\0\0'),
    PROTOCOL_ERROR,
  ],
  ['4.3', 'HEADERS of another stream within a block', frame(types.headers, 1, 1, get) + headers(3), PROTOCOL_ERROR],
])

test('3.4: another preface ends the connection', async () => {
  const client = new Http2Client(await connect(proxy.port('main')))
  client.send(PREFACE.slice(0, 20) + 'XXXX')
  await client.ended()
})

test('3.4: a text that begins no protocol ends the connection without a word', async () => {
  const client = new Http2Client(await connect(proxy.port('main')))
  client.send('INVALID CONNECTION PREFACE\r\n\r\n')
  await client.ended()
  assert.deepEqual(client.frames, [])
})

test('3.4: the server says its settings first', async () => {
  const client = new Http2Client(await connect(proxy.port('main')))
  client.send(PREFACE + settingsFrame([]))
  await client.next(({ type }) => type === types.windowUpdate)
  const first = client.frames[0]!
  assert.deepEqual([first.type, first.flags, first.stream], [types.settings, 0, 0])
  client.connection.close()
})
