import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestHead } from '../../exchange/head.ts'
import { HeaderField } from './header-field.ts'
import { RequestFields, type FieldLimits } from './request-fields.ts'

type Pair = readonly [name: string, value: string]

const limits: FieldLimits = { fieldSize: 1000, totalSize: 2000, maxFields: 10, underscores: false, ignoreInvalid: true }

interface Found {
  head: RequestHead
  cause: unknown
  tooLarge: boolean
}

function read(pairs: readonly Pair[], endStream = true, changed: Partial<FieldLimits> = {}): Found {
  const fields = new RequestFields({ ...limits, ...changed })
  fields.begin()
  for (const [name, value] of pairs) fields.field(new HeaderField(name, value))
  const head = fields.finish(endStream, 100)
  return { head, cause: fields.problem?.cause ?? fields.problem?.code ?? null, tooLarge: fields.tooLarge }
}

const get: readonly Pair[] = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', 'Example.org:8443'],
  [':path', '/a/b?c=d#e'],
]
const without = (name: string): Pair[] => get.filter(pair => pair[0] !== name)
const having = (name: string, value: string): Pair[] => get.map(pair => (pair[0] === name ? [name, value] : pair))

test('a request is made of its pseudo-headers', () => {
  const { head, cause } = read(get)
  assert.equal(cause, null)
  assert.deepEqual([head.method, head.target, head.version, head.length], ['GET', '/a/b?c=d#e', 20, 0])
  assert.deepEqual([head.path, head.query, head.hasQuery], ['/a/b', 'c=d', true])
  assert.deepEqual([head.host, head.port, head.authority], ['example.org', '8443', 'Example.org:8443'])
})

test('its fields are the lines of an HTTP/1 head', () => {
  const { head } = read([...get, ['accept', '*/*'], ['x-a', ' b\t'], ['te', 'trailers']])
  assert.equal(head.fields.render(), 'accept: */*\r\nx-a: b\r\nte: trailers\r\n')
  assert.equal(head.fields.get('X-A'), 'b')
})

test('the crumbs of a cookie become one field', () => {
  const { head } = read([...get, ['cookie', 'a=b'], ['x', 'y'], ['cookie', 'c=d'], ['cookie', 'e=f']])
  assert.deepEqual(head.fields.getAll('cookie'), ['a=b; c=d; e=f'])
})

test('a body is as long as it says, or ends with its stream', () => {
  assert.equal(read([...get, ['content-length', '5']], false).head.length, 5)
  assert.equal(read(get, false).head.length, -1)
  assert.equal(read([...get, ['content-length', '0']]).head.length, 0)
})

test('Host stands in for :authority, and may stand beside it when it says the same', () => {
  assert.equal(read([...without(':authority'), ['host', 'a.b']]).head.host, 'a.b')
  assert.equal(read([...get, ['host', 'Example.org:8443']]).cause, null)
})

test('one reader keeps nothing of the request before', () => {
  const fields = new RequestFields(limits)
  for (const pairs of [[...get, ['cookie', 'x'], ['content-length', '7'], ['expect', '100-continue']] as Pair[], get]) {
    fields.begin()
    for (const [name, value] of pairs) fields.field(new HeaderField(name, value))
    const head = fields.finish(pairs === get, 1)
    assert.equal(fields.problem, null)
    if (pairs !== get) continue
    assert.deepEqual([head.fields.render(), head.length, head.expectsContinue], ['', 0, false])
  }
})

