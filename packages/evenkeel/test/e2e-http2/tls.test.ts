/** HTTP/2 behind TLS and behind PROXY protocol: who is asked for it speaks it, and who is not does not. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { after, test } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { selfSigned } from '../e2e-tls/certificates.ts'
import { connect } from '../scenario/connection.ts'
import { startProxy } from '../scenario/proxy.ts'
import { unless } from '../scenario/requires.ts'
import { PREFACE } from '../../src/wire/http2/codes.ts'
import { settingsFrame } from '../../src/wire/http2/frame-writer.ts'
import { Http2Client } from './client.ts'

const pair = selfSigned('localhost')
const proxy = await startProxy({
  config: ports => `
ssl_certificate crt;
ssl_certificate_key key;
server {
  listen 127.0.0.1:${ports['main']} ssl;
  server_name on.example;
  http2 on;
  location / { return 200 "$server_protocol $http2 $ssl_alpn_protocol $server_name $scheme"; }
  location /big { alias html/big; }
}
server {
  listen 127.0.0.1:${ports['main']} ssl;
  server_name off.example;
  location / { return 200 "$server_protocol $server_name"; }
}
server {
  listen 127.0.0.1:${ports['proxied']} proxy_protocol;
  http2 on;
  location / { return 200 "$server_protocol $proxy_protocol_addr"; }
}`,
  files: { crt: pair.certificate, key: pair.key, 'html/big': 'x'.repeat(3_000_000) },
})
after(() => proxy[Symbol.asyncDispose]())

async function agreed(servername: string, ...ALPNProtocols: string[]): Promise<string | false | null> {
  const port = proxy.port('main')
  const socket: TLSSocket = connectTls({ port, servername, ALPNProtocols, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  socket.destroy()
  return socket.alpnProtocol
}

test('HTTP/2 is agreed on where the virtual server has it', async () => {
  assert.equal(await agreed('on.example', 'h2', 'http/1.1'), 'h2')
  assert.equal(await agreed('off.example', 'h2', 'http/1.1'), 'http/1.1')
  assert.equal(await agreed('on.example', 'http/1.1'), 'http/1.1')
})

test('many requests at once, and one for a server without it', async () => {
  const session = connectHttp2(`https://127.0.0.1:${proxy.port('main')}`, {
    servername: 'on.example',
    rejectUnauthorized: false,
  })
  const ask = async (path: string, authority = 'on.example'): Promise<string> => {
    const stream = session.request({ ':path': path, ':authority': authority })
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
    const body = Buffer.concat((await stream.toArray()) as Buffer[])
    return `${headers[':status']} ${body.length > 100 ? body.length : body.toString()}`
  }
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => ask(i % 10 === 0 ? '/big' : '/')))
  for (const [i, answer] of answers.entries())
    assert.equal(answer, i % 10 === 0 ? '200 3000000' : '200 HTTP/2.0 h2 h2 on.example https')
  assert.match(await ask('/', 'off.example'), /^421/)
  session.close()
})

test('curl agrees on it by itself', { skip: unless('curl') }, async () => {
  const url = `https://on.example:${proxy.port('main')}/`
  const resolve = `on.example:${proxy.port('main')}:127.0.0.1`
  const { stdout } = await promisify(execFile)('curl', ['-sSk', '--max-time', '100', '--resolve', resolve, url])
  assert.equal(stdout, 'HTTP/2.0 h2 h2 on.example https')
})

test('it comes behind a PROXY protocol head, in one piece with it or later', async () => {
  const head = 'PROXY TCP4 192.0.2.7 192.0.2.8 5 6\r\n'
  for (const pieces of [[head + PREFACE + settingsFrame([])], [head, PREFACE + settingsFrame([])]]) {
    const client = new Http2Client(await connect(proxy.port('proxied')))
    for (const piece of pieces) {
      client.send(piece)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    assert.equal((await client.get()).body, 'HTTP/2.0 192.0.2.7')
    client.connection.close()
  }
})
