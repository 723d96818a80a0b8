import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fields } from '../../exchange/fields.ts'
import { ResponseHead } from '../../exchange/head.ts'
import type { Outcome, Reply } from '../../exchange/outcome.ts'
import { settledSource } from '../../exchange/sink.ts'
import { defaults, type Settings } from '../../model/settings.ts'
import { BuiltinPages } from './builtin-pages.ts'
import { compileContentType } from '../files/content-type.ts'
import { compileEmptyGif } from './empty-gif.ts'
import { compileErrorPage } from './error-page.ts'
import { makeCompile, makeExchange, template, type Asked } from '../exchange.fixture.ts'
import { readExpires } from '../fields/expires.ts'
import { compileLocationField } from '../fields/location-field.ts'
import { compileResponseHeaders, compileTrailers } from '../fields/response-headers.ts'
import { compileStubStatus } from './stub-status.ts'

const now = 1_700_000_000

function headers(own: Partial<Settings>, status = 200, asked: Asked = {}, fields = new Fields()): Fields {
  const head = new ResponseHead(status, fields, 0)
  const { exchange } = makeExchange(asked)
  for (const step of compileResponseHeaders({ ...defaults, ...own }, makeCompile(), () => now)) step(exchange, head)
  return fields
}

const addHeader = (name: string, value: string, always = false): Partial<Settings> => ({
  addHeader: [{ name, value: template(value), always }],
})
const expires = (kind: 'epoch' | 'max' | 'after' | 'modified' | 'daily', seconds = 0): Partial<Settings> => ({
  expires: { kind, seconds, value: null },
})

test('fields are added to usual answers, to errors only with always', () => {
  for (const status of [200, 201, 204, 206, 301, 302, 303, 304, 307, 308]) {
    assert.equal(headers(addHeader('X-A', 'b'), status).get('X-A'), 'b', String(status))
  }
  for (const status of [202, 400, 404, 502]) {
    assert.equal(headers(addHeader('X-A', 'b'), status).get('X-A'), undefined, String(status))
    assert.equal(headers(addHeader('X-A', 'b', true), status).get('X-A'), 'b')
  }
})

test('an empty value adds nothing, and a line break in one never reaches a header', () => {
  assert.equal(headers(addHeader('X-A', '$arg_v')).has('X-A'), false)
  assert.equal(headers(addHeader('X-A', '$arg_v'), 200, { target: '/?v=ok' }).get('X-A'), 'ok')
  assert.equal(headers(addHeader('X-A', '$arg_v'), 200, { target: '/?v=a%250d%250aX-Evil:1' }).has('X-A'), false)
  assert.equal(headers(addHeader('X-A', '$arg_v'), 200, { target: '/?v=a%2500' }).has('X-A'), false)
})

test('framing can not be added', () => {
  assert.equal(headers(addHeader('Content-Length', '5')).has('Content-Length'), false)
  assert.equal(headers(addHeader('transfer-encoding', 'chunked')).has('Transfer-Encoding'), false)
})

test('ETag and Last-Modified are replaced, Cache-Control is added to', () => {
  const fields = new Fields()
  fields.add('ETag', '"a"')
  fields.add('Cache-Control', 'private')
  assert.deepEqual(headers(addHeader('ETag', '"b"'), 200, {}, fields).getAll('ETag'), ['"b"'])
  assert.deepEqual(headers(addHeader('Cache-Control', 'no-store'), 200, {}, fields).getAll('Cache-Control'), [
    'private',
    'no-store',
  ])
  assert.equal(headers(addHeader('ETag', ''), 200, {}, fields).has('ETag'), false)
})

