/** More than it can do: what comes on top is told so, what is idle makes room, and afterwards all is as before. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect, type Connection } from '../scenario/connection.ts'
import { httpOrigin, startOrigin } from '../scenario/origin.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

const PATIENCE_MS = 60_000

test('worker_connections: those idle longest make room, and where none is idle the newcomer gets 503', async () => {
  await using slow = await startOrigin()
  await using proxy = await startProxy({
    expectTrouble: true,
    config: ports => `
events { worker_connections 8; }
error_log error.log notice;
http {
  server {
    listen 127.0.0.1:${ports.main};
    location / { return 200 "ok"; }
    location /slow { proxy_pass http://${slow.address}; }
  }
}`,
  })
  const idle: Connection[] = []
  for (let count = 0; count < 8; count++) {
    const client = await connect(proxy.port())
    assert.equal((await client.send(get('/')).readResponse()).text, 'ok')
    idle.push(client)
  }
  const busy: Connection[] = [await connect(proxy.port())]
  busy[0]!.send(get('/slow'))
  await idle[0]!.expectClose()
  await proxy.errorLog(/\[warn\] .*8 worker_connections are not enough, \d+ idle connections were closed/)
  while (busy.length < 8) {
    const client = await connect(proxy.port())
    client.send(get('/slow'))
    busy.push(client)
  }
  const held = await Promise.all(busy.map(() => slow.accept()))

  const answer = await ask(proxy.port(), get('/'))
  assert.deepEqual([answer.status, answer.get('retry-after'), answer.get('connection')], [503, '2', 'close'])
  await proxy.errorLog(/\[alert\] .*8 worker_connections are not enough: \d+ requests were answered with 503/)

  for (const origin of held) origin.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone')
  for (const client of busy) assert.equal((await client.readResponse()).text, 'done')
  assert.equal((await ask(proxy.port(), get('/'))).text, 'ok')
  for (const client of [...idle, ...busy]) client.close()
})

test('descriptors run out: new requests get 503 and nobody is broken off; afterwards all are served', async t => {
  await using slow = await startOrigin()
  await using proxy = await startProxy({
    expectTrouble: true,
    config: ports => `
worker_rlimit_nofile 256;
overload descriptors=100;
error_log error.log notice;
http {
  server {
    listen 127.0.0.1:${ports.main};
    location / { return 200 "ok"; }
    location /slow { proxy_pass http://${slow.address}; }
  }
}`,
  })
  // Each holds two: the client's and the origin's.
  const clients: Connection[] = []
  const refused = await until(
    () => `a 503 after ${clients.length} connections`,
    async () => {
      const client = await connect(proxy.port())
      clients.push(client)
      client.send(get('/slow'))
      const answer = await ask(proxy.port(), get('/'))
      return answer.status === 503 ? answer : undefined
    },
    PATIENCE_MS,
  )
  assert.equal(refused.get('retry-after'), '2')
  await proxy.errorLog(/\[error\] .*overload: descriptors run out; \d+ requests were answered with 503/)
  assert.doesNotMatch(proxy.read('error.log'), /EMFILE|Too many open files/)
  t.diagnostic(`503 from the ${clients.length}th connection on`)
  for (const client of clients) client.close()
  await recovered(proxy)
  await proxy.errorLog(/\[notice\] .*overload is over: \d+ requests were answered with 503/)
})

test('a heap that is full sheds, over HTTP and whatever a location says; a reload may say otherwise', async () => {
  await using origin = await httpOrigin('page')
  const config =
    (overload: string) =>
    (ports: Readonly<Record<string, number>>): string =>
      `
overload ${overload};
error_log error.log notice;
http {
  server {
    listen 127.0.0.1:${ports.main};
    error_page 503 /page;
    location / { proxy_pass http://${origin.address}; }
  }
}`
  await using proxy = await startProxy({
    config: config('off'),
    env: { NODE_OPTIONS: '--max-old-space-size=64' },
  })
  await using kept = await connect(proxy.port())
  assert.equal((await kept.send(get('/')).readResponse()).text, 'page')

  proxy.configure(config('memory=1'))
  proxy.signal('HUP')
  await until(
    () => '503',
    async () => (await ask(proxy.port(), get('/'))).status === 503 || undefined,
    PATIENCE_MS,
  )
  await kept.expectClose()
  await proxy.errorLog(/\[error\] .*overload: the heap of the worker is full; \d+ requests/)

  proxy.configure(config('off'))
  proxy.signal('HUP')
  await recovered(proxy)
})

async function recovered(proxy: Proxied): Promise<void> {
  await until(
    () => `to be served again\n${proxy.read('error.log').slice(-1000)}`,
    async () => (await ask(proxy.port(), get('/'))).status === 200 || undefined,
    PATIENCE_MS,
  )
}
