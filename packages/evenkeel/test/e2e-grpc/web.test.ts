/** gRPC-Web before a server of grpc-js: bytes and text, over HTTP/1.1 and HTTP/2. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as grpc from '@grpc/grpc-js'
import { Http2Client, data, request } from '../e2e-http2/client.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

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
const held: (() => void)[] = []
const server = new grpc.Server()
server.addService(
  {
    unary: method('/t.T/Unary', false, false),
    count: method('/t.T/Count', false, true),
    fail: method('/t.T/Fail', false, false),
    slow: method('/t.T/Slow', false, false),
  },
  {
    unary(call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) {
      const trailer = new grpc.Metadata()
      trailer.set('x-behind', String(call.metadata.get('x-asked')[0]))
      done(null, Buffer.concat([Buffer.from('re: '), call.request]), trailer)
    },
    count(call: grpc.ServerWritableStream<Buffer, Buffer>) {
      call.write(Buffer.from('first'))
      held.push(() => {
        call.write(Buffer.from('second'))
        call.end()
      })
    },
    fail(_: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) {
      done({ code: grpc.status.FAILED_PRECONDITION, details: 'not so' })
    },
    slow() {},
  },
)
const port = await new Promise<number>((resolve, reject) =>
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
    error === null ? resolve(bound) : reject(error),
  ),
)
const proxy = await startProxy({
  config: ports => `
server {
  listen 127.0.0.1:${ports['main']};
  http2 on;
  grpc_web on;
  grpc_error_status on;
  add_header Access-Control-Allow-Origin * always;
  location / { grpc_pass 127.0.0.1:${port}; }
  location /t.T/Lost { grpc_pass 127.0.0.1:${ports['nobody']}; }
  location /off { grpc_web off; grpc_pass 127.0.0.1:${port}; }
}`,
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  server.forceShutdown()
})

const message = (text: string): Buffer => {
  const bytes = Buffer.alloc(5 + text.length)
  bytes.writeUInt32BE(text.length, 1)
  bytes.write(text, 5)
  return bytes
}

/** Frames as a client reads them: messages, and the lines of the trailers behind them. */
function read(body: Buffer): { messages: string[]; trailers: string[] } {
  const messages: string[] = []
  let trailers: string[] = []
  for (let at = 0; at < body.length;) {
    const end = at + 5 + body.readUInt32BE(at + 1)
    const text = body.toString('latin1', at + 5, end)
    if (body[at] === 0x80) trailers = text.split('\r\n').slice(0, -1)
    else messages.push(text)
    at = end
  }
  return { messages, trailers }
}

/** Pieces of base64 behind one another, each padded for itself. */
const plain = (text: string): Buffer =>
  Buffer.concat((text.match(/[^=]+=*/g) ?? []).map(piece => Buffer.from(piece, 'base64')))

async function call(path: string, type: string, body: Buffer | string, more: Record<string, string> = {}) {
  const answer = await fetch(`http://127.0.0.1:${proxy.port('main')}${path}`, {
    method: 'POST',
    headers: { 'content-type': type, 'x-grpc-web': '1', ...more },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  })
  return { answer, bytes: Buffer.from(await answer.arrayBuffer()) }
}

test('bytes over HTTP/1.1: messages, and trailers as the last frame', async () => {
  const { answer, bytes } = await call('/t.T/Unary', 'application/grpc-web+proto', message('hi'), { 'x-asked': 'yes' })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'application/grpc-web+proto')
  assert.equal(answer.headers.get('access-control-allow-origin'), '*')
  const { messages, trailers } = read(bytes)
  assert.deepEqual(messages, ['re: hi'])
  assert.ok(trailers.includes('grpc-status: 0'))
  assert.ok(trailers.includes('x-behind: yes'))
})

test('text over HTTP/1.1, in pieces that are padded', async () => {
  const sent = message('hello')
  const body = sent.subarray(0, 4).toString('base64') + sent.subarray(4).toString('base64')
  const { answer, bytes } = await call('/t.T/Unary', 'application/grpc-web-text', body)
  assert.equal(answer.headers.get('content-type')?.startsWith('application/grpc-web-text'), true)
  const { messages, trailers } = read(plain(bytes.toString()))
  assert.deepEqual(messages, ['re: hello'])
  assert.ok(trailers.includes('grpc-status: 0'))
})

test('what is no base64 is refused', async () => {
  const { answer } = await call('/t.T/Unary', 'application/grpc-web-text', '%%%%')
  assert.equal(answer.headers.get('grpc-status'), '13')
})

test('a status without messages is told in the head', async () => {
  const { answer, bytes } = await call('/t.T/Fail', 'application/grpc-web', message(''))
  const told = bytes.length > 0 ? read(bytes).trailers : [`grpc-status: ${answer.headers.get('grpc-status')}`]
  assert.ok(told.includes('grpc-status: 9'), told.join())
})

test('our own errors have a status', async () => {
  const { answer } = await call('/t.T/Lost', 'application/grpc-web', message(''))
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'application/grpc-web')
  assert.equal(answer.headers.get('grpc-status'), '14')
})

test('a deadline that passes is told', async () => {
  const { answer } = await call('/t.T/Slow', 'application/grpc-web', message(''), { 'grpc-timeout': '50m' })
  assert.equal(answer.headers.get('grpc-status'), '4')
})

for (const type of ['application/grpc-web', 'application/grpc-web-text']) {
  test(`${type} over HTTP/2: a message does not wait for the next`, async () => {
    const client = await Http2Client.open(proxy.port('main'))
    const stream = client.ask(request('/t.T/Count', 'POST', [['content-type', type]]), false)
    const text = type.endsWith('text')
    const body = message('').toString(text ? 'base64' : 'latin1')
    client.send(data(stream, body, true))
    const come = (): string =>
      client.frames
        .filter(frame => frame.type === 0 && frame.stream === stream)
        .map(({ payload }) => payload.toString('latin1'))
        .join('')
    const bytes = (): Buffer => (text ? plain(come()) : Buffer.from(come(), 'latin1'))
    await until(
      () => `the first message; there came ${JSON.stringify(come())}`,
      () => bytes().includes('first') || undefined,
    )
    held.shift()!()
    await client.answer(stream)
    assert.deepEqual(read(bytes()).messages, ['first', 'second'])
    assert.ok(read(bytes()).trailers.includes('grpc-status: 0'))
    client.connection.close()
  })
}

test('off, and for calls of gRPC itself, nothing is translated', async () => {
  const { answer } = await call('/off', 'application/grpc-web', message(''))
  assert.notEqual(answer.headers.get('grpc-status'), '0')
  const client = await Http2Client.open(proxy.port('main'))
  const stream = client.ask(
    request('/t.T/Unary', 'POST', [
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
    ]),
    false,
  )
  client.send(data(stream, message('x').toString('latin1'), true))
  const { headers, trailers } = await client.answer(stream)
  assert.match(headers.get('content-type')!, /^application\/grpc(?!-web)/)
  assert.equal(trailers?.get('grpc-status'), '0')
  client.connection.close()
})
