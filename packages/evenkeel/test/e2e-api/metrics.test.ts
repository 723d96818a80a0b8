/** What Prometheus scrapes: well-formed, and exact over all workers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { httpOrigin } from '../scenario/origin.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { eventually } from '../scenario/wait.ts'
import { readExposition, type Family } from './exposition.ts'

async function scrape(proxy: Proxied): Promise<ReadonlyMap<string, Family>> {
  const answer = await fetch(`http://127.0.0.1:${proxy.port()}/metrics`)
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  return readExposition(await answer.text())
}

function value(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const family = [...families.values()].find(one => name.startsWith(one.name) && one.samples.some(s => s.name === name))
  const found = family?.samples.filter(
    sample => sample.name === name && Object.entries(labels).every(([label, text]) => sample.labels[label] === text),
  )
  assert.equal(found?.length, 1, `${name} ${JSON.stringify(labels)}`)
  return found![0]!.value
}

test('counts and times are exact over all workers, and survive a reload to fewer of them', async () => {
  await using one = await httpOrigin('one')
  await using two = await httpOrigin(() => ({ status: 503, body: 'two' }))
  const config =
    (workers: number) =>
    (ports: Readonly<Record<string, number>>): string =>
      `
worker_processes ${workers};
events {}
http {
        access_log off;
        upstream app { server ${one.address}; server ${one.address}; server ${two.address}; }
        server {
          listen 127.0.0.1:${ports.main};
          status_zone "with \\"quotes\\" and é";
          location / { proxy_pass http://app; status_zone pages; }
          location = /metrics { metrics; }
        }
      }`
  await using proxy = await startProxy({ config: config(3) })
  for (let time = 0; time < 30; time++) await ask(proxy.port(), get('/some/uri?that=is&no=label'))
  const counted = (families: ReadonlyMap<string, Family>): boolean =>
    value(families, 'evenkeel_location_zone_request_duration_seconds_count', { zone: 'pages' }) === 30
  function assertCounts(before: ReadonlyMap<string, Family>): void {
    assert.ok(counted(before))
    assert.equal(value(before, 'evenkeel_workers'), 3)
    assert.equal(value(before, 'evenkeel_location_zone_responses_total', { zone: 'pages', code: '2xx' }), 20)
    assert.equal(value(before, 'evenkeel_location_zone_responses_total', { zone: 'pages', code: '5xx' }), 10)
    assert.equal(value(before, 'evenkeel_server_zone_requests_processing', { zone: 'with "quotes" and é' }), 1)
    const second = { upstream: 'app', server: `${one.address}#2` }
    assert.equal(value(before, 'evenkeel_upstream_peer_requests_total', second), 10)
    assert.equal(value(before, 'evenkeel_upstream_peer_header_duration_seconds_count', second), 10)
    assert.equal(value(before, 'evenkeel_upstream_peer_up', second), 1)
    assert.ok(value(before, 'process_resident_memory_bytes') > 10_000_000)
    assert.ok(value(before, 'process_open_fds') > 10)
    assert.equal(JSON.stringify([...before.values()]).includes('some/uri'), false)
  }
  // What one worker has answered it counts a moment later, and another one may be asked by then.
  await eventually(async () => assertCounts(await scrape(proxy)))

  proxy.configure(config(1))
  proxy.signal('HUP')
  await eventually(async () => {
    const after = await scrape(proxy)
    assert.equal(value(after, 'evenkeel_config_generation'), 2)
    assert.equal(value(after, 'evenkeel_workers'), 1)
    assert.ok(counted(after))
    assert.ok(value(after, 'evenkeel_http_requests_total') >= 31)
  })
})

test('what is no exposition is seen as such', () => {
  const head = '# HELP a_total A.\n# TYPE a_total counter\n'
  for (const text of [
    'a 1\n',
    `${head}a_total 1`,
    `${head}a_total 1\na_total 2\n`,
    `${head}a_total{x="1",x="2"} 1\n`,
    `${head}a_total{x="a"b"} 1\n`,
    `${head}a_total -1\n`,
    `${head}a_total{x="1",} 1\n`,
    `${head}b_total 1\n`,
    '# HELP a A.\n# TYPE a counter\na 1\n',
    '# HELP a A.\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
    '# HELP a A.\n# TYPE a histogram\na_bucket{le="1"} 1\na_sum 1\na_count 1\n',
  ]) {
    assert.throws(() => readExposition(text), Error, text)
  }
})
