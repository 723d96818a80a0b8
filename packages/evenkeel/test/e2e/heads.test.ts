/** Request lines, fields and Host as they arrive: what is refused, and what exactly goes on to the origin. */
import assert from 'node:assert/strict'
import { after, afterEach, test } from 'node:test'
import { ok, openStage } from './stage.ts'

const stage = await openStage({
  server: 'location /moved/ { proxy_pass http://origin/there/; }',
  locations: {
    '/xff': 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Real-IP $remote_addr;',
    '/inject': 'proxy_set_header X-Arg $uri; add_header X-Back $uri;',
  },
})
after(() => stage.close())
afterEach(() => stage.peerIsFree())

const lines = (...all: readonly string[]): string => all.join('\r\n') + '\r\n\r\n'
const line = (text: string): string => lines(text, 'Host: a')
const field = (text: string): string => lines('GET / HTTP/1.1', 'Host: a', text)
const host = (text: string): string => lines('GET / HTTP/1.1', 'Host: ' + text)

const refused: readonly (readonly [string, number, string | Buffer])[] = [
  ['a bare CR in a value', 400, field('X-A: a\rb')],
  ['a NUL in a value', 400, field('X-A: a\0b')],
  ['a space in a name', 400, field('X A: 1')],
  ['a NUL in a name', 400, field('X\0A: 1')],
  ['an empty name', 400, field(': x')],
  ['a folded line', 400, field('X-A: 1\r\n 2')],
  ['a first field that begins with a space', 400, lines('GET / HTTP/1.1', ' X: 1', 'Host: a')],
  ['no Host in HTTP/1.1', 400, lines('GET / HTTP/1.1')],
  ['two Hosts', 400, lines('GET / HTTP/1.1', 'Host: a', 'Host: a')],
  ['a Host with a space', 400, host('a b')],
  ['a Host with a path', 400, host('a/b')],
  ['a Host with a user', 400, host('u@a')],
  ['a Host with a port of letters', 400, host('a:b')],
  ['GET *', 400, line('GET * HTTP/1.1')],
  ['CONNECT', 405, lines('CONNECT a:443 HTTP/1.1', 'Host: a:443')],
  ['TRACE', 405, line('TRACE / HTTP/1.1')],
  ['a method with a bracket', 400, line('G[T / HTTP/1.1')],
  ['a method in lower case', 400, line('get / HTTP/1.1')],
  ['HTTP/0.9', 400, 'GET /\r\n'],
  ['HTTP/2.0', 505, line('GET / HTTP/2.0')],
  ['HTTP/3.0', 505, line('GET / HTTP/3.0')],
  ['the preface of HTTP/2', 400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a space in the target', 400, line('GET /a b HTTP/1.1')],
  ['a control byte in the target', 400, line('GET /a\x01 HTTP/1.1')],
  ['a byte beyond ASCII in the target', 400, line('GET /\xc3\xa9 HTTP/1.1')],
  ['%00 in the path', 400, line('GET /a%00 HTTP/1.1')],
  ['a broken escape in the path', 400, line('GET /a%zz HTTP/1.1')],
  ['a path above the root', 400, line('GET /a/../../etc HTTP/1.1')],
  ['an escaped path above the root', 400, line('GET /%2e%2e/etc HTTP/1.1')],
  ['a target of 20 KB', 414, line('GET /' + 'a'.repeat(20_000) + ' HTTP/1.1')],
  ['a target of 100 KB', 414, line('GET /' + 'a'.repeat(100_000) + ' HTTP/1.1')],
  ['a field of 20 KB', 400, field('X-A: ' + 'a'.repeat(20_000))],
  ['100 KB of fields', 400, field(('X-A: ' + 'a'.repeat(990) + '\r\n').repeat(100) + 'X: 1')],
  ['2000 fields', 400, field('A: b\r\n'.repeat(2000) + 'X: 1')],
  ['a TLS hello', 400, Buffer.from('16030100c0010000bc0303' + '00'.repeat(180), 'hex')],
  ['a PROXY line unasked', 400, 'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n' + line('GET / HTTP/1.1')],
]

for (const [what, status, bytes] of refused) {
  test(`${what} is refused with ${status}, and nothing reaches the origin`, async () => {
    const served = stage.origin.accepted
    const client = (await stage.connect()).send(bytes)
    assert.equal((await client.readResponse()).status, status)
    await client.expectClose()
    assert.equal(stage.origin.accepted, served)
  })
}

/** Sends it, answers it, and gives the lines of the head that the origin got. */
async function passed(bytes: string): Promise<string[]> {
  const client = (await stage.connect()).send(bytes)
  const upstream = await stage.accept()
  const head = await upstream.expect(/\r\n\r\n/)
  upstream.send(ok('x'))
  assert.equal((await client.readResponse()).text, 'x')
  return head.trimEnd().split('\r\n')
}

test('a plain request goes on with the name of the upstream as its Host and nothing else changed', async () => {
  assert.deepEqual(await passed(lines('GET /a?b=c HTTP/1.1', 'Host: a', 'X-One: 1', 'x-two:  2 ', 'Cookie: a=b')), [
    'GET /a?b=c HTTP/1.1',
    'Host: origin',
    'X-One: 1',
    'x-two: 2',
    'Cookie: a=b',
  ])
})

for (const [what, bytes, target] of [
  ['bare LFs end lines', 'GET /lf HTTP/1.1\nHost: a\n\n', '/lf'],
  ['empty lines before a request are skipped', '\r\n\r\n' + line('GET /crlf HTTP/1.1'), '/crlf'],
  ['an unknown method is passed on', line('PURGE /m HTTP/1.1'), '/m'],
  ['HTTP/1.2 is HTTP/1.1', line('GET /12 HTTP/1.2'), '/12'],
  [
    'a target is passed on as it was written',
    line('GET /a%2Fb/%7e/./c/../d//e?x=%zz HTTP/1.1'),
    '/a%2Fb/%7e/./c/../d//e?x=%zz',
  ],
  ['a target with two slashes is a path', line('GET //evil/x HTTP/1.1'), '//evil/x'],
  ['a target with a backslash is a path', line('GET /\\evil HTTP/1.1'), '/\\evil'],
  ['an absolute target becomes a path', line('GET http://a/abs?q HTTP/1.1'), '/abs?q'],
  ['an absolute target without a path becomes a slash', line('GET http://a HTTP/1.1'), '/'],
  [
    'a URI of proxy_pass replaces the start of the path',
    line('GET /moved/a%2Fb%20c?q=1 HTTP/1.1'),
    '/there/a/b%20c?q=1',
  ],
] as const) {
  test(what, async () => {
    assert.equal((await passed(bytes))[0]!.split(' ')[1], target)
  })
}

test('the same head byte by byte is the same request', async () => {
  const client = await stage.connect()
  for (const byte of lines('GET /slow HTTP/1.1', 'Host: a', 'X-One: 1')) {
    client.send(byte)
    await new Promise(resolve => setImmediate(resolve))
  }
  const upstream = await stage.accept()
  assert.equal(await upstream.expect(/\r\n\r\n/), lines('GET /slow HTTP/1.1', 'Host: origin', 'X-One: 1'))
})

test('fields that are about this connection, or are named by Connection, stop here', async () => {
  const head = lines(
    'GET / HTTP/1.1',
    'Host: a',
    'Connection: close, X-Hop',
    'X-Hop: 1',
    'Keep-Alive: 1',
    'Proxy-Connection: a',
    'TE: gzip',
    'Upgrade: h2c',
    'Expect: 100-continue',
    'X-Stays: 1',
  )
  assert.deepEqual(await passed(head), ['GET / HTTP/1.1', 'Host: origin', 'X-Stays: 1'])
})

test('Connection can not take away framing, Host or cookies', async () => {
  const client = (await stage.connect()).send(
    lines(
      'POST / HTTP/1.1',
      'Host: a',
      'Connection: Content-Length, Host, Cookie, Transfer-Encoding',
      'Cookie: a=b',
      'Content-Length: 3',
    ) + 'abc',
  )
  const upstream = await stage.accept()
  const request = await upstream.receive()
  assert.deepEqual([request.text, request.get('host'), request.get('cookie')], ['abc', 'origin', 'a=b'])
  upstream.send(ok('x'))
  assert.equal((await client.readResponse()).text, 'x')
})

test('names with underscores and names that are none do not go on', async () => {
  const head = await passed(lines('GET / HTTP/1.1', 'Host: a', 'X_A: 1', '__proto__: 1', 'constructor: 1', 'X-B: 1'))
  assert.deepEqual(head, ['GET / HTTP/1.1', 'Host: origin', 'constructor: 1', 'X-B: 1'])
})

test('a client address it claims is added to, or replaced, by what we know', async () => {
  const head = await passed(lines('GET /xff HTTP/1.1', 'Host: a', 'X-Forwarded-For: 6.6.6.6', 'X-Real-IP: 6.6.6.6'))
  assert.ok(head.includes('X-Forwarded-For: 6.6.6.6, 127.0.0.1'), head.join('\n'))
  assert.deepEqual(
    head.filter(found => found.startsWith('X-Real-IP')),
    ['X-Real-IP: 127.0.0.1'],
  )
})

test('a line break in a variable begins no field, neither up nor back', async () => {
  const client = (await stage.connect()).send(line('GET /inject%0d%0aX-Evil:%201 HTTP/1.1'))
  const upstream = await stage.accept()
  assert.doesNotMatch(await upstream.expect(/\r\n\r\n/), /^x-evil/im)
  upstream.send(ok('x'))
  assert.equal((await client.readResponse()).get('x-evil'), undefined)
})

test('200 fields are passed on', async () => {
  const many = Array.from({ length: 200 }, (_, i) => `X-${i}: ${i}`)
  assert.equal((await passed(lines('GET / HTTP/1.1', 'Host: a', ...many))).length, 202)
})

test('HTTP/1.0 without a Host is served, and closed unless it asks to be kept', async () => {
  const client = (await stage.connect()).send('GET / HTTP/1.0\r\n\r\n')
  const upstream = await stage.accept()
  assert.match(await upstream.expect(/\r\n\r\n/), /^GET \/ HTTP\/1\.1\r\nHost: origin\r\n/)
  upstream.send(ok('x'))
  assert.equal((await client.readResponse()).get('connection'), 'close')
  await client.expectClose()
})
