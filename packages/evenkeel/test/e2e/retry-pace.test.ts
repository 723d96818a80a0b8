/** How a request is tried again: in which time, how soon, how often, and who is blamed for it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { httpOrigin, startOrigin, type HttpOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { undisturbed } from '../scenario/wait.ts'

type Ports = Readonly<Record<string, number>>

const serve = (port: number | undefined, more = ''): string =>
  `server { listen 127.0.0.1:${port}; location / { proxy_pass http://app; add_header X-Peers $upstream_addr always; ${more} } }`

/** Breaks its connection off for /bad, answers all else. */
function fragile(name: string): Promise<HttpOrigin> {
  return httpOrigin(request => (request.target === '/bad' ? 'HTTP/1.1 garbage\r\n\r\n' : name))
}

test('a request is given up when its whole time is over, whatever it is at', async () => {
  await using silent = await startOrigin()
  await using proxy = await startProxy({
    config: ports => `upstream app { server ${silent.address}; server 127.0.0.2:${silent.port}; }
      ${serve(ports.main, 'proxy_total_timeout 300ms; proxy_read_timeout 10m;')}`,
  })
  assert.equal((await ask(proxy.port(), get('/'))).status, 504)
  await proxy.errorLog(/longer than it may in all/)
})

test('an answer that began is cut when the time is over, and never shown as complete', async () => {
  await using origin = await startOrigin()
  await using proxy = await startProxy({
    config: ports => `upstream app { server ${origin.address}; } ${serve(ports.main, 'proxy_total_timeout 300ms;')}`,
  })
  await undisturbed(async () => {
    const asked = ask(proxy.port(), get('/'))
    const upstream = await origin.accept()
    await upstream.receive()
    upstream.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')
    const { status, complete } = await asked
    assert.deepEqual([status, complete], [200, false])
  })
})

test('a time that was long enough leaves no trace', async () => {
  await using origin = await httpOrigin('well')
  await using proxy = await startProxy({
    config: ports => `upstream app { server ${origin.address}; } ${serve(ports.main, 'proxy_total_timeout 60s;')}`,
  })
  for (let time = 0; time < 3; time++) assert.equal((await ask(proxy.port(), get('/'))).text, 'well')
})

test('the next attempt waits a while where that is said, and comes', async () => {
  await using origin = await httpOrigin('well')
  const config = (ports: Ports): string => `
    upstream app { server 127.0.0.1:${ports.gone}; server ${origin.address}; }
    ${serve(ports.main, 'proxy_next_upstream_backoff 50ms 100ms;')}`
  await using proxy = await startProxy({ config })
  const response = await ask(proxy.port('main'), get('/'))
  assert.equal(response.text, 'well')
  assert.match(response.get('x-peers') ?? '', /, /)
})

test('a request that breaks every server takes none of them out, where failures have to be proven', async () => {
  await using one = await fragile('one')
  await using two = await fragile('two')
  await using three = await fragile('three')
  const config =
    (counts: string) =>
    (ports: Ports): string =>
      `
    upstream app { fail_counts ${counts}; ${[one, two, three].map(({ address }) => `server ${address} fail_timeout=1h;`).join(' ')} }
    ${serve(ports.main, 'proxy_next_upstream error timeout invalid_header;')}`
  await using proxy = await startProxy({ config: config('proven') })
  assert.equal((await ask(proxy.port(), get('/bad'))).status, 502)
  const answers = new Set<string>()
  for (let time = 0; time < 9; time++) answers.add((await ask(proxy.port(), get('/'))).text)
  assert.deepEqual(answers, new Set(['one', 'two', 'three']))
  await using strict = await startProxy({ config: config('always') })
  assert.equal((await ask(strict.port(), get('/bad'))).status, 502)
  assert.equal((await ask(strict.port(), get('/'))).status, 502)
})

test('a failure is proven when another server answers the same request', async () => {
  await using ill = await httpOrigin('HTTP/1.1 garbage\r\n\r\n')
  await using well = await httpOrigin('well')
  await using proxy = await startProxy({
    config: ports => `
      upstream app { fail_counts proven; server ${ill.address} fail_timeout=1h; server ${well.address}; }
      ${serve(ports.main, 'proxy_next_upstream invalid_header;')}`,
  })
  for (let time = 0; time < 6; time++) assert.equal((await ask(proxy.port(), get('/'))).text, 'well')
  assert.equal(ill.requests.length, 1)
})

test('retries end with their budget', async () => {
  await using proxy = await startProxy({
    config: ports => `
      upstream app {
        retry_budget 0% min=1;
        server 127.0.0.1:${ports.gone} max_fails=0;
        server 127.0.0.2:${ports.gone} max_fails=0;
        server 127.0.0.3:${ports.gone} max_fails=0;
      }
      ${serve(ports.main)}`,
  })
  let tries = 0
  const began = performance.now()
  for (let time = 0; time < 10; time++) {
    const response = await ask(proxy.port('main'), get('/'))
    assert.equal(response.status, 502)
    tries += (response.get('x-peers') ?? '').split(', ').length
  }
  const seconds = Math.ceil((performance.now() - began) / 1000) + 1
  assert.ok(tries > 10 && tries <= 10 + seconds, `${tries} tries in ${seconds} s`)
})
