/** Outlier detection and circuits on real traffic, and a server that comes and goes: the origins count. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as pass } from 'node:timers/promises'
import { ask, get } from '../scenario/ask.ts'
import { httpOrigin, type HttpOrigin } from '../scenario/origin.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

/** Three origins, the second of which answers 500 as long as it is said to be ill. */
class Three implements AsyncDisposable {
  ill = true
  readonly origins: HttpOrigin[] = []

  static async start(): Promise<Three> {
    const three = new Three()
    for (const name of ['one', 'two', 'three']) {
      three.origins.push(await httpOrigin(() => ({ status: three.ill && name === 'two' ? 500 : 200, body: name })))
    }
    return three
  }

  get seenByIll(): number {
    return this.origins[1]!.requests.length
  }

  async proxied(lines: string): Promise<Proxied> {
    const servers = this.origins.map(({ address }) => `server ${address} max_fails=0;`).join(' ')
    return startProxy({
      workers: 2,
      config: ports => `
        log_format choice '$upstream_choice';
        access_log choice.log choice;
        upstream app { ${lines} ${servers} }
        server { listen 127.0.0.1:${ports.main}; location / { proxy_pass http://app; } }`,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const origin of this.origins) await origin[Symbol.asyncDispose]()
  }
}

/** Asks until the one that is ill is left alone: so many requests in a row went elsewhere. */
async function untilLeftAlone(proxy: Proxied, three: Three): Promise<void> {
  await until(
    () => 'the one that is ill to be left alone',
    async () => {
      const before = three.seenByIll
      for (let time = 0; time < 12; time++) await ask(proxy.port(), get('/'))
      return three.seenByIll === before || undefined
    },
  )
}

async function untilItServesAgain(proxy: Proxied): Promise<void> {
  await until(
    () => 'it to serve again',
    async () => (await ask(proxy.port(), get('/'))).text === 'two' || undefined,
    20_000,
  )
}

for (const [what, lines, reason] of [
  ['outlier', 'outlier consecutive_5xx=3 max_ejection_percent=50% base_ejection_time=10m;', 'ejected'],
  ['circuit_breaker', 'circuit_breaker failures=50% requests=5 window=10m open=10m;', 'circuit_open'],
] as const) {
  test(`${what}: a server that answers 500 is left alone, by all workers, and the log says so`, async () => {
    await using three = await Three.start()
    await using proxy = await three.proxied(lines)
    await untilLeftAlone(proxy, three)
    const before = three.seenByIll
    for (let time = 0; time < 60; time++) assert.equal((await ask(proxy.port(), get('/'))).status, 200)
    assert.equal(three.seenByIll, before)
    // Nobody else was taken out with it.
    for (const origin of [three.origins[0]!, three.origins[2]!]) assert.ok(origin.requests.length > 20)
    await until(
      () => 'the reason in the log',
      () => proxy.read('choice.log').includes(`${three.origins[1]!.address}=${reason}`) || undefined,
    )
  })
}

for (const [what, lines] of [
  ['outlier', 'outlier consecutive_5xx=3 max_ejection_percent=50% base_ejection_time=1s;'],
  ['circuit_breaker', 'circuit_breaker failures=50% requests=5 window=10m open=1s;'],
] as const) {
  test(`${what}: a server that is well again is used again`, async () => {
    await using three = await Three.start()
    await using proxy = await three.proxied(lines)
    await until(
      () => 'somebody to be ill',
      async () => ((await ask(proxy.port(), get('/'))).status === 500 && three.seenByIll >= 3) || undefined,
      20_000,
    )
    three.ill = false
    await untilItServesAgain(proxy)
  })
}

test('panic_threshold: with too few left all are used, whatever their answers are', async () => {
  await using three = await Three.start()
  await using proxy = await three.proxied(
    'panic_threshold 100%; outlier consecutive_5xx=3 max_ejection_percent=50% base_ejection_time=10m;',
  )
  for (let time = 0; time < 90; time++) await ask(proxy.port(), get('/'))
  assert.ok(three.seenByIll > 20)
})

/** Listens, counts and answers; then not at all, breaking off whatever is under way; and so on, until it is closed. */
async function flapping(
  seen: Map<string, number>,
): Promise<{ port: number; turns: () => number; close: () => Promise<void> }> {
  const open = async (port: number): Promise<Server> => {
    const server = createServer((request, response) => {
      const key = `${request.method} ${request.url}`
      seen.set(key, (seen.get(key) ?? 0) + 1)
      request.resume()
      setTimeout(() => response.end('flapping'), 2)
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return server
  }
  let server: Server | null = await open(0)
  const { port } = server.address() as AddressInfo
  let turns = 0
  const ending = new AbortController()
  const shut = async (one: Server): Promise<void> => {
    const closed = once(one, 'close')
    one.close()
    one.closeAllConnections()
    await closed
  }
  const life = (async () => {
    while (!ending.signal.aborted) {
      await pass(40)
      if (server !== null) await shut(server)
      server = server === null ? await open(port) : null
      turns++
    }
    if (server !== null) await shut(server)
  })()
  return {
    port,
    turns: () => turns,
    close: () => {
      ending.abort()
      return life
    },
  }
}

test('a server that comes and goes costs no request that may run twice, and no other is seen twice', async () => {
  const seen = new Map<string, number>()
  const flaky = await flapping(seen)
  await using well = await httpOrigin('well')
  await using proxy = await startProxy({
    workers: 2,
    config: ports => `
      upstream app { server 127.0.0.1:${flaky.port} max_fails=0; server ${well.address} max_fails=0; }
      server { listen 127.0.0.1:${ports.main}; location / { proxy_pass http://app; } }`,
  })
  const answered = new Map<string, number>()
  let serial = 0
  const lane = async (): Promise<void> => {
    while (flaky.turns() < 20 || answered.size < 60) {
      const target = `/${serial++}`
      const method = serial % 2 === 0 ? 'GET' : 'POST'
      const { status } = await ask(proxy.port(), `${method} ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`)
      answered.set(`${method} ${target}`, status)
    }
  }
  await Promise.all([lane(), lane(), lane(), lane()])
  await flaky.close()
  for (const { method, target } of well.requests) {
    seen.set(`${method} ${target}`, (seen.get(`${method} ${target}`) ?? 0) + 1)
  }
  for (const [request, status] of answered) {
    const times = seen.get(request) ?? 0
    if (request.startsWith('GET')) assert.equal(status, 200, request)
    else {
      assert.ok(times <= 1, `${request} was seen ${times} times`)
      assert.ok(status === 200 ? times === 1 : status === 502, `${request} was answered ${status}`)
    }
  }
})
