/** Servers of a balancer inside the caller's program, changed by that program. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiRefusal, start, type BalancerUpstream } from '../../src/index.ts'
import { httpOrigin } from '../scenario/origin.ts'

test('servers are added, drained, weighed and removed by a program', async () => {
  await using one = await httpOrigin('one')
  await using two = await httpOrigin('two')
  await using balancer = await start({
    upstreams: { web: { servers: [one.address] } },
    servers: [{ listen: '127.0.0.1:0', locations: { '/': { proxyPass: 'web' } } }],
  })
  const web: BalancerUpstream = balancer.upstreams['web']!
  const answers = async (): Promise<string[]> => {
    const all = new Set<string>()
    for (let time = 0; time < 4; time++) all.add(await (await fetch(balancer.listeners[0]!.url)).text())
    return [...all].toSorted()
  }
  assert.deepEqual(await answers(), ['one'])
  web.add(two.address, { weight: 2 })
  assert.deepEqual(await answers(), ['one', 'two'])
  web.drain(one.address)
  assert.deepEqual(await answers(), ['two'])
  assert.deepEqual(
    web.servers.map(({ name, state, weight }) => [name, state, weight]),
    [
      [one.address, 'draining', 1],
      [two.address, 'up', 2],
    ],
  )
  web.enable(one.address)
  web.disable(1)
  assert.deepEqual(await answers(), ['one'])
  web.remove(one.address)
  web.enable(1)
  assert.deepEqual(await answers(), ['two'])
  assert.throws(() => web.drain(one.address), ApiRefusal)
  assert.throws(() => web.change(1, { weight: 0 }), { name: 'ApiRefusal', code: 'UpstreamBadWeight', status: 400 })

  assert.deepEqual(await balancer.api('GET', '/9/http/upstreams/web?fields=zone'), { zone: 'web' })
  await assert.rejects(balancer.api('GET', '/9/nothing'), { code: 'PathNotFound' })
  assert.match(balancer.metrics(), /^evenkeel_upstream_peer_up\{upstream="web",server="[\d.:]+"\} 1$/m)
})
