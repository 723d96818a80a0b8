/** What the API tells of peers beyond nginx's: what the dashboard needs for quantiles, and to say why a check failed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { httpOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { eventually } from '../scenario/wait.ts'
import { api } from './talk.ts'

test('times of responses are told in buckets, and why the last health check failed in words', async () => {
  await using well = await httpOrigin('well')
  await using ill = await httpOrigin(() => ({ status: 503 }))
  await using proxy = await startProxy({
    config: ports => `
      upstream app { zone app 64k; server ${well.address}; server ${ill.address}; }
      server {
        listen 127.0.0.1:${ports.main};
        location / { proxy_pass http://app; health_check; }
        location /api/ { api; }
      }`,
  })
  const peers = async (): Promise<any[]> => (await api(proxy, '/http/upstreams/app')).json.peers
  await eventually(async () => {
    const [checked, failing] = await peers()
    assert.ok(checked.health_checks.checks > 0)
    assert.equal(failing.state, 'unhealthy')
    assert.match(failing.health_checks.reason, /503/)
  })

  assert.equal((await peers())[0].response_time_histogram, undefined)
  for (let left = 3; left > 0; left--) await ask(proxy.port(), get('/'))
  await eventually(async () => {
    const [{ responses, response_time_histogram: told, health_checks: checks }] = await peers()
    assert.equal(responses.total, 3)
    assert.equal(told.counts.length, told.bounds_ms.length + 1)
    assert.equal(
      told.counts.reduce((sum: number, count: number) => sum + count, 0),
      3,
    )
    assert.equal(checks.reason, undefined)
  })
})
