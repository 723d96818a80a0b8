import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Attempt } from '../../exchange/attempt.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import { failure } from '../../exchange/failure.ts'
import { ResponseHead } from '../../exchange/head.ts'
import * as names from '../../model/names.ts'
import { exchange, fields, NOW, table, template, type Asked } from '../exchange.fixture.ts'
import { noScope, type RouteScope } from '../ports.ts'
import { seconds } from '../time-text.ts'
import { compileAssignment, compileVariable, variableNames, variablePrefixes } from './variables.ts'

function value(name: string, asked: Asked | Exchange = {}, scope?: RouteScope): string | undefined {
  return compileVariable(name, table(), scope)('connection' in asked && 'request' in asked ? asked : exchange(asked))
}

function values(asked: Asked | Exchange, expected: Readonly<Record<string, string | undefined>>): void {
  for (const [name, text] of Object.entries(expected)) assert.equal(value(name, asked), text, '$' + name)
}

// Logged by nginx 1.31.5 for the same request.
test('the request line, its parts and its fields', () => {
  const asked: Asked = {
    target: '/a%20b?A=1&a=2&a_b=&a_B=7',
    fields: [
      'Host: WWW.Example.org:8080',
      'Cookie: c=1; D = x y ;e',
      'X-Y: one',
      'Cookie: d=2',
      'X-Y: two',
      'Empty: ',
      'Authorization: basic  dXNlcjpwdw==',
      'Content-Type: text/x',
    ],
  }
  const made = exchange(asked)
  made.host = 'www.example.org'
  made.request.port = '8080'
  values(made, {
    request: 'GET /a%20b?A=1&a=2&a_b=&a_B=7 HTTP/1.1',
    request_uri: '/a%20b?A=1&a=2&a_b=&a_B=7',
    request_method: 'GET',
    server_protocol: 'HTTP/1.1',
    args: 'A=1&a=2&a_b=&a_B=7',
    query_string: 'A=1&a=2&a_b=&a_B=7',
    is_args: '?',
    arg_a: '1',
    arg_a_b: '',
    arg_b: undefined,
    cookie_c: '1',
    cookie_d: 'x y ',
    cookie_e: undefined,
    http_cookie: 'c=1; D = x y ;e; d=2',
    http_x_y: 'one, two',
    http_empty: '',
    http_host: 'WWW.Example.org:8080',
    http_none: undefined,
    remote_user: 'user',
    host: 'www.example.org',
    request_port: '8080',
    is_request_port: ':',
    content_type: 'text/x',
    content_length: undefined,
  })
})

test('what a request does not have is missing, or empty where nginx shows an empty value', () => {
  values(
    { target: '/?', version: 10 },
    {
      args: undefined,
      is_args: '',
      host: 'first.example',
      request_port: '',
      is_request_port: '',
      http_host: undefined,
      remote_user: undefined,
      https: '',
      request_completion: '',
      upstream_addr: undefined,
      server_protocol: 'HTTP/1.0',
      status: '000',
      request_body: undefined,
      request_body_file: undefined,
      limit_rate: '0',
      pipe: '.',
      tcpinfo_rtt: undefined,
      failure: undefined,
    },
  )
})

test('an authorization that is not a Basic one, or holds no colon, names nobody', () => {
  for (const field of ['Bearer dXNlcjpwdw==', 'Basic bm9jb2xvbg', 'Basic ????', 'Basic']) {
    assert.equal(value('remote_user', { fields: ['Authorization: ' + field] }), undefined, field)
  }
})

test('an absolute target shows path and query in $request_uri; a line that could not be read is shown whole', () => {
  const made = exchange({ target: 'http://h/p?q=1' })
  made.request.path = '/p'
  assert.equal(value('request_uri', made), '/p?q=1')
  assert.equal(value('request', exchange({ method: '', target: 'GARBAGE' })), 'GARBAGE')
  assert.equal(value('request', exchange({ method: '', target: '' })), undefined)
})

test('in HTTP/2 the authority stands in for the Host field', () => {
  const made = exchange({ version: 20 })
  made.request.authority = 'h.example:8'
  values(made, { http_host: 'h.example:8', server_protocol: 'HTTP/2.0', http2: 'h2c' })
})

test('rewritten parts are shown as they are now, the request line as it came', () => {
  const made = exchange({ target: '/a?b=1' })
  made.uri = '/c d'
  made.args = 'e=2'
  made.method = 'HEAD'
  values(made, {
    uri: '/c d',
    document_uri: '/c d',
    arg_e: '2',
    request_method: 'HEAD',
    request: 'GET /a?b=1 HTTP/1.1',
    request_uri: '/a?b=1',
  })
})

