/** tunnel_pass: CONNECT leads to a tunnel, where and for whom the configuration says so. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect, type Connection } from '../scenario/connection.ts'
import { startOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

const origin = await startOrigin()
const proxy = await startProxy({
  files: { passwords: 'ann:{PLAIN}secret\n' },
  config: ports => `
log_format why '$request $status $upstream_addr $upstream_status $remote_user $body_bytes_sent';
access_log access.log why;
upstream named { server 127.0.0.1:1; server ${origin.address}; }
server {
  listen 127.0.0.1:${ports['main']};
  location / {
    if ($request_method = CONNECT) { tunnel_pass; error_page 502 /bad; break; }
    empty_gif;
  }
  location = /bad { return 502 "no way"; }
}
server { listen 127.0.0.1:${ports['fixed']}; tunnel_pass named; tunnel_read_timeout 300ms; }
server { listen 127.0.0.1:${ports['closed']}; tunnel_pass; auth_basic closed; auth_basic_user_file passwords; }
server { listen 127.0.0.1:${ports['none']}; location / { empty_gif; } }
server { listen 127.0.0.1:${ports['asked']}; tunnel_pass; auth_request /who; location = /who { tunnel_pass; } }`,
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
})
const CONNECT = (target: string, ...lines: readonly string[]): string =>
  [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`, ...lines].join('\r\n') + '\r\n\r\n'

async function tunnel(name: string, target: string): Promise<{ client: Connection; far: Connection }> {
  const client = await connect(proxy.port(name))
  client.send(CONNECT(target))
  const far = await origin.accept()
  const head = await client.readHead()
  assert.match(head.startLine, /^HTTP\/1\.1 200 /)
  assert.deepEqual([head.get('content-length'), head.get('transfer-encoding')], [undefined, undefined])
  return { client, far }
}

test('bytes go both ways, and each end is told of the other’s', async () => {
  const { client, far } = await tunnel('main', origin.address)
  client.send('\0hello')
  await far.expect('\0hello')
  far.send('who is there')
  await client.expect('who is there')
  client.end()
  await far.expectClose()
  far.send('late').end()
  await client.expect('late')
  await client.expectClose()
  await until(
    () => `a line in ${proxy.read('access.log')}`,
    () => proxy.read('access.log').includes(`HTTP/1.1 200 ${origin.address} 200 - 16\n`) || undefined,
  )
})

test('what a client sends ahead of the answer goes through the tunnel', async () => {
  await using client = await connect(proxy.port('main'))
  client.send(CONNECT(origin.address) + 'early')
  const far = await origin.accept()
  await far.expect('early')
  await client.readHead()
})

test('a fixed address, with the next server where one refuses; and an end when nothing moves', async () => {
  const { client, far } = await tunnel('fixed', 'example.org:443')
  await client.expectGone()
  await far.expectGone()
})

test('nobody there is 502, with an error page', async () => {
  const response = await ask(proxy.port('main'), CONNECT('127.0.0.1:1'))
  assert.deepEqual([response.status, response.text], [502, 'no way'])
})

test('other methods are served as ever, or refused where there is only a tunnel', async () => {
  assert.equal((await ask(proxy.port('main'), get('/'))).status, 200)
  assert.equal((await ask(proxy.port('fixed'), get('/'))).status, 405)
  assert.equal((await ask(proxy.port('none'), CONNECT(origin.address))).status, 405)
  const old = `CONNECT ${origin.address} HTTP/1.0\r\nHost: a\r\n\r\n`
  assert.equal((await ask(proxy.port('main'), old)).status, 405)
})

test('addresses that are none are refused', async () => {
  for (const target of ['example.org', 'example.org:', ':80', 'a:65536', 'a:1/', 'http://a:1', 'u@a:1']) {
    assert.equal((await ask(proxy.port('main'), CONNECT(target))).status, 400, target)
  }
})

test('a password for the proxy is asked for as one', async () => {
  const refused = await ask(proxy.port('closed'), CONNECT(origin.address, 'Authorization: Basic YW5uOnNlY3JldA=='))
  assert.deepEqual([refused.status, refused.get('proxy-authenticate')], [407, 'Basic realm="closed"'])
  await using client = await connect(proxy.port('closed'))
  client.send(CONNECT(origin.address, 'Proxy-Authorization: Basic YW5uOnNlY3JldA=='))
  await origin.accept()
  assert.match((await client.readHead()).startLine, / 200 /)
})

test('a subrequest gets no tunnel', async () => {
  assert.equal((await ask(proxy.port('asked'), CONNECT(origin.address))).status, 500)
})

test('a client that leaves before the tunnel stands leaves nothing behind', async () => {
  const client = await connect(proxy.port('main'))
  client.send(CONNECT('240.0.0.1:9'))
  await client.reset()
  await until(
    () => `a line in ${proxy.read('access.log')}`,
    () => /CONNECT 240\.0\.0\.1:9 HTTP\/1\.1 (?:200|499|502)/.test(proxy.read('access.log')) || undefined,
  )
})