test('expires counts from now, from the change of the file, or to a fixed date', () => {
  const told = (own: Partial<Settings>, fields = new Fields()): [string | undefined, string | undefined] => {
    headers(own, 200, {}, fields)
    return [fields.get('Expires'), fields.get('Cache-Control')]
  }
  assert.deepEqual(told(expires('epoch')), ['Thu, 01 Jan 1970 00:00:01 GMT', 'no-cache'])
  assert.deepEqual(told(expires('max')), ['Thu, 31 Dec 2037 23:55:55 GMT', 'max-age=315360000'])
  assert.deepEqual(told(expires('after', 60)), ['Tue, 14 Nov 2023 22:14:20 GMT', 'max-age=60'])
  assert.deepEqual(told(expires('after', 0)), ['Tue, 14 Nov 2023 22:13:20 GMT', 'max-age=0'])
  assert.deepEqual(told(expires('after', -1)), ['Tue, 14 Nov 2023 22:13:19 GMT', 'no-cache'])
  const fields = new Fields()
  fields.add('Last-Modified', 'Tue, 14 Nov 2023 22:13:10 GMT')
  fields.add('Cache-Control', 'private')
  assert.deepEqual(told(expires('modified', 60), fields), ['Tue, 14 Nov 2023 22:14:10 GMT', 'max-age=50'])
  assert.equal(fields.getAll('Cache-Control').length, 1)
  assert.deepEqual(told(expires('modified', 60)), ['Tue, 14 Nov 2023 22:14:20 GMT', 'max-age=60'])
  const daily = /^max-age=(\d+)$/.exec(told(expires('daily', 15 * 3600))[1]!)!
  const at = new Date((now + Number(daily[1])) * 1000)
  assert.deepEqual([at.getHours(), at.getMinutes(), at.getSeconds()], [15, 0, 0])
  assert.ok(Number(daily[1]) > 0 && Number(daily[1]) <= 90000)
})

test('a variable may say when, and nonsense says nothing', () => {
  assert.deepEqual(readExpires('1h30m'), { kind: 'after', seconds: 5400 })
  assert.deepEqual(readExpires('-1'), { kind: 'after', seconds: -1 })
  assert.deepEqual(readExpires('@15h30m'), { kind: 'daily', seconds: 55800 })
  assert.deepEqual(readExpires('max'), { kind: 'max', seconds: 0 })
  for (const text of ['', 'x', '@25h', '1m1h', '1h1h', '-']) assert.equal(readExpires(text), null, text)
  const own = { expires: { kind: 'variable', seconds: 0, value: template('$arg_e') } } as const
  assert.equal(headers(own, 200, { target: '/?e=30' }).get('Cache-Control'), 'max-age=30')
  assert.equal(headers(own, 200, { target: '/?e=off' }).has('Expires'), false)
})

test('trailers make the body chunked and come with its end', () => {
  const filter = compileTrailers(
    { addTrailer: [{ name: 'X-End', value: template('$uri'), always: false }] },
    makeCompile(),
  )!
  const { exchange, sink } = makeExchange({ target: '/t' })
  const filtered = filter(exchange, sink)
  filtered.head(new ResponseHead(200, new Fields(), 5), settledSource)
  filtered.end()
  assert.equal(sink.response!.length, -1)
  assert.equal(sink.trailers!.get('X-End'), '/t')
  const failing = makeExchange()
  const other = filter(failing.exchange, failing.sink)
  other.head(new ResponseHead(500, new Fields(), 5), settledSource)
  other.end()
  assert.equal(failing.sink.response!.length, 5)
  assert.equal(failing.sink.trailers, undefined)
  const old = makeExchange({ version: 10 })
  assert.equal(filter(old.exchange, old.sink), old.sink)
})

test('a path in a Location becomes a URL by the rules of the location', () => {
  const told = (own: Partial<Settings>, asked: Asked): string =>
    compileLocationField({ ...defaults, ...own })(makeExchange(asked).exchange, '/x')
  assert.equal(told({}, {}), 'http://example.org/x')
  assert.equal(told({}, { localPort: 8080 }), 'http://example.org:8080/x')
  assert.equal(told({ portInRedirect: false }, { localPort: 8080 }), 'http://example.org/x')
  assert.equal(told({}, { secure: true, localPort: 443 }), 'https://example.org/x')
  assert.equal(told({}, { secure: true, localPort: 80 }), 'https://example.org:80/x')
  assert.equal(told({ serverNameInRedirect: true }, {}), 'http://first.example/x')
  assert.equal(told({}, { host: '' }), 'http://192.0.2.1/x')
  assert.equal(told({ absoluteRedirect: false }, {}), '/x')
})

