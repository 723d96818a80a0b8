import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ENHANCE_YOUR_CALM,
  flags,
  FRAME_SIZE_ERROR,
  frameTypes,
  NO_ERROR,
  PREFACE,
  PROTOCOL_ERROR,
  type ErrorCode,
} from './codes.ts'
import { FrameReader, type FrameTaker } from './frame-reader.ts'
import {
  frameHead,
  goawayFrame,
  headersFrames,
  pingAck,
  rstFrame,
  settingsFrame,
  windowUpdateFrame,
} from './frame-writer.ts'

/** Writes down what it is told; data of a frame as one. */
class Recorder implements FrameTaker {
  readonly told: string[] = []
  #data = ''

  #tell(text: string): ErrorCode {
    this.told.push(text)
    return NO_ERROR
  }
  dataBegins(stream: number, size: number, padding: number, endStream: boolean): ErrorCode {
    this.#data = ''
    return this.#tell(`data ${stream} of ${size}, ${padding} padding${endStream ? ', end' : ''}`)
  }
  dataPart(bytes: Buffer, start: number, end: number): ErrorCode {
    assert.ok(end > start)
    this.#data += bytes.toString('latin1', start, end)
    return NO_ERROR
  }
  dataEnds(): ErrorCode {
    return this.#tell(`"${this.#data}"`)
  }
  headers(stream: number, endStream: boolean, bytes: Buffer, start: number, end: number): ErrorCode {
    return this.#tell(`headers ${stream} "${bytes.toString('latin1', start, end)}"${endStream ? ', end' : ''}`)
  }
  reset(stream: number, code: ErrorCode): ErrorCode {
    return this.#tell(`reset ${stream}: ${code}`)
  }
  settings(bytes: Buffer, start: number, end: number): ErrorCode {
    return this.#tell(`settings ${bytes.toString('hex', start, end)}`)
  }
  settingsTaken(): ErrorCode {
    return this.#tell('settings taken')
  }
  ping(bytes: Buffer, start: number): ErrorCode {
    return this.#tell(`ping ${bytes.toString('latin1', start, start + 8)}`)
  }
  pingAnswered(): ErrorCode {
    return this.#tell('pong')
  }
  goaway(lastStream: number, code: ErrorCode): ErrorCode {
    return this.#tell(`goaway ${lastStream}: ${code}`)
  }
  windowUpdate(stream: number, increment: number): ErrorCode {
    return this.#tell(`window ${stream} ${increment}`)
  }
  ignored(stream: number): ErrorCode {
    return this.#tell(`ignored ${stream}`)
  }
  streamError(stream: number, code: ErrorCode): ErrorCode {
    return this.#tell(`stream ${stream} error ${code}`)
  }
}

const limits = { preface: true, maxBlockSize: 1000, maxFrameSize: 16_384 }

function read(...pieces: string[]): { told: string[]; error: ErrorCode } {
  const recorder = new Recorder()
  const reader = new FrameReader(recorder, limits)
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, 'latin1')
    const error = reader.read(bytes, 0, bytes.length)
    // A read buffer is used again.
    bytes.fill(0xee)
    if (error !== NO_ERROR) return { told: recorder.told, error }
  }
  return { told: recorder.told, error: NO_ERROR }
}

const frame = (type: number, bits: number, stream: number, payload: string): string =>
  frameHead(payload.length, type, bits, stream) + payload
const begin = PREFACE + settingsFrame([])

const conversation =
  PREFACE +
  settingsFrame([[4, 100_000]]) +
  headersFrames('block', 1, true, 100) +
  headersFrames('a block in several frames', 3, false, 7) +
  frame(frameTypes.headers, flags.endHeaders | flags.padded | flags.priority, 5, '\x03\0\0\0\0\x10fields\0\0\0') +
  frame(frameTypes.data, 0, 3, 'some data') +
  frame(frameTypes.data, flags.padded | flags.endStream, 3, '\x04more\0\0\0\0') +
  frame(frameTypes.data, flags.endStream, 5, '') +
  frame(frameTypes.data, flags.padded, 5, '\0') +
  frame(frameTypes.settings, flags.ack, 0, '') +
  frame(frameTypes.ping, 0, 0, '12345678') +
  pingAck('87654321') +
  windowUpdateFrame(0, 5) +
  windowUpdateFrame(1, 0x7fff_ffff) +
  frame(frameTypes.priority, 0, 7, '\0\0\0\0\x01') +
  frame(0xab, 0xff, 9, 'whatever') +
  rstFrame(1, 8) +
  goawayFrame(0, 2)

