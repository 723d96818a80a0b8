import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSnapshot } from './read-snapshot.ts'

test('a server is read from what nginx’s API tells of it', () => {
  const { upstreams } = readSnapshot(
    {
      'http/upstreams': {
        app: {
          peers: [
            {
              id: 3,
              server: '10.0.0.1:80',
              name: 'a.test:80',
              backup: true,
              weight: 5,
              state: 'unhealthy',
              active: 2,
              max_conns: 10,
              requests: 100,
              header_time: 4,
              response_time: 6,
              responses: { '1xx': 0, '2xx': 90, '3xx': 5, '4xx': 4, '5xx': 1, total: 100 },
              sent: 11,
              received: 22,
              fails: 7,
              unavail: 2,
              health_checks: { checks: 9, fails: 3, unhealthy: 1, last_passed: false, reason: 'status 503' },
              downtime: 5000,
              downstart: '2026-01-02T03:04:05.678Z',
              response_time_histogram: { bounds_ms: [10], counts: [99, 1] },
            },
          ],
          queue: { size: 4 },
        },
      },
    },
    1,
  )
  const [app] = upstreams
  assert.equal(app?.queued, 4)
  assert.deepEqual(app?.peers[0], {
    id: 3,
    server: '10.0.0.1:80',
    name: 'a.test:80',
    backup: true,
    weight: 5,
    state: 'unhealthy',
    active: 2,
    mostActive: 10,
    requests: 100,
    classes: [0, 90, 5, 4, 1],
    headerMs: 4,
    responseMs: 6,
    histogram: { boundsMs: [10], counts: [99, 1] },
    sent: 11,
    received: 22,
    fails: 7,
    unavailable: 2,
    checks: { done: 9, fails: 3, unhealthy: 1, lastPassed: false, reason: 'status 503' },
    downtimeMs: 5000,
    downSinceMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  })
})

test('stream, zones, caches and limits are read', () => {
  const { upstreams, zones, caches, limits } = readSnapshot(
    {
      'stream/upstreams': { tcp: { peers: [{ connections: 8, first_byte_time: 2 }] } },
      'http/server_zones': { site: { processing: 1, requests: 5, responses: { '2xx': 5 }, discarded: 2 } },
      'stream/server_zones': { door: { connections: 6, sessions: { '2xx': 6 } } },
      'http/caches': { big: { size: 10, max_size: 20, cold: true, hit: { responses: 3 }, expired: { responses: 1 } } },
      'http/limit_reqs': { one: { passed: 1, rejected: 2, delayed_dry_run: 1, rejected_dry_run: 2 } },
    },
    1,
  )
  assert.deepEqual(
    [upstreams[0]?.kind, upstreams[0]?.peers[0]?.requests, upstreams[0]?.peers[0]?.headerMs],
    ['stream', 8, 2],
  )
  assert.deepEqual(
    zones.map(({ kind, requests, classes }) => [kind, requests, classes[1]]),
    [
      ['server', 5, 5],
      ['stream', 6, 6],
    ],
  )
  assert.deepEqual(caches[0], { name: 'big', size: 10, most: 20, cold: true, hit: 3, stale: 0, miss: 1, bypass: 0 })
  assert.deepEqual([limits[0]?.kind, limits[0]?.rejected, limits[0]?.dryRun], ['requests', 2, 3])
})

for (const nonsense of [
  undefined,
  null,
  7,
  'x',
  [],
  { app: null },
  { app: { peers: 'x' } },
  { app: { peers: [null, 1] } },
]) {
  test(`${JSON.stringify(nonsense)} for upstreams is no mistake of the page`, () => {
    const { upstreams } = readSnapshot({ 'http/upstreams': nonsense, nginx: nonsense }, 1)
    assert.ok(Array.isArray(upstreams))
  })
}
