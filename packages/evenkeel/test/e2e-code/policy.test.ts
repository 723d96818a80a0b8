/** Policies, variables and rules for retries in TypeScript beside the configuration, with two workers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'
import { answered, codeCounts, namedOrigin, names, reload } from './stage.ts'

const LAST = `
import type { Policy } from 'evenkeel'
import { lastOf } from './parts/last.ts'
const policy: Policy = peers => (_, eligible) => lastOf(peers.length, eligible)
export default policy
`

const PART = (step: number): string => `
export function lastOf(length: number, eligible: (index: number) => boolean): number {
  for (let index = length - ${step}; index >= 0; index--) if (eligible(index)) return index
  return -1
}
`

test('a policy chooses, is replaced on a reload with what it imports, and a broken one changes nothing', async () => {
  await using a = await namedOrigin('a')
  await using b = await namedOrigin('b')
  await using c = await namedOrigin('c')
  await using proxy = await startProxy({
    workers: 2,
    files: { 'mine.ts': LAST, 'parts/last.ts': PART(1) },
    config: ports => `
      upstream all { server ${a.address}; server ${b.address}; server ${c.address}; balance ./mine.ts; }
      server {
        listen 127.0.0.1:${ports.main};
        location / { proxy_pass http://all; }
        location /api/ { api; }
        location /metrics { metrics; }
      }`,
  })
  const url = `http://127.0.0.1:${proxy.port('main')}/`
  assert.deepEqual(new Set(await names(url, 12)), new Set(['c']))
  assert.ok((await codeCounts(proxy, './mine.ts')).calls >= 12)
  assert.match(
    await (await fetch(`${url}metrics`)).text(),
    /evenkeel_code_calls_total\{kind="policy",module=".\/mine.ts"/,
  )

  proxy.write('parts/last.ts', PART(2))
  await reload(proxy, 2)
  await until(
    () => 'the changed policy everywhere',
    async () => (await names(url, 10)).every(name => name === 'b') || undefined,
  )

  proxy.write('mine.ts', 'export default 5')
  proxy.signal('HUP')
  await proxy.errorLog(/policy "\.\/mine\.ts" has a default export that is no function in .*nginx\.conf:\d+/)
  proxy.write('mine.ts', 'export const ')
  proxy.signal('HUP')
  await proxy.errorLog(/policy "\.\/mine\.ts" could not be loaded: .* in .*nginx\.conf:\d+/)
  assert.deepEqual(new Set(await names(url, 10)), new Set(['b']), 'what ran goes on')
})

test('a policy that throws, or chooses whom it may not, is told and replaced by taking turns', async () => {
  await using a = await namedOrigin('a')
  await using b = await namedOrigin('b')
  await using proxy = await startProxy({
    workers: 2,
    files: {
      'throws.ts': `export default (peers, state) => () => { state.lock(); throw new Error('no idea') }`,
      'wild.ts': `export default () => () => 17`,
      'unbuilt.ts': `export default () => { throw new TypeError('not today') }`,
    },
    config: ports => `
      upstream throws { server ${a.address}; server ${b.address}; balance ./throws.ts; }
      upstream wild { server ${a.address}; server ${b.address}; balance ./wild.ts; }
      upstream unbuilt { server ${a.address}; server ${b.address}; balance ./unbuilt.ts; }
      server {
        listen 127.0.0.1:${ports.main};
        location /throws { proxy_pass http://throws; }
        location /wild { proxy_pass http://wild; }
        location /unbuilt { proxy_pass http://unbuilt; }
        location /api/ { api; }
      }`,
  })
  for (const path of ['throws', 'wild', 'unbuilt']) {
    const list = await names(`http://127.0.0.1:${proxy.port('main')}/${path}`, 20)
    assert.deepEqual(new Set(list), new Set(['a', 'b']), path)
  }
  const { calls, failures } = await codeCounts(proxy, './throws.ts')
  assert.ok(failures >= 20 && calls >= failures, JSON.stringify({ calls, failures }))
  const log = await proxy.errorLog(/unbuilt/)
  assert.match(log, /\[error\].*policy "\.\/throws\.ts" failed: Error: no idea at \/.*throws\.ts:1/)
  assert.match(log, /policy "\.\/wild\.ts" failed: RangeError: it chose 17, which is nobody who may be chosen/)
  assert.match(log, /policy "\.\/unbuilt\.ts" failed: TypeError: not today/)
})

test('a policy gets a key, a clock and the state that workers share', async () => {
  await using a = await namedOrigin('a')
  await using b = await namedOrigin('b')
  await using proxy = await startProxy({
    workers: 2,
    files: {
      'shared.ts': `
        import type { Policy } from 'evenkeel'
        export const byKey: Policy = (peers, state, random, now) => (input, eligible) => {
          if (now() < 1e12) throw new Error('the clock stands at ' + now())
          if (input.hashKey() === 'count') return Atomics.add(state.words, 3, 1) % peers.length
          return Number(input.hashKey()) % peers.length
        }`,
    },
    config: ports => `
      upstream all { server ${a.address}; server ${b.address}; balance ./shared.ts#byKey $arg_k; }
      server { listen 127.0.0.1:${ports.main}; location / { proxy_pass http://all; } location /api/ { api; } }`,
  })
  const url = `http://127.0.0.1:${proxy.port('main')}/`
  assert.deepEqual(new Set(await names(`${url}?k=7`, 8)), new Set(['b']))
  assert.deepEqual(new Set(await names(`${url}?k=8`, 8)), new Set(['a']))
  const list = await names(`${url}?k=count`, 12)
  assert.equal(list.filter(name => name === 'a').length, 6, 'turns are taken by both workers together')
  assert.equal((await codeCounts(proxy, './shared.ts')).failures, 0)
})

test('a policy that holds its worker up is told, and one that never ends is named when the worker is replaced', async () => {
  await using a = await namedOrigin('a')
  await using b = await namedOrigin('b')
  await using proxy = await startProxy({
    workers: 2,
    files: {
      'slow.ts': `
        import type { Policy } from 'evenkeel'
        const policy: Policy = () => input => {
          const key = input.hashKey()
          const until = performance.now() + (key === 'long' ? 120 : 0)
          while (key === 'ever' || performance.now() < until) {}
          return 0
        }
        export default policy`,
    },
    config: ports => `
      upstream all { server ${a.address}; server ${b.address}; balance ./slow.ts $arg_k; }
      server { listen 127.0.0.1:${ports.main}; location / { proxy_pass http://all; } location /api/ { api; } }`,
  })
  const url = `http://127.0.0.1:${proxy.port('main')}/`
  await names(`${url}?k=long`, 1)
  await proxy.errorLog(/policy "\.\/slow\.ts" took \d+ ms, while nothing else was served by its worker/)
  assert.ok((await codeCounts(proxy, './slow.ts')).slow >= 1)

  const lost = fetch(`${url}?k=ever`).then(
    () => 'answered',
    () => 'lost',
  )
  await until(
    () => `the watchdog\n${proxy.read('error.log').slice(-800)}`,
    () => /its event loop stood still for 10 s in policy "\.\/slow\.ts"/.test(proxy.read('error.log')) || undefined,
    40_000,
  )
  assert.equal(await lost, 'lost')
  await until(
    () => 'traffic again',
    async () => (await names(url, 4).catch(() => [])).length === 4 || undefined,
  )
})

test('a variable in code is made once a request, and is a hash key like any other', async () => {
  await using a = await namedOrigin('a')
  await using b = await namedOrigin('b')
  await using proxy = await startProxy({
    workers: 2,
    files: {
      'tenant.ts': `
        import type { CodeVariable } from 'evenkeel'
        let calls = 0
        const tenant: CodeVariable = request => {
          if (request.header('x-broken') !== undefined) throw new Error('broken')
          return (request.header('x-tenant') ?? 'nobody') + '/' + request.variable('arg_region') + '/' + request.path
        }
        export default tenant
        export const count: CodeVariable = () => String(++calls)`,
    },
    config: ports => `
      set_by $tenant ./tenant.ts;
      set_by $count ./tenant.ts#count;
      log_format by_tenant '$tenant $count $count';
      upstream all { server ${a.address}; server ${b.address}; hash $tenant; }
      server {
        listen 127.0.0.1:${ports.main};
        access_log tenants.log by_tenant;
        location / { proxy_pass http://all; proxy_set_header X-Tenant-Key "$tenant"; proxy_set_header X-Counts "$count-$count"; }
      }`,
  })
  const url = `http://127.0.0.1:${proxy.port('main')}/é?region=eu`
  const first = await answered(url, { headers: { 'X-Tenant': 'acme' } })
  assert.equal(Buffer.from(first.headers['x-tenant-key'] ?? '', 'latin1').toString(), 'acme/eu//é')
  const [one, other] = (first.headers['x-counts'] ?? '').split('-')
  assert.equal(one, other, 'it keeps its value')
  for (let at = 0; at < 8; at++) {
    assert.equal((await answered(url, { headers: { 'X-Tenant': 'acme' } })).name, first.name)
  }
  const broken = await answered(url, { headers: { 'X-Broken': '1' } })
  assert.equal(broken.headers['x-tenant-key'], undefined, 'a field without a value is not sent')
  await proxy.errorLog(/variable "\.\/tenant\.ts" failed: Error: broken at .*tenant\.ts:\d+.*client: 127\.0\.0\.1/)
})

test('a rule says which failures are repeated, and what configures them holds when it fails', async () => {
  await using bad = await namedOrigin('bad', (request, response) => {
    response.statusCode = 503
    response.end()
    return request.url !== undefined
  })
  await using good = await namedOrigin('good')
  await using proxy = await startProxy({
    workers: 2,
    files: {
      'retry.ts': `
        import type { RetryRule } from 'evenkeel'
        const rule: RetryRule = ({ status, method, usual }) => (status === 503 && method === 'POST') || usual
        export default rule
        export const never: RetryRule = () => false
        export const broken = () => 'perhaps'`,
    },
    config: ports => `
      upstream both { server ${bad.address} max_fails=0; server ${good.address} backup; }
      server {
        listen 127.0.0.1:${ports.main};
        location /plain { proxy_pass http://both; }
        location /rule { proxy_pass http://both; proxy_next_upstream_by ./retry.ts; }
        location /never { proxy_pass http://both; proxy_next_upstream http_503; proxy_next_upstream_by ./retry.ts#never; }
        location /broken { proxy_pass http://both; proxy_next_upstream http_503; proxy_next_upstream_by ./retry.ts#broken; }
      }`,
  })
  const status = async (path: string, method = 'GET'): Promise<number> =>
    (
      await fetch(
        `http://127.0.0.1:${proxy.port('main')}${path}`,
        method === 'POST' ? { method, body: 'x' } : { method },
      )
    ).status
  assert.equal(await status('/plain', 'POST'), 503)
  assert.equal(await status('/rule'), 503)
  assert.equal(await status('/rule', 'POST'), 200)
  assert.equal(await status('/never'), 503)
  assert.equal(await status('/broken'), 200)
  await proxy.errorLog(/retry rule "\.\/retry\.ts#broken" failed: TypeError: it answered string, not true or false/)
})
