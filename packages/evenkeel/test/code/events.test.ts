/** What an embedded balancer tells, and how it leaves. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { start, type BalancerEvent, type Config } from '../../src/index.ts'

const config: Config<'web'> = {
  errorLog: '/dev/null',
  upstreams: { web: { servers: ['127.0.0.1:1', '127.0.0.1:2'] } },
  servers: [{ locations: { '/': { proxyPass: 'web' } } }],
}

test('servers that are drained, requests that fail and reloads are told in order', async () => {
  await using balancer = await start(config, { listen: false })
  const events = balancer.events()
  balancer.upstreams['web']?.drain('127.0.0.1:1')
  assert.deepEqual(await next(events), {
    kind: 'peer',
    upstream: 'web',
    name: '127.0.0.1:1',
    address: '127.0.0.1:1',
    state: 'draining',
    before: 'up',
  })
  const answer = await balancer.fetch(new Request('http://shop.example/cart?a=1'))
  assert.equal(answer.status, 502)
  const failed = await next(events, 'failure')
  assert.deepEqual(failed, {
    kind: 'failure',
    method: 'GET',
    host: 'shop.example',
    target: '/cart?a=1',
    status: 502,
    code: 'connect_refused',
    upstream: 'web',
    tried: ['127.0.0.1:2'],
  })
  await balancer.reload(config)
  assert.deepEqual(await next(events, 'reload'), { kind: 'reload', problems: [] })
  await assert.rejects(balancer.reload({ servers: [{ return: 'x y z' }] } as Config<never>))
  const refused = await next(events, 'reload')
  assert.ok(refused.kind === 'reload' && refused.problems.length > 0)
})

test('an iteration ends with the balancer, by a signal and by break', async () => {
  const balancer = await start(config, { listen: false })
  const stop = new AbortController()
  const [first, second] = [balancer.events(), balancer.events({ signal: stop.signal })]
  const waits = second.next()
  stop.abort()
  assert.equal((await waits).done, true)
  for (const events of [balancer.events()]) await events.return?.()
  await balancer.close()
  assert.equal((await first.next()).done, true)
  assert.equal((await balancer.events().next()).done, true)
})

test('a queue that nobody empties loses the oldest, and says how many', async () => {
  await using balancer = await start(config, { listen: false })
  const events = balancer.events({ limit: 2 })
  for (let count = 0; count < 5; count++) await balancer.reload(config)
  assert.deepEqual(await next(events), { kind: 'lost', count: 3 })
  assert.equal((await next(events)).kind, 'reload')
  assert.equal((await next(events)).kind, 'reload')
})

test('a program that disposes of it ends by itself, and no signal or global was touched', () => {
  const entry = fileURLToPath(new URL('../../src/index.ts', import.meta.url))
  const program = `
    import { start } from ${JSON.stringify(entry)}
    const globals = Object.getOwnPropertyNames(globalThis).join()
    {
      await using balancer = await start({ servers: [{ listen: '127.0.0.1:0', return: [200, 'fine'] }] })
      const events = balancer.events()
      console.log(await (await fetch(balancer.listeners[0].url)).text(), process.listenerCount('SIGTERM'), process.listenerCount('SIGHUP'))
    }
    console.log(globals === Object.getOwnPropertyNames(globalThis).join())`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  assert.deepEqual([status, stdout, stderr], [0, 'fine 0 0\ntrue\n', ''])
})

async function next(events: AsyncIterator<BalancerEvent>, kind?: BalancerEvent['kind']): Promise<BalancerEvent> {
  while (true) {
    const { value, done } = await events.next()
    if (done === true) throw new Error('it has ended')
    if (kind === undefined || value.kind === kind) return value
  }
}