const malformed: readonly (readonly [what: string, pairs: readonly Pair[]])[] = [
  ['no :method', without(':method')],
  ['no :scheme', without(':scheme')],
  ['no :path', without(':path')],
  ['neither :authority nor Host', without(':authority')],
  ['an empty :method', having(':method', '')],
  ['an empty :path', having(':path', '')],
  ['an empty :authority', having(':authority', '')],
  ['a method in small letters', having(':method', 'get')],
  ['a method with a space', having(':method', 'GET / HTTP/1.1')],
  ['a scheme with a slash', having(':scheme', 'http://x/?')],
  ['a path without its slash', having(':path', 'a')],
  ['a path with a space', having(':path', '/a b')],
  ['a path with a line break', having(':path', '/a\r\nx: y')],
  ['a path beyond ASCII', having(':path', '/\xe4')],
  ['a star for another method than OPTIONS', having(':path', '*')],
  ['an authority with a path', having(':authority', 'a/b')],
  ['an authority with a user', having(':authority', 'u@a')],
  ['a port that is no number', having(':authority', 'a:b')],
  ['Host and :authority that differ', [...get, ['host', 'example.org']]],
  ['two :path', [...get, [':path', '/']]],
  ['an unknown pseudo-header', [...get, [':nothing', 'x']]],
  ['a pseudo-header of responses', [...get, [':status', '200']]],
  ['a pseudo-header behind a field', [...without(':path'), ['a', 'b'], [':path', '/']]],
  ['a name with capitals', [...get, ['X-A', 'b']]],
  ['a name with a colon', [...get, ['a:b', 'c']]],
  ['a name with a space', [...get, ['a b', 'c']]],
  ['a name that is empty behind its colon', [...get, [':', 'c']]],
  ['a value with a line break', [...get, ['a', 'b\r\nc: d']]],
  ['a value with NUL', [...get, ['a', 'b\0']]],
  ['Connection', [...get, ['connection', 'close']]],
  ['Keep-Alive', [...get, ['keep-alive', '5']]],
  ['Proxy-Connection', [...get, ['proxy-connection', 'close']]],
  ['Transfer-Encoding', [...get, ['transfer-encoding', 'chunked']]],
  ['Upgrade', [...get, ['upgrade', 'websocket']]],
  ['TE with anything but trailers', [...get, ['te', 'trailers, deflate']]],
  ['two TE', [...get, ['te', 'trailers'], ['te', 'trailers']]],
  ['two Content-Length', [...get, ['content-length', '0'], ['content-length', '0']]],
  ['a Content-Length that is no number', [...get, ['content-length', '0x1']]],
  ['a Content-Length with nothing behind it', [...get, ['content-length', '1']]],
  ['two Authorization', [...get, ['authorization', 'a'], ['authorization', 'b']]],
]
for (const [what, pairs] of malformed) {
  test(`${what}: malformed`, () => {
    const fields = new RequestFields(limits)
    fields.begin()
    for (const [name, value] of pairs) fields.field(new HeaderField(name, value))
    fields.finish(true, 1)
    assert.equal(fields.problem?.code, 'malformed_request')
  })
}

test('CONNECT needs neither a scheme nor a path', () => {
  const { head, cause } = read([
    [':method', 'CONNECT'],
    [':authority', 'a:443'],
  ])
  assert.deepEqual([cause, head.method, head.path], [null, 'CONNECT', ''])
})

test('fields with odd names are left out, unless the configuration wants them', () => {
  const odd: Pair[] = [...get, ['a_b', '1'], ['a.b', '2'], ['a(b', '3'], ['ok', '4']]
  assert.equal(read(odd).head.fields.render(), 'ok: 4\r\n')
  assert.equal(read(odd, true, { underscores: true }).head.fields.render(), 'a_b: 1\r\nok: 4\r\n')
  const tokens: Pair[] = [...get, ['a_b', '1'], ['a.b', '2']]
  assert.equal(read(tokens, true, { ignoreInvalid: false }).head.fields.render(), 'a_b: 1\r\na.b: 2\r\n')
  assert.equal(read(odd, true, { ignoreInvalid: false }).cause, 'invalid field name')
})

test('limits: a long field or a long list costs the connection, too many fields the request', () => {
  assert.equal(read([...get, ['a', 'x'.repeat(1000)]]).tooLarge, false)
  assert.equal(read([...get, ['a', 'x'.repeat(1001)]]).tooLarge, true)
  assert.equal(read([...get, ['x'.repeat(1001), '']]).tooLarge, true)
  const half: Pair = ['a', 'x'.repeat(999)]
  assert.equal(read([...get, half, half]).tooLarge, true)
  assert.equal(read([...get, ...Array.from({ length: 11 }, (_, i): Pair => ['a' + i, ''])]).cause, 'too many fields')
})
