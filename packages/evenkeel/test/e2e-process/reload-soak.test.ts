/**
 * Reload after reload under full load, with WebSockets, event streams and uploads that outlive several of them: nobody is
 * failed, reset or refused, and nothing of what ran before is left. `node bench/reloads.ts` is the same for as long as one likes.
 */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'
import { LastingClients, startLastingOrigin } from './lasting.ts'
import { Load } from './load.ts'

const RELOADS = 30
const PATIENCE_MS = 60_000

interface Retiring {
  readonly generation: number
  readonly workers: number
  readonly idle: number
  readonly requests: number
  readonly tunnels: number
}

test('reloads at full load with WebSockets, event streams and uploads fail nobody, and leave nothing', async t => {
  await using one = await startLastingOrigin('one')
  await using two = await startLastingOrigin('two')
  const config =
    (round: number) =>
    (ports: Readonly<Record<string, number>>): string =>
      `
worker_processes 2;
error_log error.log notice;
http {
  upstream both { server ${one.address}; server ${two.address}; keepalive 16; }
  server {
    listen 127.0.0.1:${ports.main};
    location / { proxy_pass http://both; proxy_http_version 1.1; proxy_set_header Connection ""; }
    location /events { proxy_pass http://both; proxy_buffering off; }
    location /upload { proxy_pass http://both; proxy_request_buffering ${round % 2 === 0 ? 'on' : 'off'}; }
    location /socket { proxy_pass http://both; proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection; }
    location /round/${round} { return 204; }
    location /api/ { api; }
  }
}`
  await using proxy = await startProxy({ config: config(0) })
  const descriptors = files(proxy)
  await using lasting = new LastingClients(proxy.port(), { sockets: 6, streams: 6, uploads: 6 })
  await using load = new Load({ port: proxy.port(), kept: 8, fresh: 4, pausing: 12 })
  await until(
    () => 'everybody to be served',
    () => (load.answers > 50 && lasting.messages > 6 && lasting.events > 6) || undefined,
    PATIENCE_MS,
  )

  let most = 0
  for (let round = 1; round <= RELOADS; round++) {
    proxy.configure(config(round))
    proxy.signal('HUP')
    await until(
      () => `reload ${round}\n${proxy.read('error.log').slice(-1500)}`,
      async () => (await api<{ generation: number }>(proxy, 'nginx')).generation > round || undefined,
      PATIENCE_MS,
    )
    const enough = load.answers + 40
    await until(
      () => 'answers',
      () => load.answers > enough || undefined,
      PATIENCE_MS,
    )
    most = Math.max(most, (await retiring(proxy)).length)
  }

  // The first configuration has nobody left but those who never asked again.
  const oldest = await until(
    () => 'what keeps the first configuration',
    async () => {
      const first = (await retiring(proxy)).find(({ generation }) => generation === 1)
      return first !== undefined && first.tunnels === 6 && first.requests === 6 && first.idle === 0 ? first : undefined
    },
    PATIENCE_MS,
  )
  assert.ok(oldest.workers <= 2)
  await load.stop()
  await lasting.stop()
  t.diagnostic(
    `${RELOADS} reloads: ${load.answers} answers, ${load.lasts} of them the last of their connection; ` +
      `${lasting.messages} messages, ${lasting.events} events, ${lasting.uploads} uploads; ` +
      `${load.failures.length + lasting.failures.length} failures; up to ${most} old configurations alive`,
  )
  assert.deepEqual(load.failures, [])
  assert.deepEqual(lasting.failures, [])
  assert.ok(load.lasts > 0, 'connections of an old configuration are told to end')
  assert.ok(lasting.uploads > 0)
  assert.ok(most > 0)

  await until(
    () => 'old configurations to be gone',
    async () => (await retiring(proxy)).length === 0 || undefined,
    PATIENCE_MS,
  )
  // Those to the origins are kept for a while: as many as `keepalive` says, for each worker.
  await until(
    () => `descriptors: ${files(proxy)}, at first ${descriptors}`,
    () => files(proxy) <= descriptors + 2 * 16 + 1 || undefined,
    PATIENCE_MS,
  )
  const log = proxy.read('error.log')
  assert.equal(log.match(/\[(?:error|crit|alert|emerg)\]/g)?.length ?? 0, 0, log)
})

async function api<T>(proxy: Proxied, path: string): Promise<T> {
  return JSON.parse((await ask(proxy.port(), get(`/api/9/${path}`))).text) as T
}

async function retiring(proxy: Proxied): Promise<readonly Retiring[]> {
  return (await api<{ retiring: Retiring[] }>(proxy, 'processes')).retiring
}

function files(proxy: Proxied): number {
  return readdirSync(`/proc/${proxy.pid}/fd`).length
}
