/**
 * Held against Node's llhttp on generated and mutated messages: both may refuse, either may refuse alone, but when
 * both read a message they must read the same one, with the same body and the same end.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { hasBody, RequestHead, ResponseHead } from '../../src/exchange/head.ts'
import { converse, type Kind, type ReadMessage } from './connection.ts'
import { nodeReads } from './node-parser.ts'

const name = fc.constantFrom(
  'Content-Length',
  'Transfer-Encoding',
  'Connection',
  'Host',
  'X',
  'content-length',
  'TE',
  'Upgrade',
  'X_Y',
)
const value = fc.oneof(
  fc.constantFrom(
    '0',
    '1',
    '5',
    '05',
    '+5',
    '5,5',
    '',
    'chunked',
    'Chunked',
    'chunked, chunked',
    'gzip',
    'gzip, chunked',
  ),
  fc.constantFrom(
    'identity',
    'close',
    'keep-alive',
    'upgrade',
    'X, close',
    'a.example',
    '\tchunked ',
    'a\tb',
    '\xff',
    '\x7f',
  ),
  fc.string({ maxLength: 6 }),
)
const lineEnd = fc.oneof(
  { weight: 30, arbitrary: fc.constant('\r\n') },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\r', '\r\r\n', '\r\n ') },
)
const colon = fc.oneof(
  { weight: 20, arbitrary: fc.constant(': ') },
  { weight: 1, arbitrary: fc.constantFrom(':', ' : ', ':\t', '', '\0:') },
)
const field = fc.tuple(name, colon, value, lineEnd).map(parts => parts.join(''))
const framing = fc.constantFrom('Content-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n', '', '')
const body = fc.oneof(
  fc.constantFrom(
    '',
    'hello',
    '5\r\nhello\r\n0\r\n\r\n',
    '5;x=y\r\nhello\r\n0\r\nX: 1\r\n\r\n',
    '0\r\n\r\n',
    '5\r\nhelloxx',
    '1\r\nx\r\n1\n',
  ),
  fc.constantFrom(
    '5 \r\nhello\r\n',
    '0\r\nContent-Length: 3\r\n\r\n',
    '\r\n',
    '00\r\n\r\n',
    'A\r\n0123456789\r\n0\r\n\r\n',
  ),
)
const requestLine = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('GET / HTTP/1.1\r\nHost: a\r\n', 'POST /p?q#f HTTP/1.1\r\nHost: a\r\n') },
  fc.constantFrom(
    'GET / HTTP/1.0\r\n',
    'GET http://b/ HTTP/1.1\r\nHost: a\r\n',
    'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n',
    'GET  /  HTTP/1.1\r\n',
  ),
  fc.constantFrom(
    '\r\nGET / HTTP/1.1\r\nHost: a\r\n',
    'OPTIONS * HTTP/1.1\r\nHost: a\r\n',
    'GET / HTTP/1.1 \r\n',
    'HEAD / HTTP/1.1\nHost: a\r\n',
  ),
)
const statusLine = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('HTTP/1.1 200 OK\r\n', 'HTTP/1.1 404 Not Found\r\n') },
  fc.constantFrom(
    'HTTP/1.0 200 OK\r\n',
    'HTTP/1.1 204 \r\n',
    'HTTP/1.1 304\r\n',
    'HTTP/1.1 103 Hints\r\n',
    'HTTP/1.1 101 X\r\n',
    'HTTP/1.1 200\n',
  ),
)

/** Up to three places where a byte is replaced, put in or taken out. */
const mutations = fc.array(
  fc.record({
    at: fc.nat(400),
    how: fc.constantFrom('replace', 'insert', 'remove'),
    byte: fc.constantFrom(...'\r\n\t\0 :;,0159afx\x0b\x7f\xa0\xff-+"'),
  }),
  { maxLength: 3 },
)

