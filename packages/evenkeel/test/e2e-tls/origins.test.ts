/** TLS with origins: as whom we come, whom we take them for, which connections are shared, and how it goes wrong. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'
import { locked, selfSigned, signed, type Pair } from './certificates.ts'
import { TlsOrigin } from './tls-origin.ts'

const authority = selfSigned('authority.example')
const stranger = selfSigned('stranger.example')
const app = signed('ignored.example', authority, 'subjectAltName=DNS:app.example,DNS:*.app.example')
const middle = signed('middle.example', authority, 'basicConstraints=critical,CA:TRUE')
const lower = signed('lower.example', middle, 'basicConstraints=critical,CA:TRUE')
const deep = signed('deep.example', lower)
const client = signed('client.example', authority)
const other = signed('other.example', authority)

const chain = deep.certificate + lower.certificate + middle.certificate
const origin = await TlsOrigin.start('app', { key: app.key, cert: app.certificate })
const second = await TlsOrigin.start('second', { key: app.key, cert: app.certificate })
const old = await TlsOrigin.start('old', { key: app.key, cert: app.certificate, maxVersion: 'TLSv1.2' })
const long = await TlsOrigin.start('long', { key: deep.key, cert: chain })
const asking = await TlsOrigin.start('asking', {
  key: app.key,
  cert: app.certificate,
  requestCert: true,
  rejectUnauthorized: true,
  ca: authority.certificate,
})
const slow = await TlsOrigin.start('slow', {
  key: app.key,
  cert: app.certificate,
  SNICallback: (_, answer) => void setTimeout(() => answer(null), 150),
})

/** Speaks no TLS, whatever is said to it. */
async function plain(act: (socket: Socket) => void): Promise<{ port: number; server: Server }> {
  const server = createServer(socket => {
    socket.on('error', () => {})
    act(socket)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, server }
}
const talker = await plain(socket => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\ninjected'))
const closer = await plain(socket => socket.end())
const dumb = await plain(() => {})
const plainServers = [talker, closer, dumb]

const proxy = await startProxy({
  files: {
    'ca.pem': authority.certificate,
    'stranger.pem': stranger.certificate,
    'crl.pem': revoked(app),
    'client.crt': client.certificate,
    'client.key': locked(client, 'secret words'),
    'client.pass': 'secret words\n',
    'other.example.crt': other.certificate,
    'other.example.key': other.key,
    'client.example.crt': client.certificate,
    'client.example.key': client.key,
  },
  config: ports => `
log_format why '$status $failure $upstream_addr $upstream_connect_time';
access_log access.log why;
upstream app.example { server 127.0.0.1:${origin.port}; keepalive 8; }
upstream pair { server 127.0.0.1:${talker.port}; server 127.0.0.1:${origin.port}; keepalive 0; }
upstream fresh { server 127.0.0.1:${origin.port}; keepalive 0; }
upstream fresh12 { server 127.0.0.1:${old.port}; keepalive 0; }
upstream long { server 127.0.0.1:${long.port}; keepalive 0; }
upstream asking { server 127.0.0.1:${asking.port}; keepalive 8; }
server {
  listen 127.0.0.1:${ports['main']};
  location /plain/ { proxy_pass https://127.0.0.1:${second.port}/; }
  location /host { proxy_pass https://app.example; proxy_set_header X $proxy_host; add_header X-Host "$proxy_host $proxy_port"; }
  location /named/ { proxy_pass https://app.example/; proxy_ssl_server_name on; proxy_ssl_verify on; proxy_ssl_trusted_certificate ca.pem; }
  location /by-argument/ {
    proxy_pass https://app.example/;
    proxy_ssl_name $arg_name; proxy_ssl_server_name on; proxy_ssl_verify on; proxy_ssl_trusted_certificate ca.pem;
  }
  location /any/ { proxy_pass https://app.example/; }
  location /url/ { proxy_pass $arg_scheme://$arg_to/url; proxy_ssl_server_name on; proxy_ssl_name app.example; }
  location /reused/ { proxy_pass https://fresh/; proxy_ssl_verify on; proxy_ssl_name app.example; proxy_ssl_trusted_certificate ca.pem; }
  location /reused12/ { proxy_pass https://fresh12/; proxy_ssl_verify on; proxy_ssl_name app.example; proxy_ssl_trusted_certificate ca.pem; }
  location /not-reused/ { proxy_pass https://fresh/; proxy_ssl_session_reuse off; }
  location /untrusted { proxy_pass https://fresh; proxy_ssl_verify on; proxy_ssl_trusted_certificate stranger.pem; }
  location /misnamed { proxy_pass https://fresh; proxy_ssl_verify on; proxy_ssl_name wrong.example; proxy_ssl_trusted_certificate ca.pem; }
  location /revoked { proxy_pass https://fresh; proxy_ssl_verify on; proxy_ssl_name app.example; proxy_ssl_trusted_certificate ca.pem; proxy_ssl_crl crl.pem; }
  location /long1 { proxy_pass https://long; proxy_ssl_verify on; proxy_ssl_name deep.example; proxy_ssl_trusted_certificate ca.pem; }
  location /long2 { proxy_pass https://long; proxy_ssl_verify on; proxy_ssl_name deep.example; proxy_ssl_trusted_certificate ca.pem; proxy_ssl_verify_depth 2; }
  location /talker { proxy_pass https://127.0.0.1:${talker.port}; }
  location /closer { proxy_pass https://127.0.0.1:${closer.port}; }
  location /dumb { proxy_connect_timeout 400ms; proxy_pass https://127.0.0.1:${dumb.port}; }
  location /pair/ { proxy_pass https://pair/; }
  location /slow { proxy_pass https://127.0.0.1:${slow.port}; proxy_ssl_server_name on; proxy_ssl_name app.example; }
  location /upgrade { proxy_pass https://app.example; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; }
  location /protocol { proxy_pass https://fresh; proxy_ssl_protocols TLSv1.2; proxy_ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256; }
  location /bare { proxy_pass https://asking; }
  location /as-client { proxy_pass https://asking; proxy_ssl_certificate client.crt; proxy_ssl_certificate_key client.key; proxy_ssl_password_file client.pass; }
  location /as { proxy_pass https://asking; proxy_ssl_certificate $arg_name.crt; proxy_ssl_certificate_key $arg_name.key; }
}`,
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  for (const one of [origin, second, old, long, asking, slow]) await one[Symbol.asyncDispose]()
  for (const { server } of plainServers) server.close()
})
const port = (): number => proxy.port('main')
const text = async (target: string): Promise<string> => (await ask(port(), get(target))).text

test('an address is asked over TLS, and nothing is said of names', async () => {
  assert.match(await text('/plain/x'), /^second connection=\d+ sni= client= reused=\w+ TLSv1\.3$/)
})

test('the port of https is left out of $proxy_host', async () => {
  assert.equal((await ask(port(), get('/host'))).get('x-host'), 'app.example 443')
})

test('the name in proxy_pass is told to the origin, and its certificate is for it', async () => {
  assert.match(await text('/named/'), / sni=app\.example /)
})

test('connections for one name are never used for another, nor those unverified for verified ones', async () => {
  const serial = async (target: string): Promise<string> => / connection=(\d+)/.exec(await text(target))?.[1] ?? ''
  const named = await serial('/named/')
  const a = await serial('/by-argument/?name=a.app.example')
  const b = await serial('/by-argument/?name=b.app.example:8443')
  const any = await serial('/any/')
  assert.equal(new Set([named, a, b, any]).size, 4)
  assert.deepEqual(
    [
      await serial('/any/'),
      await serial('/by-argument/?name=b.app.example'),
      await serial('/by-argument/?name=a.app.example'),
      await serial('/named/'),
    ],
    [any, b, a, named],
  )
})

test('a URL of variables says whether TLS is spoken', async () => {
  assert.match(await text(`/url/?scheme=https&to=127.0.0.1:${origin.port}`), /^app .* sni=app\.example /)
  assert.match(await text('/url/?scheme=https&to=app.example'), /^app .* sni=app\.example /)
  assert.equal((await ask(port(), get(`/url/?scheme=http&to=127.0.0.1:${origin.port}`))).status, 502)
})

test('sessions are taken up again, unless told not to', async () => {
  for (const target of ['/reused/', '/reused12/']) {
    await until(
      () => 'a session that is taken up',
      async () => (await text(target)).includes('reused=true') || undefined,
    )
  }
  for (let i = 0; i < 3; i++) assert.match(await text('/not-reused/'), /reused=false/)
})

test('a certificate of an authority that is not trusted, for another name, revoked or too far down is refused', async () => {
  for (const [target, words] of [
    ['/untrusted', /upstream SSL certificate verify error: \(21:unable to verify the first certificate\)/],
    ['/misnamed', /upstream SSL certificate does not match "wrong\.example"/],
    ['/revoked', /upstream SSL certificate verify error: \(23:certificate revoked\)/],
    ['/long1', /upstream SSL certificate verify error: \(22:certificate chain too long\)/],
  ] as const) {
    // Twice: nothing of the first handshake may help the second one.
    for (let i = 0; i < 2; i++) assert.equal((await ask(port(), get(target))).status, 502, target)
    assert.match(await proxy.errorLog(words), new RegExp(`${words.source}.*upstream: "https://127\\.0\\.0\\.1:\\d+/`))
  }
  assert.match(await text('/long2'), /^long /)
})

test('what comes before TLS is no answer', async () => {
  const answer = await ask(port(), get('/talker'))
  assert.equal(answer.status, 502)
  assert.ok(!answer.text.includes('injected'))
  await proxy.errorLog(/SSL_do_handshake\(\) failed \(SSL: error:\w{8}:SSL routines::wrong version number\)/)
})

test('an origin that closes in the handshake is 502, one that says nothing 504 when connecting has taken too long', async () => {
  assert.equal((await ask(port(), get('/closer'))).status, 502)
  await proxy.errorLog(/peer closed connection in SSL handshake/)
  assert.equal((await ask(port(), get('/dumb'))).status, 504)
  await proxy.errorLog(/connection timed out.*\/dumb/)
})

test('after a handshake that failed the next server is asked, also for what may not be repeated', async () => {
  for (let i = 0; i < 2; i++) {
    const body = 'not twice'
    const answer = await ask(port(), `POST /pair/ HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    assert.equal(answer.text, body)
  }
})

test('the time of the handshake is part of the time to connect', async () => {
  assert.match(await text('/slow'), /^slow /)
  const lines = await until(
    () => 'the line of the request',
    () =>
      proxy.read('access.log').match(new RegExp(`^200 \\S+ 127\\.0\\.0\\.1:${slow.port} (\\d+\\.\\d+)$`, 'm')) ??
      undefined,
  )
  assert.ok(Number(lines[1]) >= 0.14, lines[0])
})

test('an upgraded connection runs over TLS, both ways, to its end', async () => {
  await using one = await connect(port())
  one.send(get('/upgrade', 'Upgrade: echo', 'Connection: Upgrade'))
  assert.equal((await one.readHead()).startLine, 'HTTP/1.1 101 Switching Protocols')
  const long = 'x'.repeat(300_000)
  one.send(long)
  assert.equal((await one.read(long.length)).toString(), long)
  one.end()
  await one.expectClose()
})

test('long bodies go both ways', async () => {
  const body = Buffer.alloc(900_000, 'long body ')
  await using one = await connect(port())
  one.send(`POST /any/ HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`).send(body)
  const answer = await one.readResponse()
  assert.ok(answer.body.equals(body))
})

test('versions and ciphers are those of the settings', async () => {
  assert.match(await text('/protocol'), / TLSv1\.2$/)
})

test('an origin that wants to know us is shown the certificate of the location', async () => {
  // TLS 1.3 tells of it only behind the handshake.
  assert.equal((await ask(port(), get('/bare'))).status, 502)
  await proxy.errorLog(/upstream reset connection \(ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED\)/)
  assert.match(await text('/as-client'), / client=client\.example /)
  assert.match(await text('/as?name=other.example'), / client=other\.example /)
  assert.match(await text('/as?name=client.example'), / client=client\.example /)
  assert.equal((await ask(port(), get('/as?name=missing'))).status, 500)
  await proxy.errorLog(/missing\.crt/)
})

test('a replaced client certificate is shown on new connections, without a reload', async () => {
  place('client.key', locked(other, 'secret words'))
  place('client.crt', other.certificate)
  await until(
    () => 'the new certificate at the origin',
    async () => (await text('/as-client')).includes('client=other.example') || undefined,
  )
})

function place(name: string, content: string): void {
  proxy.write(name + '.new', content)
  renameSync(join(proxy.prefix, name + '.new'), join(proxy.prefix, name))
}

/** The authority's list, with this certificate on it. */
function revoked({ certificate }: Pair): string {
  const folder = mkdtempSync(join(tmpdir(), 'revoked-'))
  try {
    const config = '[ca]\ndefault_ca=d\n[d]\ndatabase=index\ndefault_md=sha256\ndefault_crl_days=2\n'
    for (const [name, content] of [
      ['config', config],
      ['index', ''],
      ['ca.crt', authority.certificate],
      ['ca.key', authority.key],
      ['crt', certificate],
    ] as const) {
      writeFileSync(join(folder, name), content)
    }
    const words = ['ca', '-config', 'config', '-cert', 'ca.crt', '-keyfile', 'ca.key']
    execFileSync('openssl', [...words, '-revoke', 'crt'], { cwd: folder, stdio: 'ignore' })
    execFileSync('openssl', [...words, '-gencrl', '-out', 'crl'], { cwd: folder, stdio: 'ignore' })
    return readFileSync(join(folder, 'crl'), 'latin1')
  } finally {
    rmSync(folder, { recursive: true })
  }
}
