/** How many requests an upstream is given at a time where that is found out by itself. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { HoldingOrigins } from '../scenario/holding.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

const origins = await HoldingOrigins.start(2, target => target.includes('/held'))
const servers = origins.addresses.map(address => `server ${address};`).join(' ')
const proxy = await startProxy({
  config: ports => `
    log_format why '$request_uri $status $failure';
    access_log why.log why;
    upstream app { adaptive_concurrency min_concurrency=2 max_concurrency_limit=2; ${servers} }
    upstream queued { adaptive_concurrency min_concurrency=1 max_concurrency_limit=1; queue 10; ${servers} }
    server {
      listen 127.0.0.1:${ports.main};
      location / { proxy_pass http://app; }
      location = /counts { stub_status; }
      location /queued { proxy_pass http://queued; add_header X-Waited $upstream_queue_time; }
    }`,
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  await origins[Symbol.asyncDispose]()
})
const port = proxy.port('main')

test('what is above the limit is answered 503 at once, and not sent', async () => {
  const asked = ['/held1', '/held2'].map(target => ask(port, get(target)))
  const held = await Promise.all(['/held1', '/held2'].map(target => origins.heldBack(target)))
  const refused = await ask(port, get('/refused'))
  assert.equal(refused.status, 503)
  assert.equal(origins.times('/refused'), 0)
  for (const one of held) one.answer('well')
  for (const one of asked) assert.equal((await one).text, 'well')
  assert.equal((await ask(port, get('/again'))).status, 200)
  await proxy.errorLog(/upstream works at as many requests as it can/)
})

test('with a queue it waits there', async () => {
  const first = ask(port, get('/queued/held'))
  const held = await origins.heldBack('/queued/held')
  const second = ask(port, get('/queued/second'))
  await until(
    () => 'both to be at work, besides the one that asks',
    async () => /Writing: 3 /.test((await ask(port, get('/counts'))).text) || undefined,
  )
  assert.equal(origins.times('/queued/second'), 0)
  held.answer('well')
  assert.equal((await first).text, 'well')
  const answer = await second
  assert.equal(answer.status, 200)
  assert.match(answer.get('x-waited') ?? '', /^\d/)
})

test('quick answers in numbers are all served, whatever is measured meanwhile', async () => {
  for (let time = 0; time < 300; time++) assert.equal((await ask(port, get(`/quick${time}`))).status, 200)
})