const meaning = [
  'settings 0004000186a0',
  'headers 1 "block", end',
  'headers 3 "a block in several frames"',
  'headers 5 "fields"',
  'data 3 of 9, 0 padding',
  '"some data"',
  'data 3 of 9, 5 padding, end',
  '"more"',
  'data 5 of 0, 0 padding, end',
  '""',
  'data 5 of 1, 1 padding',
  '""',
  'settings taken',
  'ping 12345678',
  'pong',
  'window 0 5',
  'window 1 2147483647',
  'ignored 7',
  'ignored 9',
  'reset 1: 8',
  'goaway 0: 2',
]

test('every frame is told as what it is', () => {
  assert.deepEqual(read(conversation), { told: meaning, error: NO_ERROR })
})

test('a conversation reads the same wherever it is cut', () => {
  for (let i = 1; i < conversation.length; i++) {
    assert.deepEqual(read(conversation.slice(0, i), conversation.slice(i)).told, meaning, `cut at ${i}`)
  }
  for (let i = 1; i < conversation.length; i += 3) {
    for (let j = i + 1; j < conversation.length; j += 7) {
      const pieces = [conversation.slice(0, i), conversation.slice(i, j), conversation.slice(j)]
      assert.deepEqual(read(...pieces).told, meaning, `cut at ${i} and ${j}`)
    }
  }
  assert.deepEqual(read(...conversation).told, meaning, 'byte by byte')
})

