/** What became of requests at limits and caches, in the API and in metrics, whichever worker they came to. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { httpOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { eventually } from '../scenario/wait.ts'
import { api } from './talk.ts'

const origin = await httpOrigin(() => ({ body: '0123456789', headers: { 'Cache-Control': 'max-age=600' } }))
const proxy = await startProxy({
  workers: 2,
  files: { 'html/big.txt': 'x'.repeat(100_000) },
  config: ports => `
proxy_cache_path cache keys_zone=pages:1m;
limit_req_zone $arg_key zone=slow:32k rate=1r/m;
limit_req_zone $arg_key zone=wide:32k rate=1000r/s;
limit_conn_zone $arg_key zone=places:32k;
server {
  listen 127.0.0.1:${ports['main']};
  location /req { limit_req zone=wide burst=9 nodelay; limit_req zone=slow burst=1 nodelay; try_files /none =204; }
  location /dry { limit_req_dry_run on; limit_req zone=slow; try_files /none =204; }
  location /conn { limit_conn places 1; limit_rate 1k; try_files /big.txt =404; }
  location /cached { proxy_cache pages; proxy_pass http://${origin.address}; }
  location /passed { proxy_cache pages; proxy_cache_bypass 1; proxy_pass http://${origin.address}; }
  location /api/ { api; }
  location /metrics { metrics; }
}`,
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
})
const status = async (target: string): Promise<number> => (await ask(proxy.port('main'), get(target))).status

test('limit_req: who refuses counts the request, and nobody else does', async () => {
  assert.deepEqual(
    [await status('/req?key=a'), await status('/req?key=a'), await status('/req?key=a')],
    [204, 204, 503],
  )
  assert.equal(await status('/dry?key=a'), 204)
  const none = { delayed: 0, delayed_dry_run: 0 }
  await eventually(async () => {
    assert.deepEqual((await api(proxy, '/http/limit_reqs')).json, {
      slow: { passed: 2, rejected: 1, rejected_dry_run: 1, ...none },
      wide: { passed: 2, rejected: 0, rejected_dry_run: 0, ...none },
    })
  })
  assert.equal((await api(proxy, '/http/limit_reqs/slow')).json.rejected, 1)
  assert.equal((await api(proxy, '/http/limit_reqs/none')).status, 404)
})

test('limit_conn', async () => {
  const first = await connect(proxy.port('main'))
  first.send(get('/conn?key=a'))
  assert.match((await first.readHead()).startLine, / 200 /)
  assert.equal(await status('/conn?key=a'), 503)
  first.close()
  await eventually(async () => {
    assert.deepEqual((await api(proxy, '/http/limit_conns')).json, {
      places: { passed: 1, rejected: 1, rejected_dry_run: 0 },
    })
  })
})

test('a cache tells responses and bytes by what it had to do with them, and metrics tell the same', async () => {
  for (const target of ['/cached', '/cached', '/cached', '/passed']) assert.equal(await status(target), 200)
  await eventually(async () => {
    const { miss, hit, bypass, expired } = (await api(proxy, '/http/caches/pages')).json
    assert.deepEqual(
      [miss, hit, bypass, expired],
      [
        { responses: 1, bytes: 10 },
        { responses: 2, bytes: 20 },
        { responses: 1, bytes: 10 },
        { responses: 0, bytes: 0 },
      ],
    )
  })
  const text = (await ask(proxy.port('main'), get('/metrics', 'Connection: close'))).text
  for (const line of [
    'evenkeel_cache_responses_total{cache="pages",status="hit"} 2',
    'evenkeel_cache_sent_bytes_total{cache="pages",status="hit"} 20',
    'evenkeel_limit_req_requests_total{zone="slow",outcome="rejected"} 1',
    'evenkeel_limit_conn_requests_total{zone="places",outcome="rejected"} 1',
  ]) {
    assert.ok(text.includes(`${line}\n`), line)
  }
})
