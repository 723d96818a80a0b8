/** slice: one response out of many ranges, and what becomes of it when the ranges do not fit together. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { startOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

const text = 'abcdefghijklmnopqrstuvwxyz0123456789'
const large = Array.from({ length: 100_000 }, (_, i) => String(i)).join()
const origin = await startOrigin()
const proxy = await startProxy({
  files: { 'html/t': text, 'html/large': large, 'html/empty': '', 'html/page.html': 'a<!--#echo var="uri" -->b' },
  config: ports => `
proxy_cache_path cache keys_zone=slices:1m;
log_format ranges '$uri $http_range $status';
server {
  listen 127.0.0.1:${ports['main']};
  access_log off;
  location / { slice 10; proxy_pass http://127.0.0.1:${ports['files']}; proxy_set_header Range $slice_range; }
  location = /large { slice 64k; proxy_pass http://127.0.0.1:${ports['files']}; proxy_set_header Range $slice_range; }
  location = /page.html { slice 7; ssi on; proxy_pass http://127.0.0.1:${ports['files']}; proxy_set_header Range $slice_range; }
  location /stored/ {
    slice 10;
    proxy_pass http://127.0.0.1:${ports['files']}/;
    proxy_set_header Range $slice_range;
    proxy_cache slices;
    proxy_cache_key $uri$slice_range;
    proxy_cache_valid 200 206 1h;
  }
  location /whole/ { slice 10; proxy_pass http://127.0.0.1:${ports['files']}/; }
  location /scripted { slice 10; proxy_pass http://${origin.address}; proxy_set_header Range $slice_range; }
}
server { listen 127.0.0.1:${ports['files']}; access_log access.log ranges; root html; }`,
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
})
const port = proxy.port('main')

/** The ranges that were asked for since the last call. */
let calls = 0
async function asked(): Promise<string[]> {
  const [before, end] = [`/end${calls} `, `/end${++calls} `]
  await ask(proxy.port('files'), get(end.trim()))
  const lines = await until(
    () => `${end} in ${proxy.read('access.log')}`,
    async () => {
      const all = await proxy.accessLog()
      return all.some(line => line.startsWith(end)) ? all : undefined
    },
  )
  const start = lines.findIndex(line => line.startsWith(before)) + 1
  return lines
    .slice(start)
    .filter(line => line.startsWith('/t '))
    .map(line => line.split(' ')[1]!)
}

const part = (range: string, body: string, etag = '"a"'): string =>
  `HTTP/1.1 206 Partial Content\r\nETag: ${etag}\r\nContent-Range: bytes ${range}\r\nContent-Length: ${body.length}\r\n\r\n${body}`

test('the whole, slice by slice', async () => {
  const response = await ask(port, get('/t'))
  assert.deepEqual(
    [response.status, response.text, response.get('content-length'), response.get('accept-ranges')],
    [200, text, '36', 'bytes'],
  )
  assert.equal(response.get('content-range'), undefined)
  assert.deepEqual(await asked(), ['bytes=0-9', 'bytes=10-19', 'bytes=20-29', 'bytes=30-39'])
  assert.equal((await ask(port, get('/large'))).text, large)
})

test('of a range no more slices than it touches', async () => {
  await asked()
  const cases: readonly (readonly [string, string, string, readonly string[]])[] = [
    ['bytes=12-15', 'mnop', 'bytes 12-15/36', ['bytes=10-19']],
    ['bytes=8-11', 'ijkl', 'bytes 8-11/36', ['bytes=0-9', 'bytes=10-19']],
    ['bytes=30-', '456789', 'bytes 30-35/36', ['bytes=30-39']],
    ['bytes=-3', '789', 'bytes 33-35/36', ['bytes=0-9', 'bytes=30-39']],
  ]
  for (const [range, body, told, slices] of cases) {
    const response = await ask(port, get('/t', `Range: ${range}`))
    assert.deepEqual([response.status, response.text, response.get('content-range')], [206, body, told])
    assert.deepEqual(await asked(), slices)
  }
})

test('several ranges, or ranges of what has changed, are the whole', async () => {
  assert.equal((await ask(port, get('/t', 'Range: bytes=0-1,4-5'))).text, text)
  assert.equal((await ask(port, get('/t', 'Range: bytes=20-', 'If-Range: "other"'))).text, text)
})

test('with a cache each slice is asked for once', async () => {
  await asked()
  assert.equal((await ask(port, get('/stored/t', 'Range: bytes=5-14'))).text, 'fghijklmno')
  assert.deepEqual(await asked(), ['bytes=0-9', 'bytes=10-19'])
  assert.equal((await ask(port, get('/stored/t'))).text, text)
  assert.deepEqual(await asked(), ['bytes=20-29', 'bytes=30-39'])
  assert.equal((await ask(port, get('/stored/t', 'Range: bytes=18-21'))).text, 'stuv')
  assert.deepEqual(await asked(), [])
})

test('HEAD, errors, and what has no bytes', async () => {
  const head = await ask(port, 'HEAD /t HTTP/1.1\r\nHost: a\r\n\r\n')
  assert.deepEqual([head.status, head.get('content-length')], [200, '36'])
  assert.equal((await ask(port, get('/nothing'))).status, 404)
  assert.equal((await ask(port, get('/t', 'Range: bytes=100-'))).status, 416)
})

test('where nobody asks for slices a range is what it is', async () => {
  const response = await ask(port, get('/whole/t', 'Range: bytes=1-2'))
  assert.deepEqual([response.status, response.text, response.get('content-range')], [206, 'bc', 'bytes 1-2/36'])
})

test('filters see the whole, not slices of it', async () => {
  assert.equal((await ask(port, get('/page.html'))).text, 'a/page.htmlb')
})

test('an origin without ranges sends the whole', async () => {
  await using client = await connect(port)
  client.send(get('/scripted'))
  const connection = await origin.accept()
  await connection.receive()
  connection.send('HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nabcdefghijkl').close()
  assert.equal((await client.readResponse()).text, 'abcdefghijkl')
})

test('another range than the first that was asked for is 502', async () => {
  await using client = await connect(port)
  client.send(get('/scripted'))
  const connection = await origin.accept()
  await connection.receive()
  connection.send(part('1-10/20', 'b'.repeat(10)))
  assert.equal((await client.readResponse()).status, 502)
})

for (const [what, second] of [
  ['of something else', part('10-19/20', 'b'.repeat(10), '"b"')],
  ['of another range', part('11-19/20', 'b'.repeat(9))],
  ['that is an error', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'],
  ['that breaks off', part('10-19/20', 'b'.repeat(10)).slice(0, -5)],
] as const) {
  test(`a slice ${what} breaks the response off`, async () => {
    await using client = await connect(port)
    client.send(get('/scripted'))
    const first = await origin.accept()
    await first.receive()
    first.send(part('0-9/20', 'a'.repeat(10))).close()
    const next = await origin.accept()
    assert.equal((await next.receive()).get('range'), 'bytes=10-19')
    next.send(second).close()
    const response = await client.readResponse()
    assert.deepEqual([response.status, response.complete], [200, false])
  })
}

test('a client that leaves ends the slice under way', async () => {
  const client = await connect(port)
  client.send(get('/scripted'))
  const first = await origin.accept()
  await first.receive()
  first.send(part('0-9/20', 'a'.repeat(10))).close()
  const next = await origin.accept()
  await next.receive()
  await client.reset()
  await next.expectGone()
})
