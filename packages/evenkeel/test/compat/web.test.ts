/** Requests through createProxyServer: each option and event as its documentation has it. */
import assert from 'node:assert/strict'
import { Agent, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as secureRequest } from 'node:https'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { createProxyServer, type ProxyServer } from '../../src/compat/proxy-server.ts'
import type { ProxyOptions } from '../../src/compat/options.ts'
import { until } from '../scenario/wait.ts'
import { pem, running, type Running } from './servers.ts'

interface Seen {
  readonly url: string
  readonly method: string
  readonly headers: Record<string, string>
  readonly body: string
}

test('a request goes through with its path, query, body and Host', async () => {
  await using origin = await showing()
  const seen = await through({ target: `${origin.url}/base` }, '/a//b?x=//y', { method: 'POST', body: 'text' })
  assert.deepEqual([seen.url, seen.method, seen.body], ['/base/a/b?x=//y', 'POST', 'text'])
  assert.notEqual(seen.headers['host'], `127.0.0.1:${origin.port}`)
  assert.equal(seen.headers['connection'], 'close')
})

test('what becomes of the path is said by prependPath and ignorePath', async () => {
  await using origin = await showing()
  const target = `${origin.url}/base`
  assert.equal((await through({ target, prependPath: false }, '/a')).url, '/a')
  assert.equal((await through({ target, ignorePath: true }, '/a')).url, '/base')
  assert.equal((await through({ target, ignorePath: true, prependPath: false }, '/a')).url, '/')
})

test('changeOrigin, headers, auth, method and xfwd change the request', async () => {
  await using origin = await showing()
  const target = { host: '127.0.0.1', port: origin.port }
  const seen = await through(
    { target, changeOrigin: true, headers: { 'X-Own': '1' }, auth: 'me:secret', method: 'PUT', xfwd: true },
    '/',
  )
  assert.equal(seen.headers['host'], `127.0.0.1:${origin.port}`)
  assert.equal(seen.method, 'PUT')
  assert.equal(seen.headers['x-own'], '1')
  assert.equal(seen.headers['authorization'], `Basic ${Buffer.from('me:secret').toString('base64')}`)
  assert.equal(seen.headers['x-forwarded-for'], '127.0.0.1')
  assert.equal(seen.headers['x-forwarded-proto'], 'http')
  assert.match(seen.headers['x-forwarded-host']!, /^127\.0\.0\.1:\d+$/)
  assert.equal(seen.headers['x-forwarded-port'], seen.headers['x-forwarded-host']!.split(':')[1])
})

test('an agent keeps the connection', async () => {
  await using origin = await showing()
  const agent = new Agent({ keepAlive: true })
  assert.equal((await through({ target: origin.url, agent }, '/')).headers['connection'], 'keep-alive')
  agent.destroy()
})

test('toProxy sends an absolute URL as it came', async () => {
  await using origin = await showing()
  const proxy = createProxyServer({ target: { host: '127.0.0.1', port: origin.port }, toProxy: true })
  await using front = await running((asked, answer) => {
    asked.url = 'http://other.example/x?y=1'
    proxy.web(asked, answer)
  })
  assert.equal(((await (await fetch(front.url)).json()) as Seen).url, 'http://other.example/x?y=1')
})

test('a DELETE without a body has length 0; one with chunks keeps them', async () => {
  await using origin = await showing()
  assert.equal((await through({ target: origin.url }, '/', { method: 'DELETE' })).headers['content-length'], '0')
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(Buffer.from('GET /smuggled HTTP/1.1\r\n\r\n'))
      controller.close()
    },
  })
  const seen = await through({ target: origin.url }, '/', { method: 'DELETE', body, duplex: 'half' } as RequestInit)
  assert.deepEqual([seen.url, seen.body], ['/', 'GET /smuggled HTTP/1.1\r\n\r\n'])
})

test('buffer stands for the body that somebody has read', async () => {
  await using origin = await showing()
  await using front = await running((asked, answer) => {
    asked.resume().on('end', () => {
      createProxyServer().web(asked, answer, { target: origin.url, buffer: Readable.from(['again']) })
    })
  })
  const answer = await fetch(front.url, { method: 'POST', body: 'first' })
  assert.equal(((await answer.json()) as Seen).body, 'again')
})

