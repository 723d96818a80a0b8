import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '../../exchange/failure.ts'
import { ResponseHead, UNKNOWN_LENGTH } from '../../exchange/head.ts'
import { ResponseReader, type ResponseLimits } from './response-reader.ts'

const limits: ResponseLimits = { totalSize: 4096, maxFields: 100 }

function answer(text: string, own: Partial<ResponseLimits> = {}): ResponseHead | string {
  const bytes = Buffer.from(text, 'latin1')
  const head = new ResponseReader({ ...limits, ...own }).read(bytes, 0, bytes.length, 0)
  return head === null ? 'incomplete' : isFailure(head) ? head.code : head
}

function read(text: string, own: Partial<ResponseLimits> = {}): ResponseHead {
  const head = answer(text, own)
  assert.ok(head instanceof ResponseHead, `${JSON.stringify(text)}: ${String(head)}`)
  return head
}

const withLine = (line: string): string => line + '\r\nServer: x\r\n\r\n'
const withFields = (...lines: string[]): string =>
  'HTTP/1.1 200 OK\r\n' + lines.map(line => line + '\r\n').join('') + '\r\n'

function refuses(name: string, messages: readonly string[]): void {
  test(name, () => {
    for (const text of messages) {
      const head = answer(text)
      assert.equal(typeof head === 'string' ? head : 'accepted', 'malformed_response', JSON.stringify(text))
    }
  })
}

refuses('what does not begin as an HTTP/1 response is refused, as early as it shows', [
  'SSH-2.0-x',
  '\x15\x03\x01',
  '<html>',
  'HTTP/2.0 200 OK',
  'HTTP/11.1 200 OK',
  'HTTP/1.x 200 OK',
  '\r\nHTTP/1.1 200 OK',
  ...['HTTP/1.1 999 X', 'HTTP/1.1 600 X', 'HTTP/1.1 000 X', 'HTTP/1.1 099 X', 'HTTP/1.1 20 X', 'HTTP/1.1 abc X'].map(
    withLine,
  ),
  ...['HTTP/1.1 2000 X', 'HTTP/1.1  200 OK', 'HTTP/1.1\t200 OK', 'HTTP/1.1 200.1 OK', 'HTTP/1.1 200\tOK'].map(withLine),
  ...['HTTP/1.1 200 O\0K', 'HTTP/1.1 200 OK\rX: y', 'HTTP/1.01 200 OK', 'http/1.1 200 OK'].map(withLine),
])

refuses('framing that two readers could take differently is refused', [
  withFields('Content-Length: 1', 'Content-Length: 1'),
  withFields('Content-Length: 1, 1'),
  ...['-1', '+1', '0x1', '', '1 1', '99999999999999999999'].map(value => withFields('Content-Length: ' + value)),
  withFields('Content-Length: 1', 'Transfer-Encoding: chunked'),
  withFields('Transfer-Encoding: chunked', 'Content-Length: 1'),
  withFields('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
  ...['foo', 'identity', 'gzip, chunked', 'chunked, chunked', ''].map(value =>
    withFields('Transfer-Encoding: ' + value),
  ),
])

refuses('lines that are no header fields are refused', [
  ...['X: a\0', 'X: a\x01', 'X: a\rb', 'X Y: 1', ' X: 1', 'X : 1', ': 1', 'no colon', 'X-\xe4: 1'].map(line =>
    withFields(line),
  ),
  withFields('X: a', ' folded'),
])

test('a status line is read, with whatever reason', () => {
  const told = (line: string): unknown[] => {
    const head = read(withLine(line))
    return [head.status, head.reason]
  }
  assert.deepEqual(told('HTTP/1.1 404 Not  Found'), [404, 'Not  Found'])
  assert.deepEqual(told('HTTP/1.1 200 '), [200, ''])
  assert.deepEqual(told('HTTP/1.1 200'), [200, ''])
  assert.deepEqual(told('HTTP/1.1 599 Gr\xfc\xdfe'), [599, 'Gr\xfc\xdfe'])
  assert.deepEqual(told('HTTP/1.1 200 a\x1b[0m'), [200, ''])
  assert.equal(read('HTTP/1.1 200 OK\nServer: x\n\n').fields.get('server'), 'x')
})

test('length, chunks and persistence are members, and their fields are gone', () => {
  const sized = read(withFields('Content-Length: 5', 'Connection: keep-alive', 'Keep-Alive: timeout=5', 'X: 1'))
  assert.deepEqual([sized.length, sized.chunked, sized.persistent, sized.fields.render()], [5, false, true, 'X: 1\r\n'])
  const chunked = read(withFields('transfer-encoding: Chunked'))
  assert.deepEqual([chunked.length, chunked.chunked, chunked.fields.render()], [UNKNOWN_LENGTH, true, ''])
  assert.equal(read(withFields('Connection: close')).persistent, false)
  assert.equal(read('HTTP/1.0 200 OK\r\n\r\n').persistent, false)
  assert.equal(read('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n').persistent, true)
  assert.equal(
    read('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n').persistent,
    false,
  )
})

test('fields that Connection names stop here, but not those that matter to the client', () => {
  const head = read(withFields('X-Own: 1', 'Set-Cookie: a=b', 'Date: d', 'Connection: close, x-own, Set-Cookie'))
  assert.equal(head.fields.render(), 'Set-Cookie: a=b\r\nDate: d\r\n')
})

test('the protocol of a 101 is told', () => {
  const text = ' Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
  const head = read('HTTP/1.1 101' + text)
  assert.deepEqual([head.upgrade, head.fields.get('upgrade')], ['websocket', 'websocket'])
  assert.equal(read('HTTP/1.1 426' + text).upgrade, '')
})

test('bytes of values stay what they are', () => {
  assert.equal(read(withFields('X: \xc3\xbc\t\xff')).fields.get('x'), '\xc3\xbc\t\xff')
})

test('heads and numbers of fields have limits that hold to the byte', () => {
  const text = withFields('X: 1', 'Y: 2')
  assert.equal(read(text, { totalSize: text.length }).status, 200)
  assert.equal(answer(text, { totalSize: text.length - 1 }), 'response_head_too_large')
  assert.equal(answer(text.slice(0, -1), { totalSize: text.length - 1 }), 'response_head_too_large')
  assert.equal(answer(text, { maxFields: 1 }), 'response_head_too_large')
})
