/** The dashboard and the rules that come with evenkeel ask for metrics that there are. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { start } from '../../src/index.ts'
import { readExposition } from './exposition.ts'

test('every metric that the dashboard and the rules name is told', async () => {
  const locations = {
    '/': { proxyPass: 'web', statusZone: 'pages' },
    '/api': { api: true },
    '/metrics': { metrics: true },
  } as const
  await using balancer = await start({
    upstreams: { web: { servers: ['127.0.0.1:9'] } },
    servers: [{ listen: '127.0.0.1:0', statusZone: 'site', locations }],
  })
  const told = readExposition(balancer.metrics())
  for (const file of ['dashboard.json', 'alerts.yml']) {
    const text = readFileSync(new URL(`../../../../docs/grafana/${file}`, import.meta.url), 'utf8')
    const named = new Set([...text.matchAll(/\b(?:evenkeel|process)_\w+/g)].map(match => match[0]))
    assert.ok(named.size > 5)
    for (const name of named) assert.ok(told.has(name) || told.has(name.replace(/_bucket$/, '')), `${name} in ${file}`)
  }
})
