/** Compression as clients see it: curl, HTTP/1.0, event streams, files coded beforehand, ranges, proxied answers. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import {
  brotliCompressSync,
  brotliDecompressSync,
  createGunzip,
  gunzipSync,
  gzipSync,
  zstdDecompressSync,
} from 'node:zlib'
import { ask, get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { startOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { unless } from '../scenario/requires.ts'

const run = promisify(execFile)
const page = '<p>some text, again and again</p>\n'.repeat(200)
const long = '<p>a longer text, again and again</p>\n'.repeat(20_000)

const origin = await startOrigin()
const proxy = await startProxy({
  files: {
    'html/page.html': page,
    'html/long.html': long,
    'html/short.html': 'short',
    'html/coded/a.css': 'plain css',
    'html/coded/a.css.gz': gzipSync('gzip css'),
    'html/coded/a.css.br': brotliCompressSync('brotli css'),
    'html/coded/b.css': 'only plain',
    'html/stored/c.txt.gz': gzipSync('stored'),
  },
  config: ports => `
types { text/html html; text/css css; text/plain txt; }
gzip on; brotli on; zstd on; gzip_vary on; gzip_comp_level 6;
server {
  listen 127.0.0.1:${ports['main']};
  location / { root html; }
  location /coded/ { root html; gzip_static on; brotli_static on; gzip off; brotli off; zstd off; }
  location /stored/ { root html; gzip_static always; gunzip on; brotli off; zstd off; }
  location /app/ { proxy_pass http://${origin.address}; }
  location /forced/ { proxy_pass http://${origin.address}; proxy_force_ranges on; gzip off; brotli off; zstd off; }
}`,
})
const port = proxy.port('main')
after(async () => {
  await proxy[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
})

for (const [name, decode] of [
  ['gzip', gunzipSync],
  ['br', brotliDecompressSync],
  ['zstd', zstdDecompressSync],
] as const) {
  test(`files, short and long, go out as ${name} to who takes it`, async () => {
    for (const [target, text] of [
      ['/page.html', page],
      ['/long.html', long],
    ] as const) {
      const response = await ask(port, get(target, `Accept-Encoding: ${name}`))
      assert.equal(response.get('content-encoding'), name)
      assert.equal(response.get('vary'), 'Accept-Encoding')
      assert.match(response.get('etag') ?? '', /^W\//)
      assert.equal(response.get('accept-ranges'), undefined)
      assert.equal(decode(response.body).toString(), text)
    }
  })
}

test('curl --compressed gets the text, whatever it can decode', { skip: unless('curl') }, async () => {
  for (const [target, text] of [
    ['/page.html', page],
    ['/long.html', long],
  ] as const) {
    const { stdout } = await run('curl', ['-s', '--compressed', `http://127.0.0.1:${port}${target}`])
    assert.equal(stdout, text)
  }
})

test('a coded answer is never cut in parts; who does not take codings gets parts', async () => {
  const coded = await ask(port, get('/page.html', 'Accept-Encoding: gzip', 'Range: bytes=0-9'))
  assert.deepEqual([coded.status, gunzipSync(coded.body).toString()], [200, page])
  const part = await ask(port, get('/page.html', 'Range: bytes=0-9'))
  assert.deepEqual([part.status, part.text, part.get('vary')], [206, page.slice(0, 10), 'Accept-Encoding'])
  const whole = await ask(port, get('/page.html'))
  assert.deepEqual([whole.get('accept-ranges'), whole.get('vary')], ['bytes', 'Accept-Encoding'])
})

test('the tag of a coded answer comes back and is known', async () => {
  const { get: field } = await ask(port, get('/page.html', 'Accept-Encoding: gzip'))
  const again = await ask(port, get('/page.html', 'Accept-Encoding: gzip', `If-None-Match: ${field('etag')}`))
  assert.equal(again.status, 304)
})

test('HEAD and short files are as they are', async () => {
  const head = await ask(port, 'HEAD /page.html HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n')
  assert.deepEqual([head.get('content-length'), head.get('content-encoding')], [String(page.length), undefined])
  assert.equal((await ask(port, get('/short.html', 'Accept-Encoding: gzip'))).text, 'short')
})

test('a file coded beforehand is sent by who takes it, and says so', async () => {
  const field = async (...lines: string[]): Promise<unknown[]> => {
    const response = await ask(port, get('/coded/a.css', ...lines))
    return [response.get('content-encoding'), response.get('content-type'), response.get('vary'), response.body.length]
  }
  const gzip = gzipSync('gzip css').length
  const brotli = brotliCompressSync('brotli css').length
  assert.deepEqual(await field('Accept-Encoding: gzip'), ['gzip', 'text/css', 'Accept-Encoding', gzip])
  assert.deepEqual(await field('Accept-Encoding: gzip, br'), ['br', 'text/css', 'Accept-Encoding', brotli])
  assert.deepEqual(await field('Accept-Encoding: gzip, br;q=0.5'), ['gzip', 'text/css', 'Accept-Encoding', gzip])
  assert.deepEqual(await field(), [undefined, 'text/css', 'Accept-Encoding', 'plain css'.length])
  const other = await ask(port, get('/coded/b.css', 'Accept-Encoding: gzip'))
  assert.deepEqual([other.text, other.get('vary')], ['only plain', undefined])
})

test('a file that is only there in its coded form serves everybody', async () => {
  const plain = await ask(port, get('/stored/c.txt'))
  assert.deepEqual([plain.text, plain.get('content-encoding')], ['stored', undefined])
  const coded = await ask(port, get('/stored/c.txt', 'Accept-Encoding: gzip'))
  assert.deepEqual([gunzipSync(coded.body).toString(), coded.get('content-encoding')], ['stored', 'gzip'])
})

test('an event reaches the client when it is sent, compressed as the stream is', async () => {
  await using client = await connect(port)
  client.send(get('/app/events', 'Accept-Encoding: gzip'))
  await using upstream = await origin.accept()
  await upstream.receive()
  upstream.send('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n')
  const head = await client.readHead()
  assert.equal(head.get('content-encoding'), 'gzip')
  const gunzip = createGunzip()
  let text = ''
  gunzip.on('data', part => (text += String(part)))
  for (const event of ['data: one\n\n', 'data: two\n\n', 'data: three\n\n']) {
    upstream.send(`${event.length.toString(16)}\r\n${event}\r\n`)
    while (!text.endsWith(event)) {
      const size = Number.parseInt(await client.expect(/^[0-9a-f]+\r\n/), 16)
      gunzip.write(await client.read(size))
      await client.expect('\r\n')
      await new Promise<void>(done => gunzip.flush(done))
    }
  }
  upstream.send('0\r\n\r\n')
  await client.expect(/0\r\n\r\n$/)
})

test('an answer that breaks off at its origin is not complete for the client', async () => {
  await using client = await connect(port)
  client.send(get('/app/broken', 'Accept-Encoding: gzip'))
  await using upstream = await origin.accept()
  await upstream.receive()
  upstream
    .send(`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 900000\r\n\r\n${long.slice(0, 70_000)}`)
    .end()
  const response = await client.readResponse()
  assert.deepEqual([response.status, response.complete], [200, false])
})

test('parts are cut out of proxied answers where that is asked for', async () => {
  const cases = [
    ['bytes=2-4', 206, 'cde', 'bytes 2-4/10'],
    ['bytes=-3', 206, 'hij', 'bytes 7-9/10'],
    ['bytes=0-1,3-4', 200, 'abcdefghij', undefined],
    ['bytes=20-', 416, undefined, 'bytes */10'],
  ] as const
  for (const [range, status, text, where] of cases) {
    await using client = await connect(port)
    client.send(get('/forced/x', `Range: ${range}`))
    await using upstream = await origin.accept()
    await upstream.receive()
    upstream.send('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nabcd').send('efghij')
    const response = await client.readResponse()
    assert.deepEqual([response.status, response.get('content-range')], [status, where])
    if (text !== undefined) assert.equal(response.text, text)
  }
})