function messages(start: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const message = fc
    .tuple(start, fc.array(field, { maxLength: 3 }), framing, fc.array(field, { maxLength: 1 }), lineEnd, body)
    .map(([line, before, frame, after, end, rest]) => line + before.join('') + frame + after.join('') + end + rest)
  return fc.tuple(fc.array(message, { minLength: 1, maxLength: 3 }), mutations).map(([texts, changes]) => {
    let text = texts.join('')
    for (const { at, how, byte } of changes) {
      const place = at % (text.length + 1)
      text = text.slice(0, place) + (how === 'remove' ? '' : byte) + text.slice(how === 'insert' ? place : place + 1)
    }
    return text
  })
}

/** How many messages both have read whole; throws where they differ. */
function agree(kind: Kind, text: string): number {
  const bytes = Buffer.from(text, 'latin1')
  const ours = converse(kind, [bytes], { underscores: true, ignoreInvalid: false })
  const theirs = nodeReads(kind, bytes)
  for (let i = 0; ; i++) {
    const our = ours.messages[i]
    const their = theirs.messages[i]
    // A refusal may come sooner or later than the other's, but then no more is read.
    if (our === undefined) {
      assert.ok(their === undefined || ours.failure !== '', 'we miss a message')
      return i
    }
    if (their === undefined) {
      assert.ok(theirs.refused || i > 0, 'we made up a message')
      return i
    }
    assert.equal(startOf(our), their.start)
    if (their.upgrade) return i
    // llhttp reads a body where there never is one (RFC 9112, 6.3), if the head tells of one.
    if (our.head instanceof ResponseHead && !hasBody(our.head.status, 'GET') && their.fields.some(isFraming)) return i
    const open = endsWithConnection(our)
    if (!our.complete || !their.complete) {
      const oursGoesOn = !our.complete && ours.failure === ''
      if (their.complete) assert.ok(!oursGoesOn && !open, 'the message ends for llhttp, and not for us')
      else if (our.complete && !open) assert.ok(theirs.refused, 'the message ends for us, and not for llhttp')
      return i
    }
    assert.equal(our.body, their.body)
    assert.ok(!open)
    if (kind === 'request') assert.deepEqual(our.fields, their.fields)
    // Bytes behind a last message are refused by llhttp; ours leaves them to the connection.
    if (!our.head.persistent) return i + 1
  }
}

function startOf(message: ReadMessage): string {
  return message.head instanceof RequestHead ? message.start : String(message.head.status)
}

function endsWithConnection({ head }: ReadMessage): boolean {
  return head instanceof ResponseHead && head.length < 0 && !head.chunked && hasBody(head.status, 'GET')
}

function isFraming([name]: [string, string]): boolean {
  return /^(content-length|transfer-encoding)$/i.test(name)
}

for (const [kind, start] of [
  ['request', requestLine],
  ['response', statusLine],
] as const) {
  test(`no generated ${kind} is read differently by us and by llhttp`, () => {
    let read = 0
    const property = fc.property(messages(start), text => {
      read += agree(kind, text)
    })
    fc.assert(property, { numRuns: 4000, seed: 20_260_101 })
    // Else the generator makes nothing but rubbish, and the property says nothing.
    assert.ok(read > 400, `only ${read} messages were read by both`)
  })

  test(`no generated ${kind} reads differently for being cut`, () => {
    const property = fc.property(messages(start), fc.nat(), (text, at) => {
      const bytes = Buffer.from(text, 'latin1')
      const cut = at % (bytes.length + 1)
      const pieces = converse(kind, [bytes.subarray(0, cut), bytes.subarray(cut)])
      const whole = converse(kind, [bytes])
      assert.deepEqual(pieces.messages, whole.messages)
      // A head that is cut and never ends is waited for, where the same bytes at once show what is wrong.
      if (pieces.failure !== '') assert.equal(pieces.failure, whole.failure)
    })
    fc.assert(property, { numRuns: 1000, seed: 20_260_101 })
  })
}
