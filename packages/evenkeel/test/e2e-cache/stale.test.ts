/** What is not fresh any more: when it is used all the same, who refreshes it, and who waits for whom. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { get } from '../scenario/ask.ts'
import { connect, type Connection } from '../scenario/connection.ts'
import { startOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'
import { ok } from '../e2e/stage.ts'

const origin = await startOrigin()
const STALE = 'Cache-Control: max-age=1'
const proxy = await startProxy({
  config: ports => `
proxy_cache_path store keys_zone=store:1m;
add_header X-Cache $upstream_cache_status always;
upstream origin { server ${origin.address} max_fails=0; keepalive 0; }
server {
  listen 127.0.0.1:${ports['main']};
  proxy_cache store;
  proxy_cache_lock_age 100s;
  location / { proxy_pass http://origin; }
  location /kept { proxy_pass http://origin; proxy_cache_key $arg_key; }
  location = /counts { stub_status; }
  location /error/ { proxy_pass http://origin; proxy_cache_use_stale error timeout http_500; }
  location /soon/ {
    proxy_pass http://origin; proxy_cache_use_stale timeout; proxy_read_timeout 200ms; proxy_cache_key $arg_key;
  }
  location /behind/ { proxy_pass http://origin; proxy_cache_use_stale updating; proxy_cache_background_update on; }
  location /updating/ { proxy_pass http://origin; proxy_cache_use_stale updating; }
  location /lock/ { proxy_pass http://origin; proxy_cache_lock on; proxy_cache_lock_timeout 100s; }
  location /short/ { proxy_pass http://origin; proxy_cache_lock on; proxy_cache_lock_timeout 100ms; }
  location /passed/ { proxy_pass http://origin; proxy_cache_lock on; proxy_cache_valid 502 1h; }
}`,
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
})

async function begin(target: string, ...lines: readonly string[]): Promise<Connection> {
  return (await connect(proxy.port('main'))).send(get(target, 'Connection: close', ...lines))
}

async function told(client: Connection): Promise<string> {
  const response = await client.readResponse()
  await client[Symbol.asyncDispose]()
  return `${response.status} ${response.get('x-cache')} ${response.text}`
}

/** The next connection to the origin, with its request read. */
async function next(): Promise<Connection> {
  const upstream = await origin.accept()
  await upstream.receive()
  return upstream
}

/** Stores a response under that target. */
async function store(target: string, ...lines: readonly string[]): Promise<void> {
  const client = await begin(target)
  const upstream = await next()
  upstream.send(ok('old', ...lines)).close()
  assert.equal(await told(client), '200 MISS old')
}

/** Real time has to pass: freshness is counted in seconds. Everything that is to be stale was stored before. */
await store('/error/refused', STALE)
await store('/error/status', STALE)
await store('/kept?key=slow', STALE)
await store('/error/never', `${STALE}, must-revalidate`)
await store('/iferror', `${STALE}, stale-if-error=6000`)
await store('/behind/a', STALE)
await store('/plain/swr', `${STALE}, stale-while-revalidate=600`)
await store('/updating/a', STALE)
await store('/plain', STALE)
await store('/asked', STALE)
await new Promise(resolve => setTimeout(resolve, 1100))

/** Without asking the origin. */
async function stored(target: string, body: string): Promise<void> {
  await until(
    () => `${target} to be stored`,
    async () => (await told(await begin(target, 'Cache-Control: only-if-cached'))) === `200 HIT ${body}` || undefined,
  )
}

test('what is not fresh is fetched anew, and given out from then on', async () => {
  const client = await begin('/plain')
  ;(await next()).send(ok('new', 'Cache-Control: max-age=6000')).close()
  assert.equal(await told(client), '200 EXPIRED new')
  assert.equal(await told(await begin('/plain')), '200 HIT new')
})

test('it stands in for an origin that fails, in the ways that are named', async () => {
  const broken = await begin('/error/refused')
  ;(await next()).close()
  assert.equal(await told(broken), '200 STALE old')
  const status = await begin('/error/status')
  ;(await next()).send('HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno').close()
  assert.equal(await told(status), '200 STALE old')
  const slow = await begin('/soon/?key=slow')
  const upstream = await next()
  assert.equal(await told(slow), '200 STALE old')
  upstream.close()
})

test('must-revalidate forbids that, stale-if-error allows it', async () => {
  const never = await begin('/error/never')
  ;(await next()).close()
  assert.match(await told(never), /^502 EXPIRED/)
  const allowed = await begin('/iferror')
  ;(await next()).send('HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno').close()
  assert.equal(await told(allowed), '200 STALE old')
})

