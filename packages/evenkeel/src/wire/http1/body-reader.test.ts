import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BodyReader, type BodyTaker } from './body-reader.ts'

interface Told {
  body: string
  rest: string
  reader: BodyReader
}

function readAll(
  length: number | 'chunked' | 'until-close',
  text: string,
  reader: BodyReader = new BodyReader(),
): Told {
  let body = ''
  const taker: BodyTaker = {
    body(part) {
      body += Buffer.from(part).toString('latin1')
      return true
    },
  }
  reader.begin(length)
  const bytes = Buffer.from(text, 'latin1')
  const end = reader.read(bytes, 0, bytes.length, taker)
  return { body, rest: text.slice(end), reader }
}

test('a body of known length ends with its last byte', () => {
  const { body, rest, reader } = readAll(5, 'helloGET /')
  assert.deepEqual([body, rest, reader.done, reader.remaining], ['hello', 'GET /', true, 0])
  const part = readAll(5, 'hel')
  assert.deepEqual([part.body, part.reader.done, part.reader.remaining, part.reader.closed()], ['hel', false, 2, false])
})

test('no body is done at once', () => {
  const { rest, reader } = readAll(0, 'GET /')
  assert.deepEqual([rest, reader.done], ['GET /', true])
})

test('a body without framing ends with the connection', () => {
  const { body, reader } = readAll('until-close', 'all of it\r\n\r\n')
  assert.deepEqual([body, reader.done, reader.closed(), reader.done], ['all of it\r\n\r\n', false, true, true])
})

test('chunks are joined, their extensions dropped', () => {
  const { body, rest, reader } = readAll('chunked', '5\r\nhello\r\n0A;a="b; c"\r\n0123456789\r\n0;x\r\n\r\nGET /')
  assert.deepEqual(
    [body, rest, reader.done, reader.failed, reader.trailers],
    ['hello0123456789', 'GET /', true, false, null],
  )
})

test('chunk framing that is not to the letter fails', () => {
  const malformed = [
    '0x3\r\nfoo',
    '-3\r\nfoo',
    '3zz\r\nfoo',
    ' 3\r\nfoo',
    '3 \r\nfoo',
    '3\t;x\r\nfoo',
    '\r\nfoo',
    'g\r\n',
    ';x\r\n',

    '3\nfoo',
    '3\rfoo',
    '3\r\r\nfoo',
    '3;a\nfoo',
    '3;a\rb\r\nfoo',
    '3;\0\r\nfoo',
    '3\r\nfoox',
    '3\r\nfoo\n',
    '3\r\nfoo\rx',
    '00000000000000003\r\nfoo',
    '20000000000000\r\n',
    'ffffffffffffffff\r\n',
    '10000000000000003\r\nfoo',

    '0\r\nX: y\n\r\n',
    '0\r\nno colon\r\n\r\n',
    '0\r\n: x\r\n\r\n',
    '0\r\nX: a\r\n folded\r\n\r\n',
    '0\r\nX: a\0\r\n\r\n',

    '0\r\n\n',
    '0\r\n\rx',
    '3;' + 'x'.repeat(16_385),
    '0\r\nX: ' + 'x'.repeat(16_384),
    '0\r\n' + 'X: 1\r\n'.repeat(101) + '\r\n',
    '1;aaaaaaa\r\nx\r\n'.repeat(2341),
  ]
  for (const text of malformed) {
    const { reader } = readAll('chunked', text)
    assert.deepEqual(
      [reader.failed, reader.done, reader.closed()],
      [true, false, false],
      JSON.stringify(text.slice(0, 60)),
    )
  }
})

test('what is large but within bounds is read', () => {
  assert.equal(readAll('chunked', '0;' + 'x'.repeat(16_384) + '\r\n\r\n').reader.done, true)
  assert.equal(readAll('chunked', '1\r\nx\r\n'.repeat(50_000) + '0\r\n\r\n').body.length, 50_000)
  assert.equal(readAll('chunked', '0\r\n' + 'X: 1\r\n'.repeat(100) + '\r\n').reader.trailers!.getAll('x').length, 100)
  assert.equal(readAll('chunked', '1FFFFFFFFFFFFF\r\nx').reader.remaining, 2 ** 53 - 2)
})

test('trailers are told without those that decide about framing or routing', () => {
  const { reader, rest } = readAll(
    'chunked',
    '0\r\nX-Sum:1 \r\nContent-Length: 5\r\nHOST: b\r\nTransfer-Encoding: x\r\n\r\nG',
  )
  assert.deepEqual([reader.trailers!.render(), rest], ['X-Sum: 1\r\n', 'G'])
  assert.equal(readAll('chunked', '0\r\nHost: b\r\n\r\n').reader.trailers, null)
})

test('a reader serves one message after another', () => {
  const reader = new BodyReader()
  readAll('chunked', '0\r\nX: 1\r\n\r\n', reader)
  assert.equal(readAll('chunked', '1\r\nx\r\n0\r\n\r\n', reader).body, 'x')
  assert.equal(reader.trailers, null)
  readAll('chunked', 'x', reader)
  assert.deepEqual([readAll(2, 'ok', reader).body, reader.failed, reader.done], ['ok', false, true])
})

test('a taker may cancel while it is handed bytes', () => {
  for (const [length, text] of [
    ['chunked', '2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n'],
    [2, 'ab'],
    ['until-close', 'ab'],
  ] as const) {
    const reader = new BodyReader()
    let parts = 0
    const taker: BodyTaker = {
      body() {
        parts++
        reader.cancel()
        return false
      },
    }
    reader.begin(length)
    const bytes = Buffer.from(text)
    const end = reader.read(bytes, 0, bytes.length, taker)
    assert.equal(text.slice(0, end).endsWith('ab'), true)
    assert.equal(reader.read(bytes, end, bytes.length, taker), end)
    assert.deepEqual([parts, reader.done, reader.failed, reader.closed()], [1, false, false, false])
  }
})

test('a pause asked for does not lose what is at hand', () => {
  const reader = new BodyReader()
  const parts: string[] = []
  reader.begin('chunked')
  const bytes = Buffer.from('1\r\na\r\n1\r\nb\r\n0\r\n\r\n')
  assert.equal(reader.read(bytes, 0, bytes.length, { body: part => (parts.push(String(part)), false) }), bytes.length)
  assert.deepEqual([parts.length, reader.done], [2, true])
})