test('forward sends a copy, alone or beside the target', async () => {
  const copies: string[] = []
  await using copied = await running((asked, answer) => {
    asked.on('data', (part: Buffer) => copies.push(String(part)))
    asked.on('end', () => answer.end('dropped'))
  })
  await using origin = await showing()
  const seen = await through({ target: origin.url, forward: copied.url }, '/', { method: 'POST', body: 'both' })
  assert.equal(seen.body, 'both')
  await using front = await running((asked, answer) => createProxyServer({ forward: copied.url }).web(asked, answer))
  assert.equal(await (await fetch(front.url, { method: 'POST', body: 'alone' })).text(), '')
  await until(
    () => 'both copies',
    () => copies.toSorted().join() === 'alone,both' || undefined,
  )
})

test('proxyReq and proxyRes may change what goes through, start and end frame it', async () => {
  await using origin = await showing()
  const told: string[] = []
  const proxy = createProxyServer({ target: origin.url })
  proxy.on('start', (_asked, _answer, target) => told.push(`start ${String(target)}`))
  proxy.on('proxyReq', sent => {
    told.push('proxyReq')
    sent.setHeader('X-Special', 'yes')
  })
  proxy.on('proxyRes', answer => {
    told.push('proxyRes')
    answer.headers['x-added'] = 'here'
  })
  proxy.on('end', () => told.push('end'))
  await using front = await serving(proxy)
  const answer = await fetch(front.url)
  assert.equal(answer.headers.get('x-added'), 'here')
  assert.equal(((await answer.json()) as Seen).headers['x-special'], 'yes')
  await until(
    () => 'the end',
    () => told.at(-1) === 'end' || undefined,
  )
  assert.deepEqual(told, [`start ${origin.url}`, 'proxyReq', 'proxyRes', 'end'])
})

test('with Expect nobody is asked to change a head that has gone', async () => {
  await using origin = await showing()
  const proxy = createProxyServer({ target: origin.url })
  proxy.on('proxyReq', () => assert.fail('it cannot be changed'))
  await using front = await serving(proxy)
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const sent = request(front.url, { method: 'POST', headers: { Expect: '100-continue' } }, answer => {
      answer.resume()
      resolve(answer.statusCode)
    })
    sent.on('error', reject).end('body')
  })
  assert.equal(status, 200)
})

test('selfHandleResponse leaves the answer to whoever listens', async () => {
  await using origin = await showing()
  const proxy = createProxyServer({ target: origin.url, selfHandleResponse: true })
  proxy.on('proxyRes', (answer: IncomingMessage, _asked: IncomingMessage, response: ServerResponse) => {
    answer.resume().on('end', () => response.end('mine'))
  })
  await using front = await serving(proxy)
  assert.equal(await (await fetch(front.url)).text(), 'mine')
})

test('an error goes to the callback, else to the event, else it is thrown', async () => {
  const gone = await running(() => {})
  await gone[Symbol.asyncDispose]()
  const proxy = createProxyServer({ target: gone.url })
  const told: string[] = []
  await using called = await running((asked, answer) => {
    proxy.web(asked, answer, (error, _asked, response) => {
      told.push(`called ${(error as NodeJS.ErrnoException).code}`)
      response.writeHead(502).end()
    })
  })
  assert.equal((await fetch(called.url)).status, 502)
  proxy.on('error', (error: NodeJS.ErrnoException, _asked: IncomingMessage, response: ServerResponse) => {
    told.push(`event ${error.code}`)
    response.writeHead(503).end()
  })
  await using front = await serving(proxy)
  assert.equal((await fetch(front.url)).status, 503)
  assert.deepEqual(told, ['called ECONNREFUSED', 'event ECONNREFUSED'])
  const nobody = createProxyServer()
  assert.throws(() => nobody.web({} as IncomingMessage, {} as ServerResponse), /Must provide a proper URL as target/)
})

test('proxyTimeout ends a target that is silent', async () => {
  await using silent = await running(() => {})
  const proxy = createProxyServer({ target: silent.url, proxyTimeout: 50 })
  proxy.on('error', (error: NodeJS.ErrnoException, _asked: IncomingMessage, response: ServerResponse) => {
    response.writeHead(504).end(error.code)
  })
  await using front = await serving(proxy)
  const answer = await fetch(front.url)
  assert.deepEqual([answer.status, await answer.text()], [504, 'ECONNRESET'])
})

