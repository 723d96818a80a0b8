import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '../../exchange/failure.ts'
import { RequestHead, UNKNOWN_LENGTH } from '../../exchange/head.ts'
import { RequestReader, type RequestLimits } from './request-reader.ts'

const limits: RequestLimits = {
  lineSize: 8192,
  fieldSize: 8192,
  totalSize: 33_792,
  maxFields: 1000,
  underscores: false,
  ignoreInvalid: true,
}

function answer(text: string, own: Partial<RequestLimits> = {}): RequestHead | string {
  const bytes = Buffer.from(text, 'latin1')
  const head = new RequestReader({ ...limits, ...own }).read(bytes, 0, bytes.length, 0)
  return head === null ? 'incomplete' : isFailure(head) ? head.code : head
}

function read(text: string, own: Partial<RequestLimits> = {}): RequestHead {
  const head = answer(text, own)
  assert.ok(head instanceof RequestHead, `${JSON.stringify(text.slice(0, 200))}: ${String(head)}`)
  return head
}

const withFields = (...lines: string[]): string =>
  'POST / HTTP/1.1\r\nHost: a\r\n' + lines.map(line => line + '\r\n').join('') + '\r\n'
const withHost = (host: string): string => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`
const withLine = (line: string): string => `${line}\r\nHost: a\r\n\r\n`

/** Each is refused with the code given. */
function refuses(name: string, code: string, messages: readonly string[]): void {
  test(name, () => {
    for (const text of messages) {
      const head = answer(text)
      assert.equal(typeof head === 'string' ? head : 'accepted', code, JSON.stringify(text.slice(0, 200)))
    }
  })
}

refuses('framing that two readers could take differently is malformed', 'malformed_request', [
  withFields('Content-Length: 5', 'Transfer-Encoding: chunked'),
  withFields('Transfer-Encoding: chunked', 'Content-Length: 5'),
  withFields('Content-Length: 5', 'Content-Length: 5'),
  withFields('Content-Length: 5', 'Content-Length: 6'),
  withFields('Content-Length: 3, 3'),
  ...['+3', '0x3', '-1', '3 3', '1_0', '', ' ', '9007199254740993', '18446744073709551617', '3;', '\xb2'].map(value =>
    withFields('Content-Length: ' + value),
  ),
  withFields('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
  withFields('Transfer-Encoding: chunked', 'Transfer-Encoding: identity'),
  withFields('Transfer-Encoding : chunked'),
  withFields('Transfer-Encoding: \vchunked'),
  withFields('Transfer-Encoding:', ' chunked'),
  withFields('Content-Length\t: 3'),
  'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n',
  'CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n',
  'CONNECT a:1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
  'POST / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n\r\n',
])

refuses('a transfer coding other than chunked alone is not implemented', 'unknown_transfer_encoding', [
  ...['identity', 'xchunked', 'gzip, chunked', 'chunked, identity', 'chunked, chunked', ',chunked', 'chunked,', ''].map(
    value => withFields('Transfer-Encoding: ' + value),
  ),
  ...['"chunked"', '\xa0chunked', 'chunked;q=1', 'chunke\xe4'].map(value => withFields('Transfer-Encoding: ' + value)),
])

test('the length of the body is told by well-formed framing', () => {
  assert.equal(read(withFields()).length, 0)
  assert.equal(read(withFields('Content-Length: 0')).length, 0)
  assert.equal(read(withFields('content-LENGTH:  007\t')).length, 7)
  assert.equal(read(withFields('Content-Length: 9007199254740991')).length, 2 ** 53 - 1)
  assert.equal(read(withFields('Transfer-Encoding:\tChunked ')).length, UNKNOWN_LENGTH)
})

refuses('lines that are no header fields are malformed', 'malformed_request', [
  withFields('X: a\rb'),
  withFields('X: a\r\r'),
  withFields('X: a\0b'),
  withFields('X: a\x01b'),
  withFields('X: a\x7fb'),
  withFields('X\0: a'),
  withFields('X Y: a'),
  withFields(' X: a'),
  withFields('X\x01: a'),
  withFields('no colon'),
  withFields(': empty name'),
  withFields('X: a', ' folded'),
  withFields('X: a', '\tfolded'),
  'GET / HTTP/1.1\r\n Host: a\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n\rx',
])

test('lines with names that nginx ignores are left out, and the others stand', () => {
  for (const name of ['X_Y', '_X', 'X.Y', 'X-\xe4', 'X(Y)', 'X@']) {
    const head = read(withFields(`${name}: dropped`, 'X-Kept: 1'))
    assert.equal(head.fields.get(name), undefined, name)
    assert.equal(head.fields.render(), 'Host: a\r\nX-Kept: 1\r\n')
  }
  assert.equal(read(withFields('X_Y: 1'), { underscores: true }).fields.get('x_y'), '1')
  assert.equal(answer(withFields('Content_Length: 5', 'X: a\0'), {}), 'malformed_request')
})

test('without ignore_invalid_headers every token is a name and nothing else is', () => {
  const own = { ignoreInvalid: false }
  assert.equal(read(withFields('X.Y: 1', 'X_Y: 2'), own).fields.render(), 'Host: a\r\nX.Y: 1\r\nX_Y: 2\r\n')
  assert.equal(answer(withFields('X-\xe4: 1'), own), 'malformed_request')
  assert.equal(answer(withFields('X(Y): 1'), own), 'malformed_request')
})

test('names of objects of the language are plain data', () => {
  const { fields } = read(withFields('constructor: 1', 'hasOwnProperty: 2'))
  assert.equal(fields.get('constructor'), '1')
  assert.equal(fields.get('__proto__'), undefined)
})

refuses('a host outside of the grammar, missing or told twice is malformed', 'malformed_request', [
  'GET / HTTP/1.1\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n',
  ...['', 'a b', 'a/b', 'u@h', 'a:b', 'a:65536', 'a:-1', 'a:80:80', ':80', '.', 'a..b', '[::1', '[::1]x', 'a\tb'].map(
    withHost,
  ),
  ...['a?b', 'a#b', 'a\\b', 'a"b', '<a>', '\xe4', 'a, b', '::1', 'http://a'].map(withHost),
  'GET http://a/ HTTP/1.1\r\n\r\n',
  'GET http://a/ HTTP/1.1\r\nHost: b c\r\n\r\n',
])

test('a host is told small, without port and final dot', () => {
  const told = (host: string): string[] => {
    const head = read(withHost(host))
    return [head.host, head.port, head.authority]
  }
  assert.deepEqual(told('WWW.Example.COM'), ['www.example.com', '', 'WWW.Example.COM'])
  assert.deepEqual(told('a.example.:8080'), ['a.example', '8080', 'a.example.:8080'])
  assert.deepEqual(told('a:00080'), ['a', '80', 'a:00080'])
  assert.deepEqual(told('a:'), ['a', '', 'a:'])
  assert.deepEqual(told('[::FF]:81'), ['[::ff]', '81', '[::FF]:81'])
  assert.deepEqual(told('a_b~c,d'), ['a_b~c,d', '', 'a_b~c,d'])
  assert.equal(read('GET / HTTP/1.0\r\n\r\n').host, '')
})

test('the authority of an absolute form wins over Host', () => {
  const head = read('GET http://B.example:81/p?q HTTP/1.1\r\nHost: a\r\n\r\n')
  assert.deepEqual([head.host, head.port, head.authority], ['b.example', '81', 'B.example:81'])
  assert.deepEqual([head.target, head.path, head.query], ['http://B.example:81/p?q', '/p', 'q'])
  assert.equal(head.fields.get('host'), 'a')
  assert.equal(read(withLine('GET http://b HTTP/1.1')).path, '/')
  const asking = read(withLine('GET http://[::1]?x=/ HTTP/1.1'))
  assert.deepEqual([asking.host, asking.path, asking.query], ['[::1]', '/', 'x=/'])
})

test('a target is split into path and query, and loses its fragment', () => {
  const split = (target: string): unknown[] => {
    const head = read(withLine(`GET ${target} HTTP/1.1`))
    assert.equal(head.target, target)
    return [head.path, head.query, head.hasQuery]
  }
  assert.deepEqual(split('/'), ['/', '', false])
  assert.deepEqual(split('/a?'), ['/a', '', true])
  assert.deepEqual(split('/a?b?c'), ['/a', 'b?c', true])
  assert.deepEqual(split('/a#f?x'), ['/a', '', false])
  assert.deepEqual(split('/a?b#f#g'), ['/a', 'b', true])
  assert.deepEqual(split('//evil/x'), ['//evil/x', '', false])
  assert.deepEqual(split('/\\evil/%zz/../'), ['/\\evil/%zz/../', '', false])
})

test('CONNECT has an authority and OPTIONS may ask about the server as such', () => {
  const tunnel = read('CONNECT b.example:443 HTTP/1.1\r\nHost: a\r\n\r\n')
  assert.deepEqual([tunnel.method, tunnel.path, tunnel.host, tunnel.port], ['CONNECT', '', 'b.example', '443'])
  assert.equal(read(withLine('OPTIONS * HTTP/1.1')).path, '*')
})

refuses('a first line that is no request line is malformed', 'malformed_request', [
  ...['get / HTTP/1.1', 'G@T / HTTP/1.1', 'Get / HTTP/1.1', ' GET / HTTP/1.1', 'GET\t/ HTTP/1.1', '/ HTTP/1.1'].map(
    withLine,
  ),
  ...['GET / HTTP/0.9', 'GET / HTTP/1.10', 'GET / HTTP/1', 'GET / HTTP/1.', 'GET / http/1.1', 'GET / HTTP/1.1x'].map(
    withLine,
  ),
  ...['GET / HTTP/1.1 x', 'GET / X HTTP/1.1', 'GET /\x01 HTTP/1.1', 'GET /\xe4 HTTP/1.1', 'GET /\x7f HTTP/1.1'].map(
    withLine,
  ),
  ...['GET * HTTP/1.1', 'OPTIONS *x HTTP/1.1', 'GET a HTTP/1.1', 'GET ?x HTTP/1.1', 'GET http:/a HTTP/1.1'].map(
    withLine,
  ),
  ...['GET http:///x HTTP/1.1', 'GET http://u@h/ HTTP/1.1', 'GET http://a:b/ HTTP/1.1', 'GET http://a#f HTTP/1.1'].map(
    withLine,
  ),
  ...['CONNECT a HTTP/1.1', 'CONNECT a: HTTP/1.1', 'CONNECT / HTTP/1.1', 'CONNECT http://a/ HTTP/1.1'].map(withLine),
  'GET / HTTP/1.1\rHost: a\r\n\r\n',
  'GET /\r\nHost: a\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\x16\x03\x01',
  'PROXY TCP4 1.2.3.4 5.6.7.8 1 2',
  '\r\n\r\n\0\r\nQUIT\n',
  '\r\n'.repeat(40),
])

refuses('a later major version is unsupported', 'unsupported_version', [
  ...['GET / HTTP/2.0', 'GET / HTTP/3.0', 'GET / HTTP/10.1'].map(withLine),
  'GET / HTTP/2',
])

test('request lines are read as nginx reads them', () => {
  assert.equal(read(withLine('GET / HTTP/1.2')).version, 11)
  assert.equal(read(withLine('BREW / HTTP/1.1')).method, 'BREW')
  assert.equal(read(withLine('M-SEARCH_X / HTTP/1.1')).method, 'M-SEARCH_X')
  assert.equal(read(withLine('GET   /  HTTP/1.1 ')).target, '/')
  for (const method of ['GET', 'PUT', 'POST', 'HEAD', 'TRACE'])
    assert.equal(read(withLine(`${method} / HTTP/1.1`)).method, method)
})

test('what is wrong with the first line is told before the rest has come', () => {
  assert.equal(answer('GET / HTTP/2.0\r\nHost'), 'unsupported_version')
  assert.equal(answer('get /'), 'malformed_request')
  assert.equal(answer('GET / HTTP/1.1\r\nHost: a\r\nX'), 'incomplete')
  const bytes = Buffer.from('GET /\r\n')
  const reader = new RequestReader(limits)
  assert.equal(reader.read(bytes, 0, 5, 0), null)
  assert.deepEqual(reader.read(bytes, 0, 7, 5), { code: 'malformed_request' })
})

test('lines, heads and numbers of fields have limits that hold to the byte', () => {
  const line = (size: number): string => `GET /${'x'.repeat(size - 16)} HTTP/1.1\r\n`
  assert.equal(read(line(8192) + 'Host: a\r\n\r\n').target.length, 8177)
  assert.equal(answer(line(8193) + 'Host: a\r\n\r\n'), 'target_too_long')
  assert.equal(answer('GET /' + 'x'.repeat(8186)), 'incomplete')
  assert.equal(answer('GET /' + 'x'.repeat(8187)), 'target_too_long')
  const field = (size: number): string => `X: ${'x'.repeat(size - 5)}`
  assert.equal(read(withFields(field(8192))).fields.get('x')!.length, 8187)
  assert.equal(answer(withFields(field(8193))), 'head_too_large')
  assert.equal(answer(withFields(field(8193)).slice(0, -3)), 'head_too_large')
  const whole = withFields('X: 1')
  assert.equal(read(whole, { totalSize: whole.length }).size, whole.length)
  assert.equal(answer(whole, { totalSize: whole.length - 1 }), 'head_too_large')
  assert.equal(answer(whole.slice(0, -1), { totalSize: whole.length - 1 }), 'head_too_large')
  const many = withFields(...Array.from({ length: 99 }, () => 'X: 1'))
  assert.equal(read(many, { maxFields: 100 }).fields.getAll('x').length, 99)
  assert.equal(answer(many, { maxFields: 99 }), 'head_too_large')
})

test('a connection persists as its version and options say', () => {
  const persists = (version: string, ...lines: string[]): boolean =>
    read(`GET / HTTP/${version}\r\nHost: a\r\n${lines.map(line => line + '\r\n').join('')}\r\n`).persistent
  assert.equal(persists('1.1'), true)
  assert.equal(persists('1.1', 'Connection: Close'), false)
  assert.equal(persists('1.1', 'Connection: keep-alive, close'), false)
  assert.equal(persists('1.1', 'Connection: x', 'Connection: close'), false)
  assert.equal(persists('1.1', 'Connection: disclose'), true)
  assert.equal(persists('1.0'), false)
  assert.equal(persists('1.0', 'Connection: Keep-Alive'), true)
})

test('names in Connection are told, but not those that an origin decides by', () => {
  const named = (...values: string[]): readonly string[] =>
    read(withFields(...values.map(value => 'Connection: ' + value))).nominated
  assert.deepEqual(named('close, keep-alive', 'Upgrade'), [])
  assert.deepEqual(named('X-A ,, x-b', '\tX-a'), ['x-a', 'x-b'])
  assert.deepEqual(named('Content-Length, transfer-encoding, Host, Cookie, Authorization, X-Forwarded-For'), [])
})

test('an upgrade counts when Connection names it, and nothing of HTTP/1.1 counts in HTTP/1.0', () => {
  assert.equal(read(withFields('Upgrade: websocket', 'Connection: upgrade')).upgrade, 'websocket')
  assert.equal(read(withFields('Upgrade: websocket')).upgrade, '')
  assert.equal(read('GET / HTTP/1.0\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n').upgrade, '')
  assert.equal(read(withFields('Expect: 100-Continue')).expectsContinue, true)
  assert.equal(read('GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n').expectsContinue, false)
})

test('an expectation that nobody knows is refused, but for HTTP/1.0, which has none', () => {
  assert.equal(answer(withFields('Expect: 200-ok')), 'unmet_expectation')
  assert.equal(read('GET / HTTP/1.0\r\nExpect: 200-ok\r\n\r\n').expectsContinue, false)
})

test('fields of framing stay readable', () => {
  const { fields } = read(withFields('Connection: upgrade', 'Upgrade: h2c', 'Content-Length: 3'))
  assert.deepEqual(
    ['connection', 'upgrade', 'content-length'].map(name => fields.get(name)),
    ['upgrade', 'h2c', '3'],
  )
})

test('lines go on as they came only when they are exactly as we would write them', () => {
  const told = (text: string): [boolean, string] => {
    const { fields } = read(text)
    return [fields.plain, fields.render()]
  }
  assert.deepEqual(told(withFields('X: 1')), [true, 'Host: a\r\nX: 1\r\n'])
  for (const odd of ['X:1', 'X:  1', 'X: 1 ', 'X:\t1', 'X: 1\t \t']) {
    assert.deepEqual(told(withFields(odd, 'Y: 2')), [false, 'Host: a\r\nX: 1\r\nY: 2\r\n'], odd)
  }
  assert.deepEqual(told('GET / HTTP/1.1\nHost: a\nX: 1\n\n'), [false, 'Host: a\r\nX: 1\r\n'])
  assert.deepEqual(told(withFields('X: ')), [true, 'Host: a\r\nX: \r\n'])
})

test('the size counts the empty lines before the head, the head itself does not', () => {
  const reader = new RequestReader(limits)
  const bytes = Buffer.from('zz\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nrest')
  const head = reader.read(bytes, 2, bytes.length, 0)
  assert.ok(head instanceof RequestHead)
  assert.deepEqual([reader.size, head.size], [31, 27])
})