test('the body is shown while it is in memory, its file otherwise', () => {
  const bytes = Buffer.from('xx\xe9body', 'latin1').subarray(2)
  assert.equal(value('request_body', { length: 5, body: { bytes: () => bytes } }), '\xe9body')
  assert.equal(value('request_body_file', { length: 5, body: { file: '/t/1' } }), '/t/1')
  assert.equal(value('content_length', { length: 5, fields: ['Content-Length: 5'] }), '5')
  assert.equal(value('content_length', { length: 5 }), '5')
})

test('the connection', () => {
  values(
    { connection: { secure: true } },
    {
      remote_addr: '192.0.2.9',
      remote_port: '50123',
      binary_remote_addr: '\xc0\x00\x02\x09',
      server_addr: '192.0.2.1',
      server_port: '8080',
      server_name: 'first.example',
      scheme: 'https',
      https: 'on',
      connection: '7',
      connection_requests: '3',
      connection_time: '2.500',
      proxy_protocol_addr: undefined,
      proxy_protocol_port: undefined,
      proxy_protocol_tlv_alpn: undefined,
    },
  )
  const proxied = { remoteAddress: '203.0.113.1', remotePort: 4, localAddress: '203.0.113.2', localPort: 443 }
  values(
    { connection: { proxied } },
    {
      proxy_protocol_addr: '203.0.113.1',
      proxy_protocol_port: '4',
      proxy_protocol_server_addr: '203.0.113.2',
      proxy_protocol_server_port: '443',
    },
  )
})

test('realip changes who the client is, and the connection stays readable', () => {
  const made = exchange()
  made.remoteAddress = '2001:db8::1'
  made.remotePort = 0
  values(made, {
    remote_addr: '2001:db8::1',
    remote_port: '',
    realip_remote_addr: '192.0.2.9',
    realip_remote_port: '50123',
  })
})

test('addresses forwarded for are added to', () => {
  assert.equal(value('proxy_add_x_forwarded_for'), '192.0.2.9')
  const asked = { fields: ['X-Forwarded-For: a, b', 'x-forwarded-for: c'] }
  assert.equal(value('proxy_add_x_forwarded_for', asked), 'a, b, c, 192.0.2.9')
})

test('the process and the time', () => {
  values(
    {},
    {
      hostname: 'box',
      pid: '42',
      nginx_version: '1.31.5',
      msec: '1795342112.123',
      time_local: '22/Nov/2026:11:08:32 +0100',
      time_iso8601: '2026-11-22T11:08:32+01:00',
      request_time: '1.234',
      connections_active: '4',
      connections_waiting: '1',
    },
  )
  assert.equal(NOW / 1000, 1795342112.123)
  assert.deepEqual([-5, 0, 7, 45, 999, 60_000].map(seconds), ['0.000', '0.000', '0.007', '0.045', '0.999', '60.000'])
})

test('a request has one id, and another request another one', () => {
  const own = table()
  const id = compileVariable('request_id', own)
  const [first, second] = [exchange(), exchange()]
  assert.equal(id(first), 'a0000000a0000001a0000002a0000003')
  assert.equal(id(first), id(first))
  assert.notEqual(id(second), id(first))
})

test('the response', () => {
  const made = exchange()
  made.status = 404
  made.bytesSent = 900
  made.bodyBytesSent = 800
  made.completed = true
  made.requestBytes = 77
  made.head = new ResponseHead(404, fields('Content-Type: text/html', 'X-A: 1', 'Link: a', 'Link: b'), 800)
  values(made, {
    status: '404',
    bytes_sent: '900',
    body_bytes_sent: '800',
    request_completion: 'OK',
    request_length: '77',
    sent_http_content_type: 'text/html',
    sent_http_x_a: '1',
    sent_http_link: 'a, b',
    sent_http_content_length: '800',
    sent_http_transfer_encoding: undefined,
    sent_http_none: undefined,
  })
  made.keep = true
  values(made, { sent_http_connection: 'keep-alive', sent_http_keep_alive: 'timeout=20' })
  made.keep = false
  values(made, { sent_http_connection: 'close', sent_http_keep_alive: undefined })
})

test('a status that is not known yet has three digits', () => {
  const made = exchange()
  made.status = 9
  assert.equal(value('status', made), '009')
})

