/** Sessions of TCP and UDP, and their servers, as the API and Prometheus are told of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Datagrams, UDP_HOST } from '../e2e-stream/datagrams.ts'
import { connect } from '../scenario/connection.ts'
import { startOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'
import { readExposition } from './exposition.ts'
import { api } from './talk.ts'

test('sessions are counted by zone and by peer, over all workers, and survive a reload', async () => {
  await using origin = await startOrigin()
  await using dns = await Datagrams.open(text => `${text}${text}`)
  await using proxy = await startProxy({
    workers: 3,
    config: ports => `
http { server { listen 127.0.0.1:${ports.main}; location /api { api; } location /metrics { metrics; } } }
stream {
  status_zone others;
  upstream app { server 127.0.0.9:1 max_fails=0; server ${origin.address}; }
  upstream dns { server ${dns.address}; }
  server { listen 127.0.0.1:${ports.tcp}; status_zone tcp; proxy_pass app; health_check interval=1h; }
  server { listen 127.0.0.1:${ports.shut}; status_zone tcp; deny all; return x; }
  server { listen ${UDP_HOST}:${ports.udp} udp; proxy_responses 1; proxy_pass dns; }
}`,
  })
  // The check takes the dead one out, and a reload below does not ask again.
  await proxy.errorLog(/peer is unhealthy: connection refused/)
  // The connection of the probe.
  await origin.accept()
  await using open = await connect(proxy.port('tcp'))
  const held = await origin.accept()
  assert.equal((await api(proxy, '/stream/server_zones/tcp')).json.processing, 1)
  for (let time = 0; time < 6; time++) {
    await using client = await connect(proxy.port('tcp'))
    const peer = await origin.accept()
    client.send('hello')
    await peer.expect('hello')
    peer.send('good day')
    await client.expect('good day')
    client.close()
    await peer.expectGone()
  }
  await using refused = await connect(proxy.port('shut'))
  await refused.expectClose()
  for (let time = 0; time < 4; time++) {
    await using client = await Datagrams.open()
    assert.equal(await client.send('abc', proxy.port('udp')).text(), 'abcabc')
  }
  const zones = await until(
    () => 'all sessions to be counted',
    async () => {
      const { json } = await api(proxy, '/stream/server_zones')
      return json.tcp.sessions.total === 7 && json.others.sessions.total === 4 ? json : undefined
    },
  )
  const { processing, connections, sessions, received, sent } = zones.tcp
  assert.deepEqual([processing, connections, received, sent], [1, 8, 30, 48])
  assert.deepEqual(sessions, { '2xx': 6, '4xx': 1, '5xx': 0, total: 7 })
  assert.deepEqual([zones.others.received, zones.others.sent, zones.others.sessions['2xx']], [12, 24, 4])

  const { peers } = (await api(proxy, '/stream/upstreams/app')).json
  const [dead, well] = peers
  assert.deepEqual([dead.state, dead.connections, dead.health_checks.fails], ['unhealthy', 0, 1])
  assert.deepEqual([well.state, well.connections, well.active, well.sent, well.received], ['up', 7, 1, 30, 48])
  assert.equal(well.health_checks.last_passed, true)
  assert.ok(well.connect_time >= 0 && well.first_byte_time >= 0 && well.response_time >= 0, JSON.stringify(well))
  assert.equal((await api(proxy, '/stream/server_zones/none')).status, 404)
  const [resolver] = (await api(proxy, '/stream/upstreams/dns')).json.peers
  assert.deepEqual([resolver.sent, resolver.received], [12, 24])

  const starts = (): number => proxy.read('error.log').match(/start worker process/g)?.length ?? 0
  const before = starts()
  proxy.signal('HUP')
  await until(
    () => 'the reload',
    () => starts() > before || undefined,
  )
  open.close()
  await held.expectGone()
  const families = await until(
    () => 'the last session in metrics',
    async () => {
      const answer = await fetch(`http://127.0.0.1:${proxy.port()}/metrics`)
      const read = readExposition(await answer.text())
      const [count] = read.get('evenkeel_stream_zone_sessions_processing')?.samples ?? []
      return count?.value === 0 ? read : undefined
    },
  )
  const value = (family: string, labels: Readonly<Record<string, string>>, sample = family): number | undefined =>
    families
      .get(family)
      ?.samples.find(
        ({ name, labels: own }) => name === sample && Object.entries(labels).every(([key, text]) => own[key] === text),
      )?.value
  const tcp = { zone: 'tcp' }
  assert.equal(value('evenkeel_stream_zone_sessions_total', { ...tcp, code: '2xx' }), 7)
  assert.equal(value('evenkeel_stream_zone_sessions_total', { ...tcp, code: '4xx' }), 1)
  const times = 'evenkeel_stream_zone_session_duration_seconds'
  assert.equal(value(times, tcp, `${times}_count`), 8)
  const peer = { upstream: 'app', server: origin.address }
  const name = 'evenkeel_stream_upstream_peer_'
  assert.equal(value(`${name}sessions_total`, peer), 7)
  assert.equal(value(`${name}connected_total`, peer), 7)
  assert.equal(value(`${name}received_bytes_total`, peer), 48)
  assert.equal(value(`${name}up`, { upstream: 'app', server: '127.0.0.9:1' }), 0)
})
