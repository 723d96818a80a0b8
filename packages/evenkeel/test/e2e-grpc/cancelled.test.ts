/** Calls that end before their time, by the thousand and on either side: nothing of them stays, here or at the server. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { constants, createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { api } from '../e2e-api/talk.ts'
import { data, Http2Client, request } from '../e2e-http2/client.ts'
import { CANCEL, frameTypes as types, REFUSED_STREAM } from '../../src/wire/http2/codes.ts'
import { rstFrame } from '../../src/wire/http2/frame-writer.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

/** Streams that are open at the server. */
const open = new Set<ServerHttp2Stream>()
let seen = 0
// Its own guard against resets would end the connection that all calls share.
const server = createServer({
  settings: { maxConcurrentStreams: 1000 },
  streamResetBurst: 1_000_000,
  streamResetRate: 1_000_000,
})
server.on('session', session => session.on('error', () => {}))
server.on('stream', (taken, headers) => {
  const stream = taken as ServerHttp2Stream
  seen++
  open.add(stream)
  stream.on('error', () => {})
  stream.on('close', () => open.delete(stream))
  stream.resume()
  const path = String(headers[':path'])
  if (path !== '/silent') stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
  if (path !== '/resets') return
  stream.write('x')
  setImmediate(() => stream.close(constants.NGHTTP2_CANCEL))
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const proxy = await startProxy({
  config: ports => `
access_log off;
upstream calls { zone calls 64k; server 127.0.0.1:${(server.address() as AddressInfo).port} max_fails=0; }
server {
  listen 127.0.0.1:${ports['main']};
  http2 on;
  keepalive_requests 100000;
  location / { grpc_pass calls; }
  location /api/ { api; }
}`,
  logLevel: 'crit',
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  server.close()
})

/** What the process holds of memory, in MB. */
const memory = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${proxy.pid}/status`, 'utf8'))![1]) / 1024

const quiet = (): Promise<true> => {
  let last = ''
  return until(
    () => `nothing to be left; ${last}`,
    async () => {
      const peer = (await api(proxy, '/http/upstreams/calls')).json.peers[0]
      last = `${open.size} streams are open at the server, ${peer.active} calls are under way`
      return (open.size === 0 && peer.active === 0) || undefined
    },
    10_000,
  )
}

const ROUND = 60

/** Calls on one connection, a few at a time, each ended early in another way. */
async function calls(rounds: number): Promise<void> {
  const client = await Http2Client.open(proxy.port('main'))
  for (let round = 0; round < rounds; round++) {
    const before = seen
    const streams: number[] = []
    for (let i = 0; i < ROUND; i++) {
      const path = ['/silent', '/begun', '/resets'][i % 3]!
      const stream = client.ask(request(path, 'POST', [['content-type', 'application/grpc']]), false)
      client.send(data(stream, '\0\0\0\0\x02hi'))
      if (path !== '/resets') streams.push(stream)
    }
    await until(
      () => `the server to see ${ROUND} calls; it saw ${seen - before}`,
      () => seen - before >= ROUND || undefined,
      10_000,
    )
    client.send(streams.map(stream => rstFrame(stream, CANCEL)).join(''))
  }
  await client.ping()
  client.connection.close()
}

test('10,000 calls that are cancelled by either side leave no stream, no place at a peer, and no memory', async () => {
  await calls(10)
  await quiet()
  const first = memory()
  let streams = 0
  for (; streams < 10_000; streams += 10 * ROUND) await calls(10)
  await quiet()
  const grown = memory() - first
  assert.ok(grown < 100, `grew by ${Math.round(grown)} MB over ${streams} calls`)
})

test('a call that its server resets is reset for its client, with what the server said of it', async () => {
  const client = await Http2Client.open(proxy.port('main'))
  const stream = client.ask(request('/resets', 'POST', [['content-type', 'application/grpc']]), false)
  assert.notEqual(await client.reset(stream), REFUSED_STREAM)
  await client.ping()
  assert.equal(client.frames.filter(({ type, stream: of }) => type === types.rstStream && of === stream).length, 1)
  client.connection.close()
  await quiet()
})

test('a client that leaves ends all of its calls', async () => {
  const client = await Http2Client.open(proxy.port('main'))
  const before = seen
  for (let i = 0; i < 100; i++) client.ask(request('/begun', 'POST', [['content-type', 'application/grpc']]), false)
  await until(
    () => `100 calls; there are ${seen - before}`,
    () => seen - before === 100 || undefined,
    10_000,
  )
  client.connection.close()
  await quiet()
})
