/** Another peer is asked only where that is safe: fault × method × body × settings, counted at the origins. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect, type Connection } from '../scenario/connection.ts'
import { httpOrigin, startOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { undisturbed, until } from '../scenario/wait.ts'
import { chunkedHead, ok, post } from './stage.ts'

const first = await startOrigin()
const second = await httpOrigin(request => 'second ' + request.text.length)
const gone = await startOrigin()
gone.refuse()
const proxy = await startProxy({
  config: ports => `
log_format why '$status $failure "$request" [$upstream_addr] [$upstream_status]';
access_log access.log why;
    client_body_temp_path temp; client_body_buffer_size 1k;
    upstream both { server ${first.address} max_fails=0 weight=1000000; server ${second.address} backup; keepalive 0; }
    upstream dead { server ${gone.address} max_fails=0; server ${second.address} backup; keepalive 0; }
    upstream all_dead { server ${gone.address} max_fails=0; server 127.0.0.1:1 max_fails=0; }
    ${['main', 'impatient']
      .map(
        name => `server { listen 127.0.0.1:${ports[name]}; ${name === 'main' ? '' : 'proxy_read_timeout 150ms;'}
      location / { proxy_pass http://both; }
      location /non { proxy_pass http://both; proxy_next_upstream error timeout invalid_header non_idempotent; }
      location /status { proxy_pass http://both; proxy_next_upstream error http_503; }
      location /off { proxy_pass http://both; proxy_next_upstream off; }
      location /invalid { proxy_pass http://both; proxy_next_upstream invalid_header; }
      location /stream { proxy_pass http://both; proxy_request_buffering off; }
      location /dead { proxy_pass http://dead; }
      location /dead-stream { proxy_pass http://dead; proxy_request_buffering off; }
      location /all-dead { proxy_pass http://all_dead; } }`,
      )
      .join('\n')}`,
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  for (const origin of [first, second, gone]) await origin[Symbol.asyncDispose]()
})
const port = proxy.port('main')

const never = (upstream: Connection): Promise<unknown> => upstream.expectGone()
const faults: Readonly<Record<string, (upstream: Connection) => Promise<unknown>>> = {
  'closes without an answer': async upstream => upstream.end(),
  resets: upstream => upstream.reset(),
  'never answers': never,
  'closes within its head': async upstream => upstream.send('HTTP/1.1 200').end(),
}

/** Sends it, lets the first origin fail in that way, and gives the status with the number of requests the second got. */
async function failing(request: string, fault: (upstream: Connection) => Promise<unknown>) {
  const before = second.requests.length
  const answer = ask(fault === never ? proxy.port('impatient') : port, request)
  const upstream = await first.accept()
  await upstream.receive()
  await fault(upstream)
  const { status, text } = await answer
  return { status, text, again: second.requests.length - before }
}

const file = 'x'.repeat(100_000)

for (const [what, fault] of Object.entries(faults)) {
  // The second peer, which is in this process, has no longer than the first to answer.
  const holds = (name: string, scenario: () => Promise<void>): unknown =>
    test(name, fault === never ? () => undisturbed(scenario) : scenario)
  const status = what === 'never answers' ? 504 : 502
  describe(`when the first peer ${what}`, () => {
    holds('a GET goes to the next', async () => {
      assert.deepEqual(await failing(get('/'), fault), { status: 200, text: 'second 0', again: 1 })
    })
    holds('a PUT with a body in memory goes to the next, whole', async () => {
      const result = await failing(post('/', 'abc').replace('POST', 'PUT'), fault)
      assert.deepEqual(result, { status: 200, text: 'second 3', again: 1 })
    })
    holds('a PUT with a body in a file goes to the next, whole', async () => {
      const result = await failing(post('/', file).replace('POST', 'PUT'), fault)
      assert.deepEqual(result, { status: 200, text: 'second 100000', again: 1 })
    })
    for (const method of ['POST', 'PATCH', 'LOCK']) {
      holds(`a ${method} that was sent does not`, async () => {
        const result = await failing(post('/', 'abc').replace('POST', method), fault)
        assert.deepEqual([result.status, result.again], [status, 0])
      })
    }
    holds('a POST does with non_idempotent', async () => {
      assert.deepEqual(await failing(post('/non', 'abc'), fault), { status: 200, text: 'second 3', again: 1 })
    })
    holds('a PUT whose body was streamed does not', async () => {
      const result = await failing(post('/stream', 'abc').replace('POST', 'PUT'), fault)
      assert.deepEqual([result.status, result.again], [status, 0])
    })
    holds('nothing does with proxy_next_upstream off', async () => {
      const result = await failing(get('/off'), fault)
      assert.deepEqual([result.status, result.again], [status, 0])
    })
  })
}

test('an answer that is none goes on where invalid_header is listed, and only there', async () => {
  const garbage = async (upstream: Connection) => upstream.send('SSH-2.0-x\r\n')
  assert.deepEqual((await failing(get('/invalid'), garbage)).again, 1)
  const result = await failing(get('/'), garbage)
  assert.deepEqual([result.status, result.again], [502, 0])
})

test('a status that is listed goes on, one that is not is the answer', async () => {
  const saying = (status: number) => async (upstream: Connection) =>
    upstream.send(ok('first').replace('200', String(status)))
  assert.deepEqual(await failing(get('/status'), saying(503)), { status: 200, text: 'second 0', again: 1 })
  assert.deepEqual(await failing(get('/status'), saying(500)), { status: 500, text: 'first', again: 0 })
  assert.deepEqual(await failing(post('/status', 'abc'), saying(503)), { status: 503, text: 'first', again: 0 })
})

test('nothing goes on once the answer has begun', async () => {
  const before = second.requests.length
  await using client = await connect(port)
  client.send(get('/'))
  const upstream = await first.accept()
  await upstream.receive()
  upstream.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello').end()
  assert.equal((await client.readResponse()).complete, false)
  assert.equal(second.requests.length, before)
})

for (const [what, request, text] of [
  ['a POST', post('/dead', 'abc'), 'second 3'],
  ['a POST with a body in a file', post('/dead', file), 'second 100000'],
  ['a streamed POST', post('/dead-stream', 'abc'), 'second 3'],
  ['a POST in chunks', chunkedHead('/dead') + '3\r\nabc\r\n0\r\n\r\n', 'second 3'],
  ['a streamed POST in chunks', chunkedHead('/dead-stream') + '3\r\nabc\r\n0\r\n\r\n', 'second 3'],
] as const) {
  test(`${what} goes on from a peer that refuses connections: nothing of it was sent`, async () => {
    assert.equal((await ask(port, request)).text, text)
  })
}

test('when every peer refuses the answer is 502, and the access log names who was tried and why', async () => {
  const response = await ask(port, get('/all-dead'))
  assert.equal(response.status, 502)
  const line = `502 connect_refused "GET /all-dead HTTP/1.1" [${gone.address}, 127.0.0.1:1] [502, 502]\n`
  await until(
    () => `${line} in ${proxy.read('access.log')}`,
    () => proxy.read('access.log').includes(line) || undefined,
  )
})
