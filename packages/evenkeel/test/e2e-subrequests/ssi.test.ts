/** Pages put together from parts: SSI commands, additions; order, slowness, failures and circles. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { httpOrigin, startOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

const include = (uri: string, more = ''): string => `<!--#include virtual="${uri}" ${more}-->`
const large = 'L'.repeat(600_000)
const application = await httpOrigin(request => {
  if (request.target === '/large') return large
  if (request.target === '/empty') return { status: 200, body: '' }
  if (request.target === '/error') return { status: 503, body: 'broken' }
  return `[${request.method} ${request.target} ${request.text}]`
})
const slow = await startOrigin()
const pages: Readonly<Record<string, string>> = {
  'plain.html': 'no commands <!-- but a comment -->',
  'part.html': 'PART',
  'part.txt': `as it is: ${include('/part.html')}`,
  'deep.html': `(${include('part.html')}${include('inner/page.html?x=2')})`,
  'inner/page.html': `{<!--#echo var="arg_x" -->${include('/part.html')}}`,
  'app.html': `1${include('/app/a')}2${include('/app/b?c=d')}3`,
  'large.html': `<${include('/app/large')}|${include('/app/large')}>`,
  'circle.html': `o${include('circle.html')}`,
  'double.html': `o${include('double.html')}${include('double.html')}`,
  'many.html': Array.from({ length: 400 }, (_, i) => include(`/app/${i}`)).join(','),
  'missing.html': `a${include('/nothing.html')}b`,
  'slow.html': `a${include('/slow/1')}b${include('/slow/2')}c`,
  'slow-first.html': `a${include('/slow/1')}b${include('/app/x')}c`,
  'wait.html': `<!--#set var="v" value="before" -->${include('/sets', 'wait="yes" ')}<!--#echo var="v" -->`,
  'set.html': `${include('/app/v', 'set="v" ')}<!--#if expr="$v = /GET/" -->yes <!--#echo var="v" encoding="none" --><!--#else -->no<!--#endif -->`,
  'set-large.html': `${include('/app/large', 'set="v" ')}<!--#if expr="$v" -->kept<!--#else -->not kept<!--#endif -->`,
  'set-part.html': '<!--#set var="v" value="after" -->',
  'file.html': '<!--#include file="part.html" -->.',
  'stub.html': `<!--#block name="s" -->stub of <!--#echo var="uri" --><!--#endblock -->${include('/app/empty', 'stub="s" ')};${include('/app/error', 'stub="s" ')};${include('/app/good', 'stub="s" ')}`,
  'echo.html':
    '<!--#echo var="arg_a" -->|<!--#echo var="arg_a" encoding="url" -->|<!--#echo var="nothing" default="d" -->|<!--#echo var="nothing" -->|<!--#echo var="ours" -->|<!--#config timefmt="%Y" --><!--#echo var="date_gmt" -->',
  'errors.html':
    '<!--#nonsense -->,<!--#echo -->,<!--#include -->,<!--#else -->,<!--#include virtual="/../x" -->,<!--#config errmsg="E" --><!--#echo vra="x" -->,<!--#include virtual="/x" stub="none" -->',
  'if.html':
    '<!--#if expr="$arg_a = 1" -->one<!--#elif expr="$arg_a = 2" -->two<!--#echo var="arg_a" --><!--#else -->other<!--#endif -->.',
  'open.html': 'a<!--#if expr="$arg_none" -->hidden <!--#echo var="arg_a" -->',
}

const proxy = await startProxy({
  files: Object.fromEntries(Object.entries(pages).map(([name, text]) => [`html/${name}`, text])),
  config: ports => `
log_format why '$request_uri $status $failure';
access_log access.log why;
types { text/html html; text/plain txt; }
server {
  listen 127.0.0.1:${ports['main']};
  set $ours "of the configuration";
  location / { ssi on; root html; }
  location /dated/ { ssi on; ssi_last_modified on; alias html/; }
  location /silent/ { ssi on; ssi_silent_errors on; alias html/; }
  location /texts/ { ssi on; ssi_types text/plain; alias html/; }
  location = /sets { rewrite ^ /set-part.html; }
  location /app/ { proxy_pass http://${application.address}/; }
  location /slow/ { proxy_pass http://${slow.address}; }
  location /proxied/ { ssi on; proxy_pass http://${slow.address}; }
  location /added/ { add_before_body /app/before; add_after_body /slow/after; alias html/; }
  location /framed/ { ssi on; add_before_body /deep.html; add_after_body /part.html; alias html/; }
}`,
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  for (const origin of [application, slow]) await origin[Symbol.asyncDispose]()
})
const port = proxy.port('main')
const page = async (target: string): Promise<string> => (await ask(port, get(target))).text
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`

test('pages without commands, and parts of other types, are sent as they are', async () => {
  assert.equal(await page('/plain.html'), pages['plain.html'])
  assert.equal(await page('/part.txt'), pages['part.txt'])
  assert.equal(await page('/texts/part.txt'), 'as it is: PART')
})

test('parts within parts, with arguments of their own, and paths from where they stand', async () => {
  assert.equal(await page('/deep.html'), '(PART{2PART})')
})

test('what is told of a page is not told of what was made of it', async () => {
  const made = await ask(port, get('/deep.html', 'Range: bytes=0-1'))
  assert.deepEqual(
    [made.status, made.get('last-modified'), made.get('etag'), made.get('content-length')],
    [200, undefined, undefined, undefined],
  )
  const dated = await ask(port, get('/dated/part.html'))
  assert.match(dated.get('etag')!, /^W\//)
  assert.ok(dated.get('last-modified'))
})

test('parts of an origin, each by a request of its own', async () => {
  assert.equal(await page('/app.html'), '1[GET /a ]2[GET /b?c=d ]3')
})

test('HEAD asks for no part', async () => {
  const before = application.requests.length
  assert.equal((await ask(port, 'HEAD /app.html HTTP/1.1\r\nHost: a\r\n\r\n')).status, 200)
  assert.equal(application.requests.length, before)
})

test('parts larger than any buffer, to a client that reads slowly', async () => {
  await using client = await connect(port)
  client.pause().send(get('/large.html', 'Connection: close'))
  client.resume()
  assert.equal((await client.readResponse()).text, `<${large}|${large}>`)
})

test('hundreds of parts come in order', async () => {
  assert.equal(await page('/many.html'), Array.from({ length: 400 }, (_, i) => `[GET /${i} ]`).join(','))
})

test('a page that includes itself ends', async () => {
  assert.match(await page('/circle.html'), /^o{51}\[an error occurred while processing the directive\]$/)
  await proxy.errorLog(/subrequests cycle while processing "\/circle\.html"/)
})

test('an error page stands where a part is missing', async () => {
  assert.match(await page('/missing.html'), /^a<html>\r\n<head><title>404 Not Found.*b$/s)
})

test('parts are asked for together and shown in order', async () => {
  await using client = await connect(port)
  client.send(get('/slow.html'))
  const one = await slow.accept()
  const two = await slow.accept()
  const [first, second] = (await one.receive()).target === '/slow/1' ? [one, two] : [two, one]
  second.send('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo')
  await client.expect(/\r\n\r\n1\r\na\r\n/)
  assert.equal(client.unread, '')
  first.send('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none')
  await client.expect(/one/)
  await client.expect(/0\r\n\r\n$/)
})

test('what has come of a part is shown while the rest is still to come', async () => {
  await using client = await connect(port)
  client.send(get('/slow-first.html'))
  const part = await slow.accept()
  await part.receive()
  part.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' + chunk('be'))
  await client.expect(/be\r\n/)
  part.send(chunk('gin') + '0\r\n\r\n')
  await client.expect(/gin[^]*b[^]*GET \/x[^]*c\r\n0\r\n\r\n$/)
})

test('a page that comes byte by byte is read like any other', async () => {
  await using client = await connect(port)
  client.send(get('/proxied/page'))
  const origin = await slow.accept()
  await origin.receive()
  const text = `<!-<${include('/app/a')}<!--#echo var='uri' --><!--`
  origin.send(`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${text.length}\r\n\r\n`)
  for (const byte of text) origin.send(byte)
  assert.equal((await client.readResponse()).text, '<!-<[GET /a ]/proxied/page<!--')
})

test('a part that breaks off breaks the whole off', async () => {
  await using client = await connect(port)
  client.send(get('/slow-first.html'))
  const part = await slow.accept()
  await part.receive()
  part.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf').close()
  const response = await client.readResponse()
  assert.equal(response.complete, false)
})

test('a page that breaks off ends its parts', async () => {
  await using client = await connect(port)
  client.send(get('/proxied/page'))
  const origin = await slow.accept()
  await origin.receive()
  const text = include('/slow/never')
  origin.send(`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n${text}`)
  const part = await slow.accept()
  await part.receive()
  origin.close()
  await part.expectGone()
  assert.equal((await client.readResponse()).complete, false)
})

test('a client that leaves ends the page and its parts', async () => {
  const client = await connect(port)
  client.send(get('/slow.html'))
  const parts = [await slow.accept(), await slow.accept()]
  for (const part of parts) await part.receive()
  await client.reset()
  for (const part of parts) await part.expectGone()
})

test('a body goes along with every part', async () => {
  const body = 'some body'
  const request = `POST /app.html HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  assert.equal((await ask(port, request)).status, 405)
  await using client = await connect(port)
  client.send(request.replace('/app.html', '/proxied/page'))
  const origin = await slow.accept()
  assert.equal((await origin.receive()).text, body)
  const text = include('/app/a') + include('/app/b')
  origin.send(`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${text.length}\r\n\r\n${text}`)
  assert.equal((await client.readResponse()).text, '[GET /a some body][GET /b some body]')
})

test('what a part sets is seen by those who wait for it', async () => {
  assert.equal(await page('/wait.html'), 'after')
  assert.equal(await page('/file.html'), 'PART.')
})

test('a part can become a variable, as far as there is room', async () => {
  assert.equal(await page('/set.html'), 'yes [GET /v ]')
  assert.equal(await page('/set-large.html'), 'not kept')
})

test('a block stands for a part that is empty or fails', async () => {
  assert.equal(await page('/stub.html'), 'stub of /stub.html;stub of /stub.html;[GET /good ]')
})

test('variables are shown escaped', async () => {
  const text = await page('/echo.html?a=<b>')
  assert.equal(text, `&lt;b&gt;|%3Cb%3E|d|(none)|of%20the%20configuration|${new Date().getUTCFullYear()}`)
})

test('conditions choose', async () => {
  assert.equal(await page('/if.html?a=1'), 'one.')
  assert.equal(await page('/if.html?a=2'), 'two2.')
  assert.equal(await page('/if.html?a=3'), 'other.')
  assert.equal(await page('/open.html?a=3'), 'a')
})

test('commands that fail leave a text, or none', async () => {
  const text = '[an error occurred while processing the directive]'
  assert.equal(await page('/errors.html'), `${`${text},`.repeat(5)}E,E`)
  assert.equal(await page('/silent/errors.html'), ',,,,,,')
})

test('bodies before and behind a body', async () => {
  await using client = await connect(port)
  client.send(get('/added/part.html'))
  const behind = await slow.accept()
  await behind.receive()
  behind.send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nafter')
  assert.equal((await client.readResponse()).text, '[GET /before ]PARTafter')
  assert.equal(await page('/framed/part.html'), '(PART{2PART})PARTPART')
  assert.equal(await page('/framed/part.txt'), pages['part.txt'])
})

test('the worst page is bounded, and ends with its client', async () => {
  const client = await connect(port)
  client.send(get('/double.html'))
  await client.expect(/o[^]*o[^]*o/)
  await client.reset()
  await until(
    () => `the end of it in ${proxy.read('access.log')}`,
    () => /\/double\.html 200 client_(?:reset|gone)/.test(proxy.read('access.log')) || undefined,
  )
})