test('timeout, and a client that leaves, are told by econnreset', async () => {
  await using silent = await running(() => {})
  const proxy = createProxyServer({ target: silent.url, timeout: 50 })
  proxy.on('error', error => assert.fail(String(error)))
  const reset = new Promise(resolve => proxy.on('econnreset', error => resolve(error.code)))
  await using front = await serving(proxy)
  await assert.rejects(fetch(front.url))
  assert.equal(await reset, 'ECONNRESET')
})

test('an answer that is cut short is not made whole', async () => {
  await using broken = await running((_, answer) => {
    answer.write('some', () => answer.destroy())
  })
  const proxy = createProxyServer({ target: broken.url })
  proxy.on('error', () => {})
  await using front = await serving(proxy)
  await assert.rejects(async () => (await fetch(front.url)).text())
})

test('server-sent events arrive as they are sent', async () => {
  await using origin = await running((_, answer) => {
    answer.writeHead(200, { 'Content-Type': 'text/event-stream' })
    answer.write('data: one\n\n')
  })
  await using front = await serving(createProxyServer({ target: origin.url }))
  const leaving = new AbortController()
  const answer = await fetch(front.url, { signal: leaving.signal })
  const { value } = await answer.body!.getReader().read()
  assert.equal(Buffer.from(value!).toString(), 'data: one\n\n')
  leaving.abort()
})