test('types go by the extension as nginx reads it', () => {
  const typeOf = compileContentType({ types: { html: 'text/html', GIF: 'image/gif' }, defaultType: 'text/plain' })
  assert.equal(typeOf('/a.HTML'), 'text/html')
  assert.equal(typeOf('/a.gif'), 'image/gif')
  for (const uri of ['/.html', '/d.html/a', '/a', '/a.constructor', '']) assert.equal(typeOf(uri), 'text/plain', uri)
})

const errorPage = (uri: string, answer: number | 'answer' | null, status: number, method = 'POST'): Outcome =>
  compileErrorPage([{ statuses: [404, 494, 502], answer, uri: template(uri) }], makeCompile())!(
    makeExchange({ method, target: '/x?y=1' }).exchange,
    status,
  )

test('an error page on a path is fetched with GET and keeps the status unless told otherwise', () => {
  assert.deepEqual(errorPage('/404.html', null, 404), {
    kind: 'redirect',
    uri: '/404.html',
    args: '',
    method: 'GET',
    status: 404,
  })
  assert.deepEqual(errorPage('/e?c=1', 200, 404, 'HEAD'), {
    kind: 'redirect',
    uri: '/e',
    args: 'c=1',
    method: 'HEAD',
    status: 200,
  })
  assert.deepEqual(errorPage('/e', 'answer', 502), { kind: 'redirect', uri: '/e', args: '', method: 'GET', status: 0 })
  assert.deepEqual(errorPage('/e', null, 494), { kind: 'redirect', uri: '/e', args: '', method: 'GET', status: 400 })
  assert.equal(errorPage('/e', null, 500), undefined)
})

test('a named location keeps the method, a URL sends the client away', () => {
  assert.deepEqual(errorPage('@fallback', null, 502), { kind: 'redirect', uri: '@fallback', status: 502 })
  const away = errorPage('https://other.example/$uri', null, 404) as Reply
  assert.equal(away.status, 302)
  assert.equal(away.fields!.get('Location'), 'https://other.example//x')
  assert.equal((errorPage('https://o.example', 301, 404) as Reply).status, 301)
  assert.equal((errorPage('https://o.example', 200, 404) as Reply).status, 302)
})

test('the built-in pages have the form of nginx with our name', () => {
  const pages = new BuiltinPages('evenkeel/0.1.0', true)
  assert.equal(
    String(pages.bodyOf(502, false)),
    '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n' +
      '<hr><center>evenkeel/0.1.0</center>\r\n</body>\r\n</html>\r\n',
  )
  const { exchange } = makeExchange()
  const tooLarge = pages.replyFor(exchange, 494)
  assert.equal(tooLarge.status, 400)
  assert.match(
    String(tooLarge.body),
    /<title>400 Request Header Or Cookie Too Large<\/title>.*<h1>400 Bad Request<\/h1><\/center>\r\n<center>Request Header Or Cookie Too Large<\/center>/s,
  )
  assert.equal(pages.replyFor(exchange, 418).body, '')
  const chrome = makeExchange({ fields: { 'User-Agent': 'Chrome/120' } }).exchange
  assert.equal(String(pages.replyFor(chrome, 404).body).match(/<!-- a padding/g)!.length, 6)
  assert.doesNotMatch(String(pages.replyFor(chrome, 301).body), /padding/)
  assert.doesNotMatch(String(new BuiltinPages('evenkeel', false).replyFor(chrome, 404).body), /padding/)
})

test('stub_status tells seven counters', () => {
  const action = compileStubStatus(() => ({
    active: 1,
    accepted: 2,
    handled: 3,
    requests: 4,
    reading: 5,
    writing: 6,
    waiting: 7,
  }))
  assert.equal(
    (action(makeExchange().exchange) as Reply).body,
    'Active connections: 1 \nserver accepts handled requests\n 2 3 4 \nReading: 5 Writing: 6 Waiting: 7 \n',
  )
  assert.equal((action(makeExchange({ method: 'POST' }).exchange) as Reply).status, 405)
})

test('the empty gif is 43 bytes and does not change', () => {
  const action = compileEmptyGif(defaults)
  const reply = action(makeExchange().exchange) as Reply
  assert.equal(reply.body!.length, 43)
  const again = { 'If-Modified-Since': reply.fields!.get('Last-Modified')! }
  assert.equal((action(makeExchange({ fields: again }).exchange) as Reply).status, 304)
})
