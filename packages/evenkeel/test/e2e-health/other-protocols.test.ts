/** Health checks of what speaks no HTTP/1: gRPC's own protocol, and a few bytes over TCP. */
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import * as grpc from '@grpc/grpc-js'
import { ask, get } from '../scenario/ask.ts'
import { httpOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

const asIs = (bytes: Buffer): Buffer => bytes

/** Says of each service what the test wants: SERVING is 1, NOT_SERVING 2; of others that they are not known (5). */
async function healthServer(
  health: Map<string, number>,
): Promise<{ port: number; close: () => void; asked: string[] }> {
  const asked: string[] = []
  const server = new grpc.Server()
  server.addService(
    {
      check: {
        path: '/grpc.health.v1.Health/Check',
        requestStream: false,
        responseStream: false,
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      },
    },
    {
      check(call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) {
        const service = call.request.toString('latin1', 2)
        asked.push(service)
        const status = health.get(service)
        if (status === undefined) done({ code: grpc.status.NOT_FOUND, details: 'unknown service' })
        else done(null, Buffer.from([0x08, status]))
      },
    },
  )
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  return { port, close: () => server.forceShutdown(), asked }
}

test('gRPC: a server is in while it says that it serves, of itself or of one service', async () => {
  const health = new Map([
    ['', 1],
    ['shop.Cart', 2],
  ])
  const server = await healthServer(health)
  try {
    await using proxy = await startProxy({
      config: ports => `
        upstream all { server 127.0.0.1:${server.port}; }
        upstream cart { server 127.0.0.1:${server.port}; }
        upstream none { server 127.0.0.1:${server.port}; }
        upstream unlike { server 127.0.0.1:${server.port}; }
        server {
          listen 127.0.0.1:${ports.main};
          location /all { grpc_pass all; health_check type=grpc interval=1s mandatory; }
          location /cart { grpc_pass grpc://cart; health_check type=grpc grpc_service=shop.Cart interval=1s; }
          location /none { grpc_pass none; health_check type=grpc grpc_service=shop.None interval=1s; }
          location /unlike { grpc_pass unlike; health_check interval=1s type=grpc grpc_service=x grpc_status=5 mandatory; }
        }`,
    })
    const where = (service: string, upstream: string): string =>
      `health check "${service}" of peer 127.0.0.1:${server.port} in upstream "${upstream}"`
    // Whatever the reason is on a machine that is busy: which one it is on an idle one is told by the prober's own tests.
    const told = async (what: 'healthy' | 'unhealthy', service: string, upstream: string, times = 1): Promise<void> => {
      const line = new RegExp(`peer is ${what}[^\\n]* ${where(service, upstream).replaceAll('.', '\\.')}`, 'g')
      await until(
        () => `${line} in the log:\n${proxy.read('error.log')}`,
        () => (proxy.read('error.log').match(line) ?? []).length >= times || undefined,
        20_000,
      )
    }
    await told('healthy', 'grpc', 'all')
    await told('unhealthy', 'shop.Cart', 'cart')
    await told('unhealthy', 'shop.None', 'none')
    await told('healthy', 'x', 'unlike')
    health.set('shop.Cart', 1)
    await told('healthy', 'shop.Cart', 'cart')
    health.set('', 3)
    await told('unhealthy', 'grpc', 'all')
    assert.deepEqual([...new Set(server.asked)].toSorted(), ['', 'shop.Cart', 'shop.None', 'x'])
  } finally {
    server.close()
  }
})

test('gRPC: what speaks something else is out, with the reason', async () => {
  await using web = await httpOrigin('web')
  await using proxy = await startProxy({
    config: ports => `
      upstream web { server ${web.address}; }
      upstream gone { server 127.0.0.1:${ports.gone}; }
      server {
        listen 127.0.0.1:${ports.main};
        location / { proxy_pass http://web; health_check type=grpc interval=1s; }
        location /gone { proxy_pass http://gone; health_check type=grpc interval=1s; }
      }`,
  })
  await proxy.errorLog(/peer is unhealthy: [^\n]* in upstream "web"/)
  await proxy.errorLog(/peer is unhealthy: [^\n]* in upstream "gone"/)
  assert.equal((await ask(proxy.port('main'), get('/'))).status, 502)
})

test('TCP: what is said is sent, and what comes back has to be what is expected', async () => {
  let answer = '+PONG\r\n'
  let heard = ''
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.on('data', part => {
      heard += part.toString('latin1')
      socket.write(answer)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    await using proxy = await startProxy({
      config: ports => `
        upstream app { server 127.0.0.1:${port}; }
        match pong { send "PI\\x4eG\\r\\n"; expect ~ "^\\+PO"; }
        server {
          listen 127.0.0.1:${ports.main};
          location / { proxy_pass http://app; proxy_read_timeout 5s; health_check type=tcp match=pong interval=1s mandatory; }
        }`,
    })
    await proxy.errorLog(/peer is healthy, health check "tcp"/)
    assert.ok(heard.startsWith('PING\r\n'), heard)
    answer = '-ERR\r\n'.padEnd(20_000, '.')
    await proxy.errorLog(/peer is unhealthy: [^\n]*health check "tcp"/)
  } finally {
    server.close()
  }
})
