/** A balancer inside the caller's program. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigurationError, defineConfig, start } from '../../src/index.ts'
import { startOrigin } from '../scenario/origin.ts'
import { until } from '../scenario/wait.ts'

test('listens on a port that is free, balances, and ends without a trace', async () => {
  await using origin = await startOrigin()
  const before = process.getActiveResourcesInfo().filter(name => name === 'TCPServerWrap').length
  {
    await using balancer = await start(
      defineConfig({
        upstreams: { web: { servers: [origin.address] } },
        servers: [
          { listen: '127.0.0.1:0', locations: { '/': { proxyPass: 'web' }, '/own': { return: [200, 'own'] } } },
        ],
      }),
    )
    const [listener] = balancer.listeners
    assert.ok(listener !== undefined && listener.port > 0)
    assert.equal(await (await fetch(`${listener.url}/own`)).text(), 'own')
    const answer = fetch(`${listener.url}/a`)
    const asked = await origin.accept()
    assert.equal((await asked.receive()).target, '/a')
    asked.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')
    assert.equal(await (await answer).text(), 'hi')
  }
  await until(
    () => 'its sockets to be closed',
    () => process.getActiveResourcesInfo().filter(name => name === 'TCPServerWrap').length === before || undefined,
  )
})

test('two of them live side by side', async () => {
  const config = (text: string) => defineConfig({ servers: [{ listen: '127.0.0.1:0', return: [200, text] }] })
  await using one = await start(config('one'))
  await using two = await start(config('two'))
  const text = async (url: string | undefined): Promise<string> => (await fetch(url!)).text()
  assert.equal(await text(one.listeners[0]?.url), 'one')
  assert.equal(await text(two.listeners[0]?.url), 'two')
})

test('a reload changes what is answered, one with problems changes nothing', async () => {
  await using balancer = await start({
    errorLog: '/dev/null',
    servers: [{ listen: '127.0.0.1:0', return: [200, 'old'] }],
  })
  const { port = 0, url = '' } = balancer.listeners[0] ?? {}
  const listen = `127.0.0.1:${port}`
  await assert.rejects(balancer.reload({ servers: [{ listen, return: 'x y z' }] }), ConfigurationError)
  assert.equal(await (await fetch(url)).text(), 'old')
  await balancer.reload({ servers: [{ listen, return: [200, 'new'] }] })
  assert.equal(await (await fetch(url)).text(), 'new')
})

test('what is wrong with a configuration is said, all of it, and nothing listens', async () => {
  const bad = { servers: [{ listen: '127.0.0.1:0 fast', retrun: 1 }] } as unknown as Parameters<typeof start>[0]
  await assert.rejects(start(bad), (error: Error) => {
    assert.match(error.message, /invalid parameter "fast" in the configuration: servers\.0\.listen/)
    assert.match(error.message, /unknown directive "retrun" in the configuration: servers\.0\.retrun/)
    return error instanceof ConfigurationError
  })
})
