/** Servers changed while they are in use: seen by every worker, without a reload, and kept where that is asked for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { httpOrigin, startOrigin } from '../scenario/origin.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { eventually, until } from '../scenario/wait.ts'
import { api, body } from './talk.ts'

const site = (port: number | undefined, more = ''): string =>
  `server { listen 127.0.0.1:${port}; location / { proxy_pass http://app; ${more} } location /api { api write=on; } }`

/** Who answers, over all workers. */
async function answers(proxy: Proxied, times = 12): Promise<Set<string>> {
  const all = new Set<string>()
  for (let time = 0; time < times; time++) all.add((await ask(proxy.port(), get('/'))).text)
  return all
}

/** A change is on its way to the workers for a moment. */
async function answeredBy(proxy: Proxied, ...names: readonly string[]): Promise<void> {
  await until(
    () => `answers of ${names.join(' and ')} alone`,
    async () => {
      const all = await answers(proxy)
      return (all.size === names.length && names.every(name => all.has(name))) || undefined
    },
  )
}

test('a server is added, drained, weighed and removed, in every worker', async () => {
  await using one = await httpOrigin('one')
  await using two = await httpOrigin('two')
  await using proxy = await startProxy({
    workers: 3,
    config: ports => `upstream app { server ${one.address}; } ${site(ports.main)}`,
  })
  const servers = '/http/upstreams/app/servers'
  const added = await api(proxy, servers, body('POST', { server: two.address, weight: 2 }))
  assert.equal(added.status, 201)
  assert.equal(added.headers.get('location'), '/api/9/http/upstreams/app/servers/1/')
  const full = {
    id: 1,
    server: two.address,
    weight: 2,
    max_conns: 0,
    max_fails: 1,
    fail_timeout: '10s',
    slow_start: '0s',
    route: '',
    backup: false,
    down: false,
  }
  assert.deepEqual(added.json, full)
  await answeredBy(proxy, 'one', 'two')

  const drained = await api(proxy, `${servers}/0`, body('PATCH', { drain: true }))
  assert.equal(drained.status, 200)
  assert.equal(drained.json.drain, true)
  await answeredBy(proxy, 'two')
  assert.equal((await api(proxy, '/http/upstreams/app')).json.peers[0].state, 'draining')

  await api(proxy, `${servers}/0`, body('PATCH', { drain: false, max_conns: 7, fail_timeout: '1m', slow_start: '3s' }))
  await answeredBy(proxy, 'one', 'two')
  const changed = (await api(proxy, `${servers}/0`)).json
  assert.deepEqual([changed.max_conns, changed.fail_timeout, changed.slow_start], [7, '60s', '3s'])

  // What was counted for a server stays its own while others come and go.
  const before = (await api(proxy, '/http/upstreams/app')).json.peers[1].requests
  const left = await api(proxy, `${servers}/0`, { method: 'DELETE' })
  assert.deepEqual(left.json, [full])
  await answeredBy(proxy, 'two')
  const [peer] = (await api(proxy, '/http/upstreams/app')).json.peers
  assert.equal(peer.id, 1)
  assert.ok(peer.requests >= before)

  const again = await api(proxy, servers, body('POST', { server: one.address, down: true }))
  assert.equal(again.json.id, 2)
  await answeredBy(proxy, 'two')
})

test('what is under way at a server that is removed ends there', async () => {
  await using slow = await startOrigin()
  await using two = await httpOrigin('two')
  await using proxy = await startProxy({
    config: ports => `upstream app { server ${slow.address}; } ${site(ports.main)}`,
  })
  const answer = ask(proxy.port(), get('/'))
  const asked = await slow.accept()
  await asked.receive()
  await api(proxy, '/http/upstreams/app/servers', body('POST', { server: two.address }))
  await api(proxy, '/http/upstreams/app/servers/0', { method: 'DELETE' })
  await answeredBy(proxy, 'two')
  asked.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow')
  assert.equal((await answer).text, 'slow')
})