test('it is sent at once and refreshed behind it, by one request however many ask', async () => {
  assert.equal(await told(await begin('/behind/a')), '200 STALE old')
  const upstream = await next()
  assert.equal(await told(await begin('/behind/a')), '200 UPDATING old')
  upstream.send(ok('new', 'Cache-Control: max-age=6000')).close()
  await until(
    () => 'the new one to be there',
    async () => (await told(await begin('/behind/a'))) === '200 HIT new' || undefined,
  )
})

test('an origin that says stale-while-revalidate gets that without a directive', async () => {
  assert.equal(await told(await begin('/plain/swr')), '200 STALE old')
  ;(await next()).send(ok('new', 'Cache-Control: max-age=600')).close()
  await stored('/plain/swr', 'new')
})

test('without a background the first waits for the origin, the others do not', async () => {
  const first = await begin('/updating/a')
  const upstream = await next()
  assert.equal(await told(await begin('/updating/a')), '200 UPDATING old')
  upstream.send(ok('new', 'Cache-Control: max-age=6000')).close()
  assert.equal(await told(first), '200 EXPIRED new')
})

test('a client may say that it takes what is stale', async () => {
  assert.equal(await told(await begin('/asked', 'Cache-Control: max-stale')), '200 STALE old')
})

test('with a lock one asks the origin and the others get what it got', async () => {
  const first = await begin('/lock/a')
  const upstream = await next()
  const others = await Promise.all([begin('/lock/a'), begin('/lock/a')])
  const before = origin.accepted
  upstream.send(ok('one', 'Cache-Control: max-age=6000')).close()
  assert.equal(await told(first), '200 MISS one')
  for (const other of others) assert.equal(await told(other), '200 HIT one')
  assert.equal(origin.accepted, before)
})

test('who has waited long enough asks for itself, and does not store it', async () => {
  const first = await begin('/short/a')
  const upstream = await next()
  const second = await begin('/short/a')
  ;(await next()).send(ok('two', 'Cache-Control: max-age=6000')).close()
  assert.equal(await told(second), '200 MISS two')
  upstream.send(ok('one', 'Cache-Control: max-age=6000')).close()
  assert.equal(await told(first), '200 MISS one')
  assert.equal(await told(await begin('/short/a')), '200 HIT one')
})

test('when it turns out that nothing is stored, those who wait go on side by side', async () => {
  const first = await begin('/lock/b')
  const upstream = await next()
  const others = await Promise.all([begin('/lock/b'), begin('/lock/b')])
  await until(
    () => 'both to wait',
    async () => (await told(await begin('/counts'))).includes('Writing: 4 ') || undefined,
  )
  upstream.send(ok('one', 'Cache-Control: no-store')).close()
  assert.equal(await told(first), '200 MISS one')
  const both = [await next(), await next()]
  for (const one of both) one.send(ok('own')).close()
  for (const other of others) assert.equal(await told(other), '200 MISS own')
})

test('a waiting client that leaves takes nothing with it', async () => {
  const first = await begin('/lock/c')
  const upstream = await next()
  const second = await begin('/lock/c')
  assert.equal(await told(await begin('/plain')), '200 HIT new')
  await second.reset()
  upstream.send(ok('one', 'Cache-Control: max-age=6000')).close()
  assert.equal(await told(first), '200 MISS one')
})

test('failures of ours are remembered where proxy_cache_valid names them', async () => {
  const client = await begin('/passed/a')
  ;(await next()).close()
  assert.match(await told(client), /^502 MISS/)
  const before = origin.accepted
  assert.match(await told(await begin('/passed/a')), /^502 HIT/)
  assert.equal(origin.accepted, before)
})

test('a client that leaves does not keep a response from being stored', async () => {
  const client = await begin('/gone')
  const upstream = await next()
  upstream.send('HTTP/1.1 200 OK\r\nCache-Control: max-age=6000\r\nContent-Length: 10\r\n\r\n01234')
  await client.expect(/01234$/)
  await client.reset()
  upstream.send('56789').close()
  await stored('/gone', '0123456789')
})

test('one that leaves before the answer began does not, either', async () => {
  const client = await begin('/early')
  const upstream = await next()
  await client.reset()
  upstream.send(ok('all', 'Cache-Control: max-age=6000')).close()
  await stored('/early', 'all')
})

test('what was cut short is never stored', async () => {
  const client = await begin('/cut')
  const upstream = await next()
  upstream.send('HTTP/1.1 200 OK\r\nCache-Control: max-age=6000\r\nContent-Length: 10\r\n\r\n01234').close()
  assert.equal((await client.readResponse()).complete, false)
  const again = await begin('/cut')
  ;(await next()).send(ok('whole')).close()
  assert.equal(await told(again), '200 MISS whole')
})
