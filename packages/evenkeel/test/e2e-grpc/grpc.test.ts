/** gRPC through the proxy, with gRPC's own client and server (grpc-js): all four sorts of calls, endings, deadlines, errors. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, test } from 'node:test'
import * as grpc from '@grpc/grpc-js'
import { startProxy } from '../scenario/proxy.ts'
import { undisturbed, until } from '../scenario/wait.ts'

const asIs = (bytes: Buffer): Buffer => bytes
const method = (
  path: string,
  requestStream: boolean,
  responseStream: boolean,
): grpc.MethodDefinition<Buffer, Buffer> => ({
  path,
  requestStream,
  responseStream,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
})
const definition = {
  unary: method('/t.T/Unary', false, false),
  gather: method('/t.T/Gather', true, false),
  count: method('/t.T/Count', false, true),
  talk: method('/t.T/Talk', true, true),
  slow: method('/t.T/Slow', false, false),
  fail: method('/t.T/Fail', false, false),
}

let cancelled = 0
const server = new grpc.Server()
server.addService(definition, {
  unary(call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) {
    const sent = new grpc.Metadata()
    sent.set('x-seen', String(call.metadata.get('x-asked')[0]))
    call.sendMetadata(sent)
    const trailer = new grpc.Metadata()
    trailer.set('x-behind', 'yes')
    done(null, Buffer.concat([Buffer.from('re: '), call.request]), trailer)
  },
  gather(call: grpc.ServerReadableStream<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) {
    const parts: Buffer[] = []
    call.on('data', (part: Buffer) => parts.push(part))
    call.on('end', () => done(null, Buffer.concat(parts)))
  },
  count(call: grpc.ServerWritableStream<Buffer, Buffer>) {
    for (let i = 1; i <= 5; i++) call.write(Buffer.from(String(i)))
    call.end()
  },
  talk(call: grpc.ServerDuplexStream<Buffer, Buffer>) {
    call.on('data', (part: Buffer) => call.write(Buffer.from(`<${part.toString()}>`)))
    call.on('end', () => call.end())
    call.on('cancelled', () => cancelled++)
  },
  slow(call: grpc.ServerUnaryCall<Buffer, Buffer>) {
    call.on('cancelled', () => cancelled++)
  },
  fail(_call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) {
    done({ code: grpc.status.FAILED_PRECONDITION, details: 'not so' })
  },
})
const port = await new Promise<number>((resolve, reject) =>
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
    error === null ? resolve(bound) : reject(error),
  ),
)

const proxy = await startProxy({
  config: ports => `
log_format why '$uri|$status|$failure|$upstream_addr';
access_log access.log why;
upstream calls { server 127.0.0.1:${port} max_fails=0; }
upstream nobody { server 127.0.0.1:${ports['nobody']} max_fails=0; }
server {
  listen 127.0.0.1:${ports['main']};
  http2 on;
  location / { grpc_pass grpc://calls; }
  location /t.T/Slow { grpc_error_status on; grpc_set_header grpc-timeout ""; grpc_pass calls; }
}
server {
  listen 127.0.0.1:${ports['variable']};
  http2 on;
  set $to grpc://127.0.0.1:${port};
  location / { grpc_set_header x-asked $http_x_asked-changed; grpc_pass $to; }
}
server {
  listen 127.0.0.1:${ports['plain']};
  http2 on;
  location / { grpc_pass nobody; }
}
server {
  listen 127.0.0.1:${ports['told']};
  http2 on;
  grpc_error_status on;
  location / { grpc_pass grpc://nobody; }
  location /t.T/Count { grpc_pass calls; deny all; }
}
`,
})
const clients: grpc.Client[] = []
after(async () => {
  for (const client of clients) client.close()
  await proxy[Symbol.asyncDispose]()
  server.forceShutdown()
})

function client(name: string): grpc.Client {
  const made = new grpc.Client(`127.0.0.1:${proxy.port(name)}`, grpc.credentials.createInsecure())
  clients.push(made)
  return made
}
const main = client('main')

interface Ended {
  readonly value: string
  readonly head: grpc.Metadata
  readonly status: grpc.StatusObject
}

/** A unary call, however it ends. */
async function call(
  of: grpc.Client,
  { path }: { readonly path: string },
  text: string,
  options: grpc.CallOptions = {},
  metadata: grpc.Metadata = new grpc.Metadata(),
): Promise<Ended> {
  let value = ''
  let head = new grpc.Metadata()
  const made = of.makeUnaryRequest(path, asIs, asIs, Buffer.from(text), metadata, options, (_error, found) => {
    value = found?.toString() ?? ''
  })
  made.on('metadata', found => (head = found))
  const [status] = (await once(made, 'status')) as [grpc.StatusObject]
  await new Promise(resolve => setImmediate(resolve))
  return { value, head, status }
}

