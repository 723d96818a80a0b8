/** Requests that a program received itself, served by a balancer inside it. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { WebSocketServer } from 'ws'
import { start, type Balancer, type Config } from '../../src/index.ts'
import { until } from '../scenario/wait.ts'

test('balances, retries, and tells the origin of the client', async () => {
  await using one = await origin((asked, answer) => answer.end(`one ${asked.url} ${asked.headers['x-real-ip']}`))
  await using two = await origin((asked, answer) => answer.end(`two ${asked.url} ${asked.headers['x-real-ip']}`))
  const gone = await origin(() => {})
  await gone[Symbol.asyncDispose]()
  await using balancer = await start(
    {
      errorLog: '/dev/null',
      upstreams: { web: { servers: [one.address, gone.address, two.address] } },
      servers: [{ locations: { '/': { proxyPass: 'web', proxySetHeader: { 'X-Real-IP': '$remote_addr' } } } }],
    },
    { listen: false },
  )
  assert.deepEqual(balancer.listeners, [])
  await using front = await origin(balancer.handler)
  const texts: string[] = []
  for (const path of ['/a?b=1', '/c']) texts.push(await (await fetch(front.url + path)).text())
  assert.deepEqual(texts, ['one /a?b=1 127.0.0.1', 'two /c 127.0.0.1'])
})

test('what no location is for goes to next, with its body untouched', async () => {
  await using api = await origin((_, answer) => answer.end('api'))
  await using balancer = await hosting({ '/api/': { proxyPass: `http://${api.address}` } })
  await using front = await origin((asked, answer) =>
    balancer.handler(asked, answer, error => {
      assert.equal(error, undefined)
      const parts: Buffer[] = []
      asked.on('data', (part: Buffer) => parts.push(part)).on('end', () => answer.end(Buffer.concat(parts)))
    }),
  )
  assert.equal(await (await fetch(`${front.url}/api/x`)).text(), 'api')
  assert.equal(await (await fetch(`${front.url}/own`, { method: 'POST', body: 'mine' })).text(), 'mine')
})

test('a body of megabytes goes up and comes back whole, chunked or not', async () => {
  await using echo = await origin((asked, answer) => asked.pipe(answer))
  await using balancer = await hosting({
    '/': { proxyPass: `http://${echo.address}`, clientMaxBodySize: 0, proxyRequestBuffering: false },
    '/kept': { proxyPass: `http://${echo.address}`, clientMaxBodySize: 0 },
  })
  await using front = await origin(balancer.handler)
  const body = Buffer.alloc(5_000_000, 'evenkeel ')
  for (const path of ['/', '/kept']) {
    for (const headers of [{ 'Content-Length': String(body.length) }, { 'Transfer-Encoding': 'chunked' }]) {
      const back = await send(front, path, headers, body)
      assert.equal(Buffer.compare(back, body), 0)
    }
  }
})

test('a body that is too large is refused by the rules of the location', async () => {
  await using echo = await origin((asked, answer) => asked.pipe(answer))
  await using balancer = await hosting({ '/': { proxyPass: `http://${echo.address}`, clientMaxBodySize: 10 } })
  await using front = await origin(balancer.handler)
  const answer = await fetch(front.url, { method: 'POST', body: 'more than ten bytes' })
  assert.equal(answer.status, 413)
  await answer.text()
})

test('a client that leaves ends the request behind', async () => {
  let left = false
  let asked = false
  await using slow = await origin((_, answer) => {
    asked = true
    answer.on('close', () => void (left = true))
  })
  await using balancer = await hosting({ '/': { proxyPass: `http://${slow.address}` } })
  await using front = await origin(balancer.handler)
  const leaving = new AbortController()
  const answer = fetch(front.url, { signal: leaving.signal })
  answer.catch(() => {})
  await until(
    () => 'the origin to be asked',
    () => asked || undefined,
  )
  leaving.abort()
  await until(
    () => 'the origin to be left',
    () => left || undefined,
  )
})

test('an answer that breaks off is not shown as complete', async () => {
  await using broken = await origin((_, answer) => {
    answer.writeHead(200, { 'Content-Length': 100 })
    answer.write('short', () => answer.destroy())
  })
  await using balancer = await hosting({ '/': { proxyPass: `http://${broken.address}` } })
  await using front = await origin(balancer.handler)
  await assert.rejects(async () => (await fetch(front.url)).text())
  await assert.rejects(async () => (await balancer.fetch(new Request('http://a/'))).text())
})

test('fields keep their case and their number', async () => {
  await using cookies = await origin((_, answer) => {
    answer.setHeader('X-Case', 'kept')
    answer.setHeader('Set-Cookie', ['a=1', 'b=2'])
    answer.end('x')
  })
  await using balancer = await hosting({ '/': { proxyPass: `http://${cookies.address}` } })
  await using front = await origin(balancer.handler)
  const names = await new Promise<string[]>((resolve, reject) => {
    request(front.url, answer => {
      answer.resume()
      resolve(answer.rawHeaders)
    })
      .on('error', reject)
      .end()
  })
  assert.equal(names[names.indexOf('X-Case') + 1], 'kept')
  assert.equal(names.filter(name => name.toLowerCase() === 'set-cookie').length, 2)
  assert.equal(names.filter(name => name.toLowerCase() === 'date').length, 1)
})

test('what middleware changed in the headers goes on', async () => {
  await using shows = await origin((asked, answer) =>
    answer.end(JSON.stringify([asked.headers['x-new'], asked.headers['x-gone'], asked.headers['x-other']])),
  )
  await using balancer = await hosting({ '/': { proxyPass: `http://${shows.address}` } })
  await using front = await origin((asked, answer) => {
    asked.headers['x-new'] = 'added'
    asked.headers['x-other'] = 'changed'
    delete asked.headers['x-gone']
    balancer.handler(asked, answer)
  })
  const answer = await fetch(front.url, { headers: { 'X-Gone': '1', 'X-Other': '1' } })
  assert.deepEqual(await answer.json(), ['added', null, 'changed'])
})

test('a line end in a changed field or URL is refused, not sent on', async () => {
  await using shows = await origin((_, answer) => answer.end('reached'))
  await using balancer = await hosting({ '/': { proxyPass: `http://${shows.address}` } })
  await using front = await origin((asked, answer) => {
    asked.headers['x-new'] = 'a\r\nX-Smuggled: 1'
    balancer.handler(asked, answer)
  })
  assert.equal((await fetch(front.url)).status, 500)
})

test('a body that was read before is an error that says so', async () => {
  await using echo = await origin((asked, answer) => asked.pipe(answer))
  await using balancer = await hosting({ '/': { proxyPass: `http://${echo.address}` } })
  await using front = await origin((asked, answer) => {
    asked.resume().on('end', () => balancer.handler(asked, answer))
  })
  const answer = await fetch(front.url, { method: 'POST', body: 'gone' })
  assert.equal(answer.status, 500)
  assert.match(await answer.text(), /was read before it came here/)
})

test('WebSockets go through, and those of others are left alone', async () => {
  await using sockets = await origin((_, answer) => answer.end())
  const ws = new WebSocketServer({ server: sockets.server, path: '/ws' })
  ws.on('connection', socket => socket.on('message', data => socket.send(`back ${String(data)}`)))
  await using balancer = await hosting({
    '/ws': {
      proxyPass: `http://${sockets.address}`,
      proxySetHeader: { Upgrade: '$http_upgrade', Connection: 'upgrade' },
    },
  })
  await using front = await origin(balancer.handler)
  const others: string[] = []
  front.server.on('upgrade', (asked, socket, head) => {
    if (balancer.upgrade(asked, socket, head)) return
    others.push(asked.url ?? '')
    socket.end('HTTP/1.1 418 Other\r\n\r\n')
  })
  const client = new WebSocket(`${front.url.replace('http', 'ws')}/ws`)
  const said = await new Promise<unknown>((resolve, reject) => {
    client.addEventListener('open', () => client.send('hello'))
    client.addEventListener('message', ({ data }) => resolve(data))
    client.addEventListener('error', reject)
  })
  assert.equal(said, 'back hello')
  client.close()
  const refused = new WebSocket(`${front.url.replace('http', 'ws')}/hmr`)
  await new Promise(resolve => refused.addEventListener('error', resolve))
  assert.deepEqual(others, ['/hmr'])
  ws.close()
})

test('fetch streams both ways', async () => {
  await using echo = await origin((asked, answer) => {
    answer.setHeader('X-Method', asked.method ?? '')
    asked.pipe(answer)
  })
  await using balancer = await hosting({ '/': { proxyPass: `http://${echo.address}`, clientMaxBodySize: 0 } })
  const body = 'evenkeel '.repeat(300_000)
  const answer = await balancer.fetch(new Request('http://a.example/x', { method: 'PUT', body }))
  assert.deepEqual([answer.status, answer.headers.get('x-method')], [200, 'PUT'])
  assert.equal(await answer.text(), body)
  const head = await balancer.fetch(new Request('http://a.example/x', { method: 'HEAD' }))
  assert.deepEqual([head.status, head.body], [200, null])
})

test('fetch: a reader who cancels, and a signal, end the request behind', async () => {
  let open = 0
  await using endless = await origin((_, answer) => {
    open++
    answer.on('close', () => open--)
    answer.write('x'.repeat(1000))
  })
  await using balancer = await hosting({ '/': { proxyPass: `http://${endless.address}` } })
  const answer = await balancer.fetch(new Request('http://a/'))
  await answer.body?.cancel()
  const leaving = new AbortController()
  const second = await balancer.fetch(new Request('http://a/', { signal: leaving.signal }))
  leaving.abort(new Error('enough'))
  await assert.rejects(second.text(), /enough/)
  await until(
    () => 'the origin to be left',
    () => open === 0 || undefined,
  )
})

test('a reload holds for the next request, and a closed balancer says so', async () => {
  const config = (text: string): Config<never> => ({ servers: [{ locations: { '/': { return: [200, text] } } }] })
  const balancer = await start(config('old'), { listen: false })
  const ask = async (): Promise<string> => (await balancer.fetch(new Request('http://a/'))).text()
  assert.equal(await ask(), 'old')
  await balancer.reload(config('new'))
  assert.equal(await ask(), 'new')
  await balancer.close()
  await assert.rejects(ask(), /closed/)
})

interface Origin extends AsyncDisposable {
  readonly server: Server
  readonly address: string
  readonly url: string
}

async function origin(listener: RequestListener): Promise<Origin> {
  const server = createServer(listener as (asked: IncomingMessage, answer: ServerResponse) => void)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    server,
    address: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function hosting(
  locations: NonNullable<NonNullable<Config<never>['servers']>[number]['locations']>,
): Promise<Balancer> {
  return start({ errorLog: '/dev/null', servers: [{ locations }] }, { listen: false })
}

function send(front: Origin, path: string, headers: Record<string, string>, body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const sent = request(front.url + path, { method: 'POST', headers }, answer => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () => resolve(Buffer.concat(parts)))
      answer.on('error', reject)
    })
    sent.on('error', reject)
    for (let at = 0; at < body.length; at += 100_000) sent.write(body.subarray(at, at + 100_000))
    sent.end()
  })
}
