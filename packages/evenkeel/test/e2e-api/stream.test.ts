/** Servers of TCP upstreams are seen and changed as those of HTTP are. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { httpOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { eventually } from '../scenario/wait.ts'
import { api, body } from './talk.ts'

test('a TCP upstream gets another server, and one of http by the same name is left alone', async () => {
  await using one = await httpOrigin('one')
  await using two = await httpOrigin('two')
  await using proxy = await startProxy({
    workers: 2,
    config: ports => `
http {
  upstream app { server ${one.address}; }
  server { listen 127.0.0.1:${ports.main}; location / { proxy_pass http://app; } location /api { api write=on; } }
}
stream {
  upstream app { server ${one.address}; }
  server { listen 127.0.0.1:${ports.tcp}; proxy_pass app; }
}`,
  })
  assert.equal((await ask(proxy.port('tcp'), get('/'))).text, 'one')
  const servers = '/stream/upstreams/app/servers'
  assert.equal((await api(proxy, servers, body('POST', { server: two.address }))).status, 201)
  assert.equal((await api(proxy, `${servers}/0`, { method: 'DELETE' })).status, 200)
  // A change is on its way to the workers for a moment.
  await eventually(async () => {
    for (let time = 0; time < 12; time++) assert.equal((await ask(proxy.port('tcp'), get('/'))).text, 'two')
  })
  for (let time = 0; time < 6; time++) assert.equal((await ask(proxy.port(), get('/'))).text, 'one')
  await eventually(async () => {
    const [peer] = (await api(proxy, '/stream/upstreams/app')).json.peers
    assert.deepEqual([peer.server, peer.connections, peer.state], [two.address, two.accepted, 'up'])
  })
  assert.equal((await api(proxy, '/http/upstreams/app/servers')).json.length, 1)
})