test('mistakes change nothing, and are told in the words of nginx', async () => {
  await using one = await httpOrigin('one')
  await using proxy = await startProxy({
    config: ports => `
      upstream app { server ${one.address}; }
      upstream keyed { hash $uri; server ${one.address}; }
      ${site(ports.main)}`,
  })
  const servers = '/http/upstreams/app/servers'
  const wrong = async (method: string, path: string, text: string): Promise<string> => {
    const { status, json } = await api(proxy, path, { method, body: text })
    return `${status} ${json.error.code}`
  }
  const add = (value: unknown, path: string = servers): Promise<string> => wrong('POST', path, JSON.stringify(value))
  const server = one.address
  assert.equal(await wrong('POST', servers, '{'), '415 JsonError')
  assert.equal(await add([]), '400 UpstreamConfFormatError')
  assert.equal(await add({}), '400 UpstreamConfFormatError')
  assert.equal(await add({ server, nonsense: 1 }), '400 UpstreamConfFormatError')
  assert.equal(await add({ server, constructor: 1 }), '400 UpstreamConfFormatError')
  assert.equal(await add({ server, weight: {} }), '400 UpstreamConfFormatError')
  assert.equal(await add({ server: '127.0.0.1:99999' }), '400 UpstreamBadAddress')
  assert.equal(await add({ server: '127.0.0.1:80; } include /etc/passwd' }), '400 UpstreamBadAddress')
  assert.equal(await add({ server, weight: 0 }), '400 UpstreamBadWeight')
  assert.equal(await add({ server, weight: 1.5 }), '400 UpstreamBadWeight')
  assert.equal(await add({ server, max_conns: -1 }), '400 UpstreamBadMaxConns')
  assert.equal(await add({ server, fail_timeout: 'soon' }), '400 UpstreamBadFailTimeout')
  assert.equal(await add({ server, route: 'x'.repeat(33) }), '400 UpstreamBadRoute')
  assert.equal(await add({ server: 'app.example', service: 'http' }), '400 UpstreamConfNoResolver')
  assert.equal(await add({ server, backup: true }, '/http/upstreams/keyed/servers'), '400 UpstreamNoBackup')
  assert.equal(await add({ server }, '/http/upstreams/none/servers'), '404 UpstreamNotFound')
  assert.equal(await wrong('PATCH', `${servers}/9`, '{}'), '404 UpstreamServerNotFound')
  assert.equal(await wrong('DELETE', `${servers}/x`, ''), '400 UpstreamBadServerId')
  assert.equal(await wrong('PUT', servers, '{}'), '405 MethodDisabled')
  assert.equal(await add({ server, route: 'x'.repeat(20_000) }), '413 BodyTooLarge')
  assert.equal((await api(proxy, servers)).json.length, 1)
})

test('a state file keeps the servers over a restart and a reload', async () => {
  await using one = await httpOrigin('one')
  await using two = await httpOrigin('two')
  const config = (ports: Readonly<Record<string, number>>): string =>
    `upstream app { zone app 64k; state app.servers; } ${site(ports.main)}`
  await using proxy = await startProxy({ workers: 2, config, expectTrouble: true })
  assert.equal((await ask(proxy.port(), get('/'))).status, 502)
  const servers = '/http/upstreams/app/servers'
  await api(proxy, servers, body('POST', { server: one.address }))
  await api(proxy, servers, body('POST', { server: two.address, weight: 3, slow_start: '1500ms' }))
  await api(proxy, `${servers}/0`, body('PATCH', { down: true }))
  const kept = `server ${one.address} down;\nserver ${two.address} weight=3 slow_start=1500ms;\n`
  await eventually(() => assert.equal(proxy.read('app.servers'), kept))
  const { generation } = (await api(proxy, '/nginx')).json
  proxy.signal('HUP')
  await until(
    () => 'the reload',
    async () => (await api(proxy, '/nginx')).json.generation > generation || undefined,
  )
  await answeredBy(proxy, 'two')
  await using other = await startProxy({ config, files: { 'app.servers': kept } })
  await answeredBy(other, 'two')
  assert.equal((await api(other, servers)).json[1].weight, 3)
})