test('one value an attempt, with a colon where an internal redirect lies between', () => {
  const made = exchange()
  const attempts = ['127.0.0.1:1', '127.0.0.1:2', 'group', '127.0.0.1:3'].map(address => new Attempt(address, NOW))
  attempts[3]!.afterRedirect = true
  Object.assign(attempts[0]!, { status: 504, responseMs: 1002, failure: failure('upstream_read_timeout') })
  Object.assign(attempts[1]!, { status: 502, responseMs: 3 })
  Object.assign(attempts[3]!, {
    status: 200,
    connectMs: 0,
    headerMs: 12,
    responseMs: 40,
    bodyBytes: 5,
    bytesSent: 70,
    bytesReceived: 90,
  })
  made.attempts = attempts
  made.upstream = 'group'
  values(made, {
    upstream_addr: '127.0.0.1:1, 127.0.0.1:2, group : 127.0.0.1:3',
    upstream_tries: '127.0.0.1:1, 127.0.0.1:2, group : 127.0.0.1:3',
    upstream_status: '504, 502, - : 200',
    upstream_connect_time: '-, -, - : 0.000',
    upstream_header_time: '-, -, - : 0.012',
    upstream_response_time: '1.002, 0.003, - : 0.040',
    upstream_response_length: '0, 0, 0 : 5',
    upstream_bytes_sent: '0, 0, 0 : 70',
    upstream_bytes_received: '0, 0, 0 : 90',
    upstream_name: 'group',
    failure: undefined,
  })
})

test('a failure is told in one word: the one of the exchange, or of its last attempt', () => {
  const made = exchange()
  const attempt = new Attempt('a', NOW)
  attempt.failure = failure('connect_refused')
  made.attempts = [attempt]
  assert.equal(value('failure', made), 'connect_refused')
  made.failure = failure('client_gone')
  assert.equal(value('failure', made), 'client_gone')
})

test('what the last peer answered', () => {
  const made = exchange()
  const attempt = new Attempt('a', NOW)
  made.attempts = [attempt]
  values(made, { upstream_http_x: undefined, upstream_cookie_a: undefined, upstream_http_content_length: undefined })
  attempt.head = new ResponseHead(200, fields('X: 1', 'Set-Cookie: a=1; Path=/', 'Set-Cookie: B = 2', 'X: 3'), 12)
  values(made, {
    upstream_http_x: '1, 3',
    upstream_cookie_a: '1',
    upstream_cookie_b: '2',
    upstream_cookie_path: undefined,
    upstream_http_content_length: '12',
  })
})

test('what belongs to a location comes from its scope', () => {
  assert.equal(value('proxy_host'), undefined)
  assert.equal(value('proxy_host', {}, { ...noScope, proxyHost: 'group', proxyPort: '80' }), 'group')
  assert.equal(value('proxy_port', {}, { ...noScope, proxyHost: 'x', proxyPort: () => '81' }), '81')
})

test('root and alias make paths, absolute and without a doubled slash', () => {
  const files = (scope: Partial<RouteScope>): (string | undefined)[] =>
    ['document_root', 'request_filename', 'realpath_root'].map(name =>
      value(name, { target: '/img/a.png' }, { ...noScope, ...scope }),
    )
  assert.deepEqual(files({}), ['/etc/keel/html', '/etc/keel/html/img/a.png', '/real/etc/keel/html'])
  assert.deepEqual(files({ root: template('/srv/') }), ['/srv', '/srv/img/a.png', '/real/srv'])
  assert.deepEqual(files({ root: template('/') }), ['', '/img/a.png', '/real'])
  assert.deepEqual(files({ root: template('/v/$host/') }), [
    '/v/first.example',
    '/v/first.example/img/a.png',
    '/real/v/first.example',
  ])
  assert.deepEqual(files({ alias: template('/pics/'), prefix: '/img/' }), ['/pics/', '/pics/a.png', '/real/pics/'])
  assert.deepEqual(files({ alias: template('/one.png') }), ['/one.png', '/one.png', '/real/one.png'])
  assert.equal(files({ root: template('/missing') })[2], undefined)
})

test('set gives a variable its value; before that it is empty, and a name nobody sets is missing', () => {
  const own = table()
  const set = compileAssignment('Color', own)
  const made = exchange()
  const color = compileVariable('color', own)
  assert.equal(color(made), '')
  set(made, 'red')
  assert.equal(color(made), 'red')
  assert.equal(compileVariable('other', own)(made), undefined)
})

test('set $args changes the query and makes the URI anew; set $http_x takes a family its name', () => {
  const own = table()
  const made = exchange({ target: '/?a=1', fields: ['X: sent'] })
  compileAssignment('args', own)(made, 'b=2')
  assert.equal(made.args, 'b=2')
  assert.equal(made.uriChanged, true)
  compileAssignment('http_x', own)(made, 'mine')
  assert.equal(compileVariable('http_x', own)(made), 'mine')
})

test('every name that a model may use has a meaning here', () => {
  for (const name of names.variableNames) assert.ok(variableNames.includes(name), name)
  for (const prefix of names.variablePrefixes) assert.ok(variablePrefixes.includes(prefix), prefix)
})
