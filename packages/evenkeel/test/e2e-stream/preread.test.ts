/** Chosen by what a TLS client asks for, with TLS passed on untouched. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect as connectTls, createServer, type Server } from 'node:tls'
import { connect } from '../scenario/connection.ts'
import { startOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'

interface TlsOrigin extends AsyncDisposable {
  readonly address: string
}

async function tlsOrigin(says: string, key: Buffer, cert: Buffer): Promise<TlsOrigin> {
  const server: Server = createServer({ key, cert, ALPNProtocols: ['h2', 'x'] }, socket => socket.end(says))
  server.on('tlsClientError', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    address: `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    [Symbol.asyncDispose]: () => new Promise(resolve => server.close(() => resolve())),
  }
}

function ask(port: number, servername: string, ALPNProtocols: string[] = []): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connectTls({ port, host: '127.0.0.1', servername, ALPNProtocols, rejectUnauthorized: false })
    socket.on('data', part => (text += String(part)))
    socket.on('end', () => resolve(text))
    socket.on('error', reject)
  })
}

test('ssl_preread chooses by name, protocol and server_name, and what is no TLS goes its own way', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-tls-'))
  const [keyFile, certFile] = [join(folder, 'key'), join(folder, 'cert')]
  const subject = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=x']
  execFileSync('openssl', ['req', ...subject, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' })
  const [key, cert] = [readFileSync(keyFile), readFileSync(certFile)]
  rmSync(folder, { recursive: true })
  await using a = await tlsOrigin('a', key, cert)
  await using b = await tlsOrigin('b', key, cert)
  await using plain = await startOrigin()
  await using proxy = await startProxy({
    config: ports => `
stream {
  log_format s '$status $failure $ssl_preread_protocol $ssl_preread_server_name "$ssl_preread_alpn_protocols" $server_name';
  access_log access.log s;
  map $ssl_preread_server_name $to { hostnames; a.example ${a.address}; *.b.example ${b.address}; default ${plain.address}; }
  server { listen 127.0.0.1:${ports.main}; ssl_preread on; preread_buffer_size 1k; proxy_pass $to; }
  server { listen 127.0.0.1:${ports.impatient}; ssl_preread on; preread_timeout 500ms; proxy_pass $to; }
  server { listen 127.0.0.1:${ports.named} default_server; ssl_preread on; server_name first; proxy_pass ${a.address}; }
  server { listen 127.0.0.1:${ports.named}; server_name *.second ~^(?<kind>x+)$; proxy_pass ${b.address}; }
}`,
  })
  const port = proxy.port('main')
  assert.equal(await ask(port, 'a.example', ['h2', 'x']), 'a')
  assert.equal(await ask(port, 'www.b.example'), 'b')
  assert.match((await proxy.accessLog(2)).join('\n'), /^200 - TLSv1\.3 a\.example "h2,x" $/m)

  const named = proxy.port('named')
  assert.equal(await ask(named, 'first'), 'a')
  assert.equal(await ask(named, 'www.second'), 'b')
  assert.equal(await ask(named, 'xxx'), 'b')
  assert.equal(await ask(named, 'unknown.example'), 'a')
  assert.match((await proxy.accessLog(6)).join('\n'), / www\.second "" \*\.second$/m)

  await using other = await connect(port)
  other.send('SSH-2.0-client\r\n')
  const peer = await plain.accept()
  await peer.expect('SSH-2.0-client\r\n')
  peer.send('SSH-2.0-server\r\n').close()
  await other.expect('SSH-2.0-server\r\n')

  // Nothing of a hello within preread_timeout, and one that does not end.
  await using silent = await connect(proxy.port('impatient'))
  await silent.expectClose()
  await using endless = await connect(port)
  endless.send(Buffer.concat([Buffer.from([0x16, 3, 1, 0x40, 0, 1, 0, 0x30, 0]), Buffer.alloc(2000, 1)]))
  await endless.expectGone()
  await proxy.errorLog(/\[error\].* preread buffer full while prereading client data, client: /)
  const lines = await proxy.accessLog(9)
  assert.ok(lines.some(line => line.startsWith('200 client_header_timeout')))
  assert.ok(lines.some(line => line.startsWith('400 preread_too_large')))
})