test('a unary call goes there and back, with metadata before and behind', async () => {
  for (const [name, seen] of [
    ['main', 'a'],
    ['variable', 'a-changed'],
  ] as const) {
    const metadata = new grpc.Metadata()
    metadata.set('x-asked', 'a')
    const { value, head, status } = await call(client(name), definition.unary, 'hello', {}, metadata)
    assert.deepEqual([value, head.get('x-seen'), status.code], ['re: hello', [seen], grpc.status.OK])
    assert.deepEqual(status.metadata.get('x-behind'), ['yes'])
  }
})

test("a server's own error arrives as it is", async () => {
  const { status } = await call(main, definition.fail, '')
  assert.deepEqual([status.code, status.details], [grpc.status.FAILED_PRECONDITION, 'not so'])
})

test('a client streams what does not fit in any window', async () => {
  let value: Buffer = Buffer.alloc(0)
  const made = main.makeClientStreamRequest(definition.gather.path, asIs, asIs, (_error, found) => {
    value = found ?? value
  })
  const part = Buffer.alloc(100_000, 'x')
  for (let i = 0; i < 10; i++) made.write(part)
  made.end()
  const [status] = (await once(made, 'status')) as [grpc.StatusObject]
  assert.deepEqual([status.code, value.length], [grpc.status.OK, 1_000_000])
})

test('a server streams', async () => {
  const made = main.makeServerStreamRequest(definition.count.path, asIs, asIs, Buffer.alloc(0))
  const parts: string[] = []
  for await (const part of made) parts.push(String(part))
  assert.deepEqual(parts, ['1', '2', '3', '4', '5'])
})

test('both talk in turn on one call', async () => {
  const made = main.makeBidiStreamRequest(definition.talk.path, asIs, asIs)
  for (const word of ['one', 'two', 'three']) {
    made.write(Buffer.from(word))
    const [part] = (await once(made, 'data')) as [Buffer]
    assert.equal(part.toString(), `<${word}>`)
  }
  made.end()
  const [status] = (await once(made, 'status')) as [grpc.StatusObject]
  assert.equal(status.code, grpc.status.OK)
})

test('a client that cancels a call cancels it at the server', async () => {
  const before = cancelled
  const made = main.makeBidiStreamRequest(definition.talk.path, asIs, asIs)
  made.on('error', () => {})
  made.write(Buffer.from('a'))
  await once(made, 'data')
  made.cancel()
  await until(
    () => 'the call to be cancelled at the server',
    () => cancelled > before || undefined,
  )
})

test('a call that is under way for longer than its client waits is ended here, too', () =>
  undisturbed(async () => {
    const before = cancelled
    // Neither grpc-js as the client nor the server knows of it: it is the proxy that ends the call.
    const metadata = new grpc.Metadata()
    metadata.set('grpc-timeout', '150m')
    const { status } = await call(main, definition.slow, '', {}, metadata)
    assert.equal(status.code, grpc.status.DEADLINE_EXCEEDED)
    assert.equal(status.details, 'the deadline of the client has passed')
    await until(
      () => 'the call to be cancelled at the server',
      () => cancelled > before || undefined,
    )
  }))

test('a server that is down is unavailable; with grpc_error_status the client is told why', async () => {
  const plain = await call(client('plain'), definition.unary, '')
  assert.deepEqual([plain.status.code, /502/.test(plain.status.details)], [grpc.status.UNAVAILABLE, true])
  const told = await call(client('told'), definition.unary, '')
  assert.deepEqual([told.status.code, told.status.details], [grpc.status.UNAVAILABLE, 'connection refused'])
  const denied = await call(client('told'), definition.count, '')
  assert.equal(denied.status.code, grpc.status.PERMISSION_DENIED)
})

test('calls of many clients at once are answered each with its own', async () => {
  const calls = Array.from({ length: 200 }, (_, i) => call(main, definition.unary, String(i)))
  const values = await Promise.all(calls)
  assert.deepEqual(
    values.map(({ value }) => value),
    values.map((_, i) => `re: ${i}`),
  )
})
