/**
 * Servers that come, go and misbehave while requests run: none is lost that another server could have answered, and none
 * that may change something is sent twice. The origins count.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { DnsServer } from '../scenario/dns.ts'
import { httpOrigin, type HttpOrigin } from '../scenario/origin.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'

/** Statuses of requests that run in so many lanes until there are enough of them. */
async function load(
  proxy: Proxied,
  lanes: number,
  enough: (statuses: readonly number[]) => boolean,
  request: (serial: number) => string,
): Promise<number[]> {
  const statuses: number[] = []
  let serial = 0
  const lane = async (): Promise<void> => {
    while (!enough(statuses)) {
      const response = await ask(proxy.port('main'), request(serial++))
      statuses.push(response.status)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return statuses
}

test('a name that changes again and again under load loses no request', async () => {
  await using one = await httpOrigin('one', '127.0.0.1')
  await using dns = await DnsServer.start({ 'app.test': { a: ['127.0.0.1'] } })
  await using proxy = await startProxy({
    workers: 2,
    config: ports => `
      resolver ${dns.address} ipv6=off valid=1s;
      upstream app { server app.test:${one.port} resolve; }
      server { listen 127.0.0.1:${ports.main}; location / { proxy_pass http://app; } }`,
  })
  // Nobody listens at the second address: the first is always among them.
  const answers = [['127.0.0.1', '127.0.0.9'], ['127.0.0.1'], ['127.0.0.9', '127.0.0.1', '127.0.0.8']]
  let turn = 0
  const change = setInterval(() => {
    dns.records = { 'app.test': { a: answers[turn++ % answers.length]! } }
  }, 700)
  try {
    const statuses = await load(
      proxy,
      4,
      ({ length }) => length > 100 && turn > 5,
      () => get('/'),
    )
    assert.deepEqual(new Set(statuses), new Set([200]))
  } finally {
    clearInterval(change)
  }
})

/** Answers well, but every third request is broken off, before or behind the head. */
function shaky(): Promise<HttpOrigin> {
  return httpOrigin((_, number) => (number % 3 === 0 ? 'HTTP/1.1 broken\r\n\r\n' : 'well'))
}

test('requests that may run twice are all answered; the others are seen once, whatever becomes of them', async () => {
  await using bad = await shaky()
  await using good = await httpOrigin('well')
  await using proxy = await startProxy({
    config: ports => `
      upstream app { server ${bad.address} max_fails=0; server ${good.address}; server 127.0.0.1:${ports.gone}; }
      server {
        listen 127.0.0.1:${ports.main};
        location / { proxy_pass http://app; proxy_next_upstream error timeout invalid_header; }
      }`,
  })
  const gets = await load(
    proxy,
    3,
    ({ length }) => length > 60,
    () => get('/'),
  )
  assert.deepEqual(new Set(gets), new Set([200]))
  const before = bad.requests.length + good.requests.length
  const posts = await load(
    proxy,
    3,
    statuses => statuses.length > 60 && statuses.includes(502) && statuses.includes(200),
    serial => `POST /${serial} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok`,
  )
  const seen = [...bad.requests, ...good.requests].filter(({ method }) => method === 'POST')
  assert.equal(new Set(seen.map(({ target }) => target)).size, seen.length)
  assert.equal(seen.length, posts.length)
  assert.equal(bad.requests.length + good.requests.length - before, posts.length)
})