const errors: readonly (readonly [what: string, bytes: string, code: ErrorCode])[] = [
  ['another text than the preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\rX', PROTOCOL_ERROR],
  ['a request of HTTP/1', 'GET / HTTP/1.1\r\n', PROTOCOL_ERROR],
  ['another frame before SETTINGS', PREFACE + frame(frameTypes.ping, 0, 0, '12345678'), PROTOCOL_ERROR],
  ['DATA on stream 0', begin + frame(frameTypes.data, 0, 0, 'x'), PROTOCOL_ERROR],
  [
    'DATA padded beyond its length',
    begin + frame(frameTypes.data, flags.padded, 1, '\x02xx'.slice(0, 2)),
    PROTOCOL_ERROR,
  ],
  ['DATA padded and empty', begin + frame(frameTypes.data, flags.padded, 1, ''), FRAME_SIZE_ERROR],
  ['DATA over the limit', begin + frameHead(16_385, frameTypes.data, 0, 1), FRAME_SIZE_ERROR],
  ['HEADERS over the limit', begin + frameHead(16_385, frameTypes.headers, 0, 1), FRAME_SIZE_ERROR],
  ['HEADERS on stream 0', begin + frame(frameTypes.headers, flags.endHeaders, 0, 'x'), PROTOCOL_ERROR],
  ['HEADERS padded beyond its length', begin + frame(frameTypes.headers, 0xc, 1, '\x05xxxx'), PROTOCOL_ERROR],
  ['HEADERS padded and empty', begin + frame(frameTypes.headers, 0xc, 1, ''), FRAME_SIZE_ERROR],
  ['HEADERS too short for its priority', begin + frame(frameTypes.headers, 0x24, 1, '\0\0\0\0'), FRAME_SIZE_ERROR],
  ['HEADERS that depend on themselves', begin + frame(frameTypes.headers, 0x24, 1, '\0\0\0\x01\x10x'), PROTOCOL_ERROR],
  ['a header block over the limit', begin + headersFrames('x'.repeat(1001), 1, true, 500), ENHANCE_YOUR_CALM],
  ['a header block over the limit in one frame', begin + frameHead(1001, frameTypes.headers, 4, 1), ENHANCE_YOUR_CALM],
  ['PRIORITY on stream 0', begin + frame(frameTypes.priority, 0, 0, '\0\0\0\0\x01'), PROTOCOL_ERROR],
  ['PRIORITY that depends on itself', begin + frame(frameTypes.priority, 0, 1, '\0\0\0\x01\x01'), PROTOCOL_ERROR],
  ['RST_STREAM on stream 0', begin + rstFrame(0, 8), PROTOCOL_ERROR],
  ['RST_STREAM of another size', begin + frame(frameTypes.rstStream, 0, 1, '\0\0\0'), FRAME_SIZE_ERROR],
  ['SETTINGS on a stream', begin + frame(frameTypes.settings, 0, 1, ''), PROTOCOL_ERROR],
  ['SETTINGS of another size', begin + frame(frameTypes.settings, 0, 0, '\0\x03\0'), FRAME_SIZE_ERROR],
  [
    'an acknowledgement with settings',
    begin + frame(frameTypes.settings, flags.ack, 0, '\0\x03\0\0\0\0'),
    FRAME_SIZE_ERROR,
  ],
  ['PUSH_PROMISE', begin + frame(frameTypes.pushPromise, 4, 1, '\0\0\0\x02x'), PROTOCOL_ERROR],
  ['PING on a stream', begin + frame(frameTypes.ping, 0, 1, '12345678'), PROTOCOL_ERROR],
  ['PING of another size', begin + frame(frameTypes.ping, 0, 0, '123456'), FRAME_SIZE_ERROR],
  ['GOAWAY on a stream', begin + frame(frameTypes.goaway, 0, 1, '\0\0\0\0\0\0\0\0'), PROTOCOL_ERROR],
  ['GOAWAY too short', begin + frame(frameTypes.goaway, 0, 0, '\0\0\0\0'), FRAME_SIZE_ERROR],
  ['WINDOW_UPDATE of another size', begin + frame(frameTypes.windowUpdate, 0, 0, '\0\0\x01'), FRAME_SIZE_ERROR],
  ['WINDOW_UPDATE by nothing', begin + windowUpdateFrame(0, 0), PROTOCOL_ERROR],
  ['CONTINUATION of nothing', begin + frame(frameTypes.continuation, 4, 1, 'x'), PROTOCOL_ERROR],
  [
    'CONTINUATION behind a whole block',
    begin + headersFrames('x', 1, true, 100) + frame(frameTypes.continuation, 4, 1, 'x'),
    PROTOCOL_ERROR,
  ],
  [
    'CONTINUATION of another stream',
    begin + frame(frameTypes.headers, 0, 1, 'x') + frame(frameTypes.continuation, 4, 3, 'x'),
    PROTOCOL_ERROR,
  ],
  [
    'another frame within a header block',
    begin + frame(frameTypes.headers, 0, 1, 'x') + frame(frameTypes.data, 0, 1, 'x'),
    PROTOCOL_ERROR,
  ],
  [
    'an unknown frame within a header block',
    begin + frame(frameTypes.headers, 0, 1, 'x') + frame(0xab, 0, 0, 'x'),
    PROTOCOL_ERROR,
  ],
  [
    'endless empty CONTINUATION frames',
    begin + frame(frameTypes.headers, 0, 1, 'x') + frame(frameTypes.continuation, 0, 1, '').repeat(200),
    ENHANCE_YOUR_CALM,
  ],
]
for (const [what, bytes, code] of errors) {
  test(`${what} ends the connection, however it comes`, () => {
    assert.equal(read(bytes).error, code)
    assert.equal(read(...bytes).error, code, 'byte by byte')
  })
}

test('errors of one stream leave the connection alone', () => {
  const frames = frame(frameTypes.priority, 0, 1, '\0\0\0\0') + windowUpdateFrame(3, 0)
  assert.deepEqual(read(begin + frames), {
    told: ['settings ', `stream 1 error ${FRAME_SIZE_ERROR}`, `stream 3 error ${PROTOCOL_ERROR}`],
    error: NO_ERROR,
  })
})

test('it says whether something was begun that is not complete', () => {
  const reader = new FrameReader(new Recorder(), limits)
  const feed = (text: string): boolean => {
    reader.read(Buffer.from(text, 'latin1'), 0, text.length)
    return reader.midFrame
  }
  assert.equal(reader.midFrame, true, 'the preface')
  assert.equal(feed(begin), false)
  assert.equal(feed('\0\0\x04'), true, 'a head')
  assert.equal(feed('\x01\0\0\0\0\x01abcd'), true, 'a block without its end')
  assert.equal(feed(frame(frameTypes.continuation, 4, 1, '')), false)
  assert.equal(feed(frameHead(100, frameTypes.data, 0, 1) + 'x'), false, 'data is watched by its stream')
})
