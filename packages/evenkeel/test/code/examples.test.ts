/** The examples of embedding, each started and asked. */
import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import { registerHooks } from 'node:module'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { Balancer } from '../../src/index.ts'

// The examples name the package; here it is this checkout's.
registerHooks({
  resolve: (specifier, parent, next) => {
    if (specifier === 'evenkeel') return next(new URL('../../src/index.ts', import.meta.url).href, parent)
    if (specifier === 'evenkeel/http-proxy')
      return next(new URL('../../src/compat/proxy-server.ts', import.meta.url).href, parent)
    return next(specifier, parent)
  },
})
const folder = new URL('../../../../examples/embedding/', import.meta.url)
const load = <T>(name: string): Promise<T> => import(new URL(name, folder).href) as Promise<T>

const { startOrigins } = await load<{
  startOrigins(): Promise<AsyncDisposable & { readonly addresses: readonly string[] }>
}>('origins.ts')
const { startBalancer } = await load<{ startBalancer(addresses: readonly string[]): Promise<Balancer> }>('api.ts')

test('Express', async () => {
  const { expressApp } = await load<{ expressApp(balancer: Balancer): RequestListener }>('express.ts')
  await asked(balancer => serve(createServer(expressApp(balancer))), 'express\n')
})

test('Fastify', async () => {
  interface App {
    listen(where: { port: number; host: string }): Promise<string>
    close(): Promise<void>
  }
  const { fastifyApp } = await load<{ fastifyApp(balancer: Balancer): App }>('fastify.ts')
  await asked(async balancer => {
    const app = fastifyApp(balancer)
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    return { ask: (path, init) => fetch(url + path, init), close: () => app.close() }
  }, 'fastify\n')
})

test('Hono', async () => {
  const { honoApp } = await load<{ honoApp(balancer: Balancer): { fetch(request: Request): Promise<Response> } }>(
    'hono.ts',
  )
  await asked(balancer => {
    const app = honoApp(balancer)
    const ask = async (path: string, init?: RequestInit): Promise<Response> =>
      app.fetch(new Request(`http://a.example${path}`, init))
    return Promise.resolve({ ask, close: () => Promise.resolve() })
  }, 'hono\n')
})

test('a plugin of Vite, on a server of its shape', async () => {
  interface Plugin {
    configureServer(server: { middlewares: { use(handler: Balancer['handler']): void }; httpServer: Server }): void
  }
  const { evenkeel } = await load<{ evenkeel(balancer: Balancer): Plugin }>('vite.ts')
  await asked(balancer => {
    let handler: Balancer['handler'] | undefined
    const server = createServer((request, response) => handler?.(request, response, () => response.end('vite\n')))
    const middlewares = { use: (given: Balancer['handler']): void => void (handler = given) }
    evenkeel(balancer).configureServer({ middlewares, httpServer: server })
    return serve(server)
  }, 'vite\n')
})

test('http-proxy', async () => {
  const { proxyTo } = await load<{ proxyTo(target: string): Server }>('http-proxy.ts')
  await using origins = await startOrigins()
  const running = await serve(proxyTo(`http://${origins.addresses[0]}`))
  assert.equal(await (await running.ask('/x')).text(), 'server 1 /x\n')
  await running.close()
})

interface Asked {
  ask(path: string, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

/** In turn, with and without a body; and what is the framework's own stays there. */
async function asked(run: (balancer: Balancer) => Promise<Asked>, own: string): Promise<void> {
  await using origins = await startOrigins()
  await using balancer = await startBalancer(origins.addresses)
  const running = await run(balancer)
  const texts: string[] = []
  for (const init of [{}, { method: 'POST', body: '{"a":1}', headers: { 'Content-Type': 'application/json' } }, {}])
    texts.push(await (await running.ask('/api/x', init)).text())
  assert.deepEqual(texts, ['server 1 /api/x\n', 'server 2 /api/x\n', 'server 3 /api/x\n'])
  assert.equal(await (await running.ask('/own')).text(), own)
  await running.close()
}

async function serve(server: Server): Promise<Asked> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    ask: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
    close: () => {
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}
