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
          location /all { grpc_pass all; health_check type=grpc interval=100ms mandatory; }
          location /cart { grpc_pass grpc://cart; health_check type=grpc grpc_service=shop.Cart interval=100ms; }
          location /none { grpc_pass none; health_check type=grpc grpc_service=shop.None interval=100ms; }
          location /unlike { grpc_pass unlike; health_check interval=100ms type=grpc grpc_service=x grpc_status=5 mandatory; }
        }`,
    })
    const where = (service: string, upstream: string): string =>
      `health check "${service}" of peer 127.0.0.1:${server.port} in upstream "${upstream}"`
    const told = async (text: string): Promise<void> => {
      await until(
        () => `"${text}" in the log:\n${proxy.read('error.log')}`,
        () => proxy.read('error.log').includes(text) || undefined,
      )
    }
    await told(`peer is healthy, ${where('grpc', 'all')}`)
    await told(`peer is unhealthy: service "shop.Cart" is NOT_SERVING, ${where('shop.Cart', 'cart')}`)
    await told(`peer is unhealthy: grpc-status 5, ${where('shop.None', 'none')}`)
    await told(`peer is healthy, ${where('x', 'unlike')}`)
    health.set('shop.Cart', 1)
    await told(`peer is healthy, ${where('shop.Cart', 'cart')}`)
    health.set('', 3)
    await told(`peer is unhealthy: the server is SERVICE_UNKNOWN, ${where('grpc', 'all')}`)
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
        location / { proxy_pass http://web; health_check type=grpc interval=100ms; }
        location /gone { proxy_pass http://gone; health_check type=grpc interval=100ms; }
      }`,
  })
  await proxy.errorLog(/peer is unhealthy: the answer is no HTTP\/2, health check "grpc"/)
  await proxy.errorLog(/peer is unhealthy: connection refused, health check "grpc"/)
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
          location / { proxy_pass http://app; proxy_read_timeout 5s; health_check type=tcp match=pong interval=100ms mandatory; }
        }`,
    })
    await proxy.errorLog(/peer is healthy, health check "tcp"/)
    assert.ok(heard.startsWith('PING\r\n'), heard)
    answer = '-ERR\r\n'.padEnd(20_000, '.')
    await proxy.errorLog(/peer is unhealthy: the answer is not what is expected, health check "tcp"/)
  } finally {
    server.close()
  }
})
