/** What the API tells, in the shapes that clients of nginx's API know. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { httpOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { eventually } from '../scenario/wait.ts'
import { api } from './talk.ts'

test('zones and peers are counted exactly, over all workers', async () => {
  await using one = await httpOrigin('one')
  await using two = await httpOrigin(() => ({ status: 404, body: 'two' }))
  await using proxy = await startProxy({
    workers: 3,
    config: ports => `
      upstream app { zone app 64k; server ${one.address} weight=3 max_conns=9; server ${two.address} backup; server ${two.address}; }
      server {
        listen 127.0.0.1:${ports.main};
        status_zone site;
        location / { proxy_pass http://app; status_zone pages; }
        location /own { return 200 own; }
        location /api/ { api; }
      }`,
  })
  for (let time = 0; time < 20; time++) await ask(proxy.port(), get('/x'))
  for (let time = 0; time < 5; time++) await ask(proxy.port(), get('/own'))
  // What one worker has answered it counts a moment later, and another one may be asked by then.
  await eventually(async () => {
    const { json: pages } = await api(proxy, '/http/location_zones/pages')
    assert.equal(pages.requests, 20)
    assert.deepEqual(pages.responses, {
      '1xx': 0,
      '2xx': 15,
      '3xx': 0,
      '4xx': 5,
      '5xx': 0,
      codes: { 200: 15, 404: 5 },
      total: 20,
    })
    assert.ok(pages.received > 20 * 30 && pages.sent > 20 * 100, JSON.stringify(pages))
  })

  await eventually(async () => {
    const { site } = (await api(proxy, '/http/server_zones')).json
    // The question itself is under way, and those before it have ended.
    assert.equal(site.processing, 1)
    assert.ok(site.requests >= 25)
  })

  const { peers, zone } = (await api(proxy, '/http/upstreams/app')).json
  assert.equal(zone, 'app')
  assert.deepEqual(
    peers.map((peer: { id: number }) => peer.id),
    [0, 1, 2],
  )
  const [first, spare, last] = peers
  assert.equal(first.server, one.address)
  assert.equal(first.weight, 3)
  assert.equal(first.max_conns, 9)
  assert.equal(first.state, 'up')
  assert.equal(first.requests, 15)
  assert.equal(first.responses['2xx'], 15)
  assert.ok(first.sent > 15 * 20 && first.received > 15 * 40, JSON.stringify(first))
  assert.match(first.selected, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  assert.equal(spare.backup, true)
  assert.equal(spare.requests, 0)
  assert.equal(last.responses['4xx'], 5)
})

test('the tree is that of nginx, with fields, and errors in its form', async () => {
  await using proxy = await startProxy({
    workers: 2,
    config: ports => `server { listen 127.0.0.1:${ports.main}; location /api { api; } }`,
  })
  const root = await fetch(`http://127.0.0.1:${proxy.port()}/api/`)
  assert.deepEqual(await root.json(), [4, 5, 6, 7, 8, 9])
  const tree = (await api(proxy, '/')).json
  assert.deepEqual(tree.slice(0, 5), ['nginx', 'processes', 'connections', 'slabs', 'http'])
  const nginx = (await api(proxy, '/nginx')).json
  assert.deepEqual(Object.keys(nginx), [
    'version', 'build', 'address', 'generation', 'load_timestamp', 'timestamp', 'pid', 'ppid',
  ]) // oxfmt-ignore
  assert.equal(nginx.pid, proxy.pid)
  assert.equal(nginx.address, '127.0.0.1')
  assert.deepEqual(Object.keys((await api(proxy, '/nginx?fields=pid,ppid,nothing')).json), ['pid', 'ppid'])
  for (const path of ['/slabs', '/resolvers', '/stream/upstreams', '/http/caches', '/http/upstreams']) {
    assert.deepEqual((await api(proxy, path)).json, {}, path)
  }
  const workers = (await api(proxy, '/workers')).json
  assert.equal(workers.length, 2)
  const { total } = (await api(proxy, '/http/requests')).json
  assert.ok(total >= 8)

  const missing = await api(proxy, '/nothing')
  assert.equal(missing.status, 404)
  assert.equal(missing.json.error.code, 'PathNotFound')
  assert.equal((await api(proxy, '/http/upstreams/none')).json.error.code, 'UpstreamNotFound')
  assert.equal((await api(proxy, '/http/server_zones/constructor')).json.error.code, 'ServerZoneNotFound')
  assert.equal((await api(proxy, '/nginx', { method: 'DELETE' })).json.error.code, 'MethodDisabled')
  const version = await fetch(`http://127.0.0.1:${proxy.port()}/api/99/nginx`)
  assert.equal(((await version.json()) as { error: { code: string } }).error.code, 'UnknownVersion')
})
