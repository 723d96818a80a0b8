/** auth_request: another location says who may pass; its answer, its failures, and a client that does not wait for it. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { httpOrigin, startOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

const application = await httpOrigin(request => `app ${request.get('x-user') ?? '-'} ${request.get('x-team') ?? '-'}`)
const judge = await httpOrigin(request => {
  const key = request.get('x-key') ?? ''
  if (key === 'good') return { status: 204, headers: { 'X-Name': 'ann' } }
  if (key === 'page') return { headers: { 'X-Name': 'bob' }, body: 'a page nobody sees' }
  if (key === 'none')
    return { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="a"' }, body: 'not shown to clients' }
  if (key === 'lost') return { status: 302, headers: { Location: '/login' } }
  return { status: 403 }
})
const slow = await startOrigin()
const proxy = await startProxy({
  config: ports => `
log_format why '$request_uri $uri $status $failure';
access_log access.log why;
upstream judge { server ${judge.address}; keepalive 4; }
server {
  listen 127.0.0.1:${ports['main']};
  location / {
    auth_request /auth;
    auth_request_set $user $upstream_http_x_name;
    proxy_set_header X-User $user;
    proxy_set_header X-Team $team;
    proxy_pass http://${application.address};
  }
  location /denied { auth_request /auth; deny all; proxy_pass http://${application.address}; }
  location /pages { auth_request /auth; error_page 401 = @login; proxy_pass http://${application.address}; }
  location @login { return 200 "please log in"; }
  location /slow { auth_request /slow-auth; proxy_pass http://${application.address}; }
  location /logged { auth_request /logged-auth; empty_gif; }
  location /missing { auth_request /nowhere/; empty_gif; }
  location /closed { auth_request /says-444; empty_gif; }
  location /off { auth_request off; empty_gif; }
  location /upgrade { auth_request /switches; empty_gif; }
  location = /auth {
    internal;
    set $team red;
    proxy_pass http://judge/check?$args;
    proxy_set_header X-Original-URI $request_uri;
    proxy_set_header X-Method $request_method;
  }
  location = /slow-auth { internal; proxy_pass http://${slow.address}; }
  location = /logged-auth { log_subrequest on; return 204; }
  location = /says-444 { return 444; }
  location = /switches { proxy_pass http://${slow.address}; proxy_set_header Upgrade $http_upgrade; }
  location /nowhere/ { internal; }
}`,
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  for (const origin of [application, judge, slow]) await origin[Symbol.asyncDispose]()
})
const port = proxy.port('main')

test('who is let in passes, with variables from the answer and from where it was made', async () => {
  const response = await ask(port, get('/x', 'X-Key: good'))
  assert.deepEqual([response.status, response.text], [200, 'app ann red'])
})

test('a 200 with a body lets in, and its body is nobody’s', async () => {
  const response = await ask(port, get('/x', 'X-Key: page'))
  assert.deepEqual([response.status, response.text], [200, 'app bob red'])
})

test('the one who is asked sees the URI and method of the client, but a GET without a body', async () => {
  await ask(
    port,
    'POST /form?a=1 HTTP/1.1\r\nHost: a\r\nX-Key: good\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc',
  )
  const asked = judge.requests.at(-1)!
  assert.deepEqual(
    [asked.method, asked.target, asked.get('x-original-uri'), asked.get('x-method'), asked.text],
    ['GET', '/check?', '/form?a=1', 'POST', ''],
  )
  assert.equal(application.requests.at(-1)!.text, 'abc')
})

test('401 is passed on with its challenge and a page of our own', async () => {
  const response = await ask(port, get('/x', 'X-Key: none'))
  assert.deepEqual([response.status, response.get('www-authenticate')], [401, 'Basic realm="a"'])
  assert.match(response.text, /401 Authorization Required/)
})

test('403 is passed on, anything else is 500', async () => {
  assert.equal((await ask(port, get('/x'))).status, 403)
  assert.equal((await ask(port, get('/x', 'X-Key: lost'))).status, 500)
  await proxy.errorLog(/auth request unexpected status: 302, client: 127\.0\.0\.1/)
})

test('an error page takes the place of a 401', async () => {
  const response = await ask(port, get('/pages', 'X-Key: none'))
  assert.deepEqual([response.status, response.text], [200, 'please log in'])
})

test('who may not come from this address is not asked about', async () => {
  const before = judge.requests.length
  assert.equal((await ask(port, get('/denied', 'X-Key: good'))).status, 403)
  assert.equal(judge.requests.length, before)
})

test('one connection serves question after question', async () => {
  const before = judge.accepted
  for (const key of ['good', 'page', 'none', 'good']) await ask(port, get('/x', `X-Key: ${key}`))
  assert.ok(judge.accepted - before <= 1, `${judge.accepted - before} connections for 4 questions`)
})

test('a location that is not there is 500, and 444 closes without an answer', async () => {
  assert.equal((await ask(port, get('/missing'))).status, 500)
  await using client = await connect(port)
  await client.send(get('/closed')).expectClose()
  assert.equal((await ask(port, get('/off'))).status, 200)
})

test('a client that leaves ends the question', async () => {
  const client = await connect(port)
  client.send(get('/slow'))
  const asked = await slow.accept()
  await asked.receive()
  await client.reset()
  await asked.expectGone()
  const lines = await proxy.accessLog()
  assert.ok(lines.every(line => !line.startsWith('/slow ') || line.includes(' 499 ')))
})

test('an answer that never ends does not keep the client waiting', async () => {
  await using client = await connect(port)
  client.send(get('/slow'))
  const asked = await slow.accept()
  await asked.receive()
  asked.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
  assert.equal((await client.readResponse()).status, 200)
  await asked.expectGone()
})

test('an answer that breaks off before its head is no permission', async () => {
  await using client = await connect(port)
  client.send(get('/slow'))
  const asked = await slow.accept()
  await asked.receive()
  asked.send('HTTP/1.1 2').close()
  assert.equal((await client.readResponse()).status, 500)
})

test('a question is no way to take the connection over', async () => {
  await using client = await connect(port)
  client.send(get('/upgrade', 'Connection: upgrade', 'Upgrade: other'))
  const asked = await slow.accept()
  await asked.receive()
  asked.send('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n')
  assert.equal((await client.readResponse()).status, 500)
})

test('questions are logged only where the configuration says so', async () => {
  await ask(port, get('/logged'))
  const lines = await until(
    () => `the question in ${proxy.read('access.log')}`,
    async () => {
      const all = await proxy.accessLog()
      return all.includes('/logged /logged-auth 204 -') ? all : undefined
    },
  )
  assert.ok(lines.every(line => !line.includes(' /auth ')))
})
