/** mirror and post_action: what is done beside or after a request, and that it neither slows nor fails it. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { httpOrigin, startOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

const application = await httpOrigin(request => `app ${request.text.length}`)
const copies = await httpOrigin('copied')
const silent = await startOrigin()
const proxy = await startProxy({
  config: ports => `
log_format why '$request_uri $uri $status $upstream_status';
access_log access.log why;
client_max_body_size 10m;
server {
  listen 127.0.0.1:${ports['main']};
  location / { mirror /copy; mirror /copy2; proxy_pass http://${application.address}; }
  location /bodyless { mirror /copy; mirror_request_body off; proxy_pass http://${application.address}; }
  location /streamed { mirror /copy; proxy_request_buffering off; proxy_pass http://${application.address}; }
  location /silent { mirror /silence; proxy_pass http://${application.address}; }
  location /broken { mirror /nobody; proxy_pass http://${application.address}; }
  location /static { mirror /copy; empty_gif; }
  location /after { post_action /told; return 200 first; }
  location /away { post_action @told; proxy_pass http://${silent.address}; }
  location = /copy { internal; proxy_pass http://${copies.address}$request_uri; }
  location = /copy2 { internal; proxy_pass http://${copies.address}/second; }
  location = /silence { internal; proxy_pass http://${silent.address}; }
  location = /nobody { internal; proxy_pass http://127.0.0.1:1; }
  location = /told { proxy_pass http://${copies.address}/told?status=$status; proxy_pass_request_body off; }
  location @told { rewrite ^ /told?status=$status break; proxy_pass http://${copies.address}; }
}`,
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  for (const origin of [application, copies, silent]) await origin[Symbol.asyncDispose]()
})
const port = proxy.port('main')

const copied = (target: string): Promise<(typeof copies.requests)[number]> =>
  until(
    () => `a copy of ${target}; there are ${copies.requests.map(request => request.target)}`,
    () => copies.requests.find(request => request.target === target),
  )
const post = (target: string, body: string): string =>
  `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`

test('each mirror gets the request with its method, arguments and body', async () => {
  assert.equal((await ask(port, post('/one?a=1', 'some body'))).text, 'app 9')
  const copy = await copied('/one?a=1')
  assert.deepEqual([copy.method, copy.text], ['POST', 'some body'])
  assert.equal((await copied('/second?a=1')).text, 'some body')
})

test('a body that went to a file is sent to all of them whole', async () => {
  const body = 'x'.repeat(300_000)
  assert.equal((await ask(port, post('/large', body))).text, 'app 300000')
  assert.equal((await copied('/large')).text, body)
})

test('a body that would be streamed is read first', async () => {
  assert.equal((await ask(port, post('/streamed', 'abc'))).text, 'app 3')
  assert.equal((await copied('/streamed')).text, 'abc')
})

test('mirror_request_body off mirrors without the body', async () => {
  assert.equal((await ask(port, post('/bodyless', 'abc'))).text, 'app 3')
  const copy = await copied('/bodyless')
  assert.deepEqual([copy.method, copy.text, copy.get('content-length')], ['POST', '', '0'])
})

test('answers from here are mirrored, too', async () => {
  assert.equal((await ask(port, get('/static?b'))).status, 200)
  await copied('/static?b')
})

test('a mirror that does not answer keeps neither the request nor its connection', async () => {
  await using client = await connect(port)
  for (let round = 0; round < 3; round++) {
    assert.equal((await client.send(post('/silent', 'abc')).readResponse()).text, 'app 3')
  }
  const copy = await silent.accept()
  assert.equal((await copy.receive()).text, 'abc')
  copy.close()
})

test('a mirror that fails is nobody’s business', async () => {
  assert.equal((await ask(port, get('/broken'))).status, 200)
})

test('post_action is asked after the answer, with the status the client got; its location writes the log', async () => {
  assert.equal((await ask(port, get('/after'))).text, 'first')
  await copied('/told?status=200')
  await until(
    () => `a line in ${proxy.read('access.log')}`,
    () => proxy.read('access.log').includes('/after /told 200 200') || undefined,
  )
})

test('post_action is asked for clients that left as well', async () => {
  const client = await connect(port)
  client.send(get('/away'))
  const accepted = await until(
    () => 'the request at the origin',
    async () => {
      const connection = await silent.accept()
      return (await connection.receive()).target === '/away' ? connection : undefined
    },
  )
  await client.reset()
  await accepted.expectGone()
  await copied('/told?status=499')
})