test('Location of the target is rewritten by hostRewrite, autoRewrite and protocolRewrite', async () => {
  const rewritten = async (options: ProxyOptions, status = 302, to = ''): Promise<string | null> => {
    await using origin = await running((_, answer) =>
      answer.writeHead(status, { Location: `${to || `http://127.0.0.1:${origin.port}`}/next?a=1#b` }).end(),
    )
    await using front = await serving(createProxyServer({ target: origin.url, ...options }))
    const answer = await fetch(front.url, { redirect: 'manual' })
    return answer.headers.get('location')!.replace(`:${origin.port}/`, ':ORIGIN/').replace(`:${front.port}/`, ':FRONT/')
  }
  assert.equal(await rewritten({}), 'http://127.0.0.1:ORIGIN/next?a=1#b')
  for (const status of [201, 301, 302, 307, 308])
    assert.equal(await rewritten({ hostRewrite: 'ext.example' }, status), 'http://ext.example/next?a=1#b')
  assert.equal(await rewritten({ hostRewrite: 'ext.example' }, 200), 'http://127.0.0.1:ORIGIN/next?a=1#b')
  assert.equal(await rewritten({ autoRewrite: true }), 'http://127.0.0.1:FRONT/next?a=1#b')
  assert.equal(await rewritten({ autoRewrite: true, hostRewrite: 'e.x' }), 'http://e.x/next?a=1#b')
  assert.equal(await rewritten({ protocolRewrite: 'https' }), 'https://127.0.0.1:ORIGIN/next?a=1#b')
  assert.equal(await rewritten({ protocolRewrite: 'https', hostRewrite: 'e.x' }), 'https://e.x/next?a=1#b')
  assert.equal(await rewritten({ hostRewrite: 'e.x' }, 302, 'http://other.example'), 'http://other.example/next?a=1#b')
})

test('cookies get another domain and path, all of them or some', async () => {
  const cookies = ['a=1; Domain=old.example; Path=/', 'b=2; domain=kept.example; path=/p; HttpOnly', 'c=Path=3']
  const rewritten = async (options: ProxyOptions): Promise<string[]> => {
    await using origin = await running((_, answer) => answer.setHeader('Set-Cookie', cookies).end())
    await using front = await serving(createProxyServer({ target: origin.url, ...options }))
    return (await fetch(front.url)).headers.getSetCookie()
  }
  assert.deepEqual(await rewritten({}), cookies)
  assert.deepEqual(await rewritten({ cookieDomainRewrite: 'new.example', cookiePathRewrite: '/n' }), [
    'a=1; Domain=new.example; Path=/n',
    'b=2; domain=new.example; path=/n; HttpOnly',
    'c=Path=3',
  ])
  assert.deepEqual(await rewritten({ cookieDomainRewrite: '', cookiePathRewrite: { '/p': '' } }), [
    'a=1; Path=/',
    'b=2; HttpOnly',
    'c=Path=3',
  ])
  assert.deepEqual(
    (await rewritten({ cookieDomainRewrite: { 'kept.example': 'kept.example', '*': 'other.example' } })).slice(0, 2),
    ['a=1; Domain=other.example; Path=/', 'b=2; domain=kept.example; path=/p; HttpOnly'],
  )
})

test('preserveHeaderKeyCase keeps the letters of names', async () => {
  await using origin = await running((_, answer) => answer.setHeader('X-MiXed', '1').end())
  for (const [preserveHeaderKeyCase, name] of [
    [true, 'X-MiXed'],
    [false, 'x-mixed'],
  ] as const) {
    await using front = await serving(createProxyServer({ target: origin.url, preserveHeaderKeyCase }))
    const names = await new Promise<string[]>((resolve, reject) => {
      request(front.url, answer => resolve(answer.resume().rawHeaders))
        .on('error', reject)
        .end()
    })
    assert.ok(names.includes(name), names.join())
  }
})

test('followRedirects asks on, with the body where the redirect says so, and shows no secrets to other hosts', async () => {
  await using other = await showing()
  await using origin = await running((asked, answer) => {
    if (asked.url === '/see') answer.writeHead(302, { Location: '/end' }).end()
    else if (asked.url === '/again') answer.writeHead(307, { Location: '/end' }).end()
    else if (asked.url === '/away') answer.writeHead(302, { Location: `${other.url}/there` }).end()
    else if (asked.url === '/circle') answer.writeHead(302, { Location: '/circle' }).end()
    else show(asked, answer)
  })
  const options = { target: origin.url, followRedirects: true }
  const post = { method: 'POST', body: 'kept', headers: { Authorization: 'x', Cookie: 'a=1' } }
  const see = await through(options, '/see', post)
  assert.deepEqual([see.url, see.method, see.body, see.headers['authorization']], ['/end', 'GET', '', 'x'])
  const again = await through(options, '/again', post)
  assert.deepEqual([again.method, again.body], ['POST', 'kept'])
  const away = await through(options, '/away', post)
  assert.deepEqual([away.url, away.headers['authorization'], away.headers['cookie']], ['/there', undefined, undefined])
  await using front = await serving(createProxyServer(options))
  assert.equal((await fetch(`${front.url}/circle`, { redirect: 'manual' })).status, 302)
})

test('listen and close: plain and over TLS, to targets of either', async () => {
  await using plain = await showing()
  await using secure = await running(show, true)
  for (const ssl of [undefined, { key: pem, cert: pem }]) {
    for (const target of [plain.url, secure.url]) {
      const proxy = createProxyServer({ target, secure: false, ...(ssl === undefined ? {} : { ssl }) })
      proxy.listen(0, '127.0.0.1')
      await new Promise(resolve => proxy.server!.once('listening', resolve))
      const { port } = proxy.server!.address() as { port: number }
      const send = ssl === undefined ? request : secureRequest
      const status = await new Promise<number | undefined>((resolve, reject) => {
        send({ port, host: '127.0.0.1', rejectUnauthorized: false, agent: false }, answer => {
          answer.resume()
          resolve(answer.statusCode)
        })
          .on('error', reject)
          .end()
      })
      assert.equal(status, 200)
      await new Promise<void>(resolve => proxy.close(() => resolve()))
    }
  }
})

test('a certificate that nobody signed is refused unless secure is false', async () => {
  await using secure = await running(show, true)
  const proxy = createProxyServer({ target: secure.url })
  const told = new Promise(resolve =>
    proxy.on('error', (error: NodeJS.ErrnoException, _asked, response: ServerResponse) => {
      response.writeHead(502).end()
      resolve(error.code)
    }),
  )
  await using front = await serving(proxy)
  assert.equal((await fetch(front.url)).status, 502)
  assert.match(String(await told), /CERT|SIGN/)
})

function show(asked: IncomingMessage, answer: ServerResponse): void {
  let body = ''
  asked.on('data', (part: Buffer) => (body += String(part)))
  asked.on('end', () => {
    answer.end(JSON.stringify({ url: asked.url, method: asked.method, headers: asked.headers, body }))
  })
}

function showing(): Promise<Running> {
  return running(show)
}

function serving(proxy: ProxyServer): Promise<Running> {
  return running((asked, answer) => proxy.web(asked, answer))
}

async function through(options: ProxyOptions, path: string, asked: RequestInit = {}): Promise<Seen> {
  await using front = await serving(createProxyServer(options))
  return (await (await fetch(front.url + path, asked)).json()) as Seen
}
