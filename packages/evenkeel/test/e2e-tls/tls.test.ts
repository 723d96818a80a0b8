/** TLS with clients: which certificate and which server answers, what variables say, and how it goes wrong. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { connect } from '../scenario/connection.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'
import { locked, selfSigned, signed } from './certificates.ts'
import { askTls } from './tls-client.ts'

const one = selfSigned('one.example')
const two = selfSigned('two.example')
const rsa = selfSigned('two.example', 'rsa:2048')
const authority = selfSigned('authority.example')
const client = signed('client.example', authority)
const middle = signed('middle.example', authority, 'basicConstraints=critical,CA:TRUE')
const below = signed('below.example', middle)
const lower = signed('lower.example', middle, 'basicConstraints=critical,CA:TRUE')
const deep = signed('deep.example', lower)
const stranger = selfSigned('stranger.example')

const proxy = await startProxy({
  workers: 2,
  files: {
    'one.crt': one.certificate,
    'one.key': locked(one, 'secret words'),
    'one.pass': 'wrong\nsecret words\n',
    'two.crt': two.certificate,
    'two.key': two.key,
    'rsa.crt': rsa.certificate,
    'rsa.key': rsa.key,
    'ca.crt': authority.certificate,
    'three.example.crt': two.certificate,
    'three.example.key': two.key,
    tickets: randomBytes(48),
    'html/big': 'x'.repeat(3_000_000),
  },
  config: ports => `
server {
  listen 127.0.0.1:${ports['main']} ssl;
  server_name one.example;
  ssl_certificate one.crt;
  ssl_certificate_key one.key;
  ssl_password_file one.pass;
  location / { return 200 "$server_name $ssl_server_name $scheme $https $ssl_protocol $ssl_cipher $ssl_curve $ssl_alpn_protocol $ssl_client_verify"; }
  location /reused { return 200 $ssl_session_reused; }
  location /moved { return 301 /there; }
  location /big { }
  location /proxied { proxy_pass http://127.0.0.1:${ports['clear']}; proxy_set_header X-Proto $scheme; }
}
server {
  listen 127.0.0.1:${ports['main']} ssl;
  server_name two.example *.two.example;
  ssl_certificate two.crt;
  ssl_certificate_key two.key;
  ssl_certificate rsa.crt;
  ssl_certificate_key rsa.key;
  ssl_protocols TLSv1.2;
  location / { return 200 "$server_name $ssl_server_name $ssl_protocol"; }
}
server {
  listen 127.0.0.1:${ports['main']} ssl;
  server_name verified.example;
  ssl_certificate two.crt;
  ssl_certificate_key two.key;
  ssl_verify_client on;
  ssl_client_certificate ca.crt;
  error_page 495 = /refused;
  error_page 496 = /missing;
  location / { return 200 "$ssl_client_verify|$ssl_client_s_dn|$ssl_client_i_dn|$ssl_client_s_dn_legacy|$ssl_client_serial|$ssl_client_v_remain"; }
  location /refused { return 200 "refused $ssl_client_verify"; }
  location /missing { return 200 "missing $ssl_client_verify"; }
  location /folded { proxy_pass http://127.0.0.1:${ports['clear']}/certificate; proxy_set_header X-Certificate $ssl_client_escaped_cert; }
}
server {
  listen 127.0.0.1:${ports['main']} ssl;
  server_name lax.example;
  ssl_certificate two.crt;
  ssl_certificate_key two.key;
  ssl_verify_client optional_no_ca;
  location / { return 200 "$ssl_client_verify $ssl_client_fingerprint"; }
}
server {
  listen 127.0.0.1:${ports['main']} ssl;
  server_name none.example;
  ssl_reject_handshake on;
}
server {
  listen 127.0.0.1:${ports['main']} ssl;
  server_name three.example four.example;
  ssl_certificate $ssl_server_name.crt;
  ssl_certificate_key $ssl_server_name.key;
  location / { return 200 $server_name; }
}
server {
  listen 127.0.0.1:${ports['proxied']} ssl proxy_protocol;
  ssl_certificate two.crt;
  ssl_certificate_key two.key;
  ssl_session_ticket_key tickets;
  location / { return 200 "$proxy_protocol_addr $scheme"; }
}
server {
  listen 127.0.0.1:${ports['impatient']} ssl;
  client_header_timeout 500ms;
  ssl_certificate auto;
}
server {
  listen 127.0.0.1:${ports['pages']} ssl;
  ssl_certificate auto;
  error_page 497 https://$host:$server_port$request_uri;
}
server {
  listen 127.0.0.1:${ports['clear']};
  location / { return 200 $http_x_proto; }
  location /certificate { return 200 $http_x_certificate; }
}`,
})
after(() => proxy[Symbol.asyncDispose]())
const port = (): number => proxy.port('main')

test('the certificate and the server are those of the name in the handshake', async () => {
  const first = await askTls(port(), { servername: 'one.example' })
  assert.match(first.text, /^one\.example one\.example https on TLSv1\.3 TLS_AES_256_GCM_SHA384 \w+  NONE$/)
  const second = await askTls(port(), { servername: 'sub.two.example', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })
  assert.equal(second.text, 'two.example sub.two.example TLSv1.2')
  assert.equal((await askTls(port(), { servername: 'TWO.example.' })).text, 'two.example TWO.example. TLSv1.2')
  assert.match((await askTls(port(), { servername: 'unknown.example' })).text, /^one\.example unknown\.example /)
})

test('of several certificates the client gets the one it can use', async () => {
  const certificateOf = (cipher: string): string => {
    const words = [
      's_client',
      '-connect',
      `127.0.0.1:${port()}`,
      '-servername',
      'two.example',
      '-tls1_2',
      '-cipher',
      cipher,
    ]
    return spawnSync('openssl', words, { input: '' }).stdout.toString()
  }
  assert.match(certificateOf('ECDHE-RSA-AES128-GCM-SHA256'), /a:PKEY: rsaEncryption|Server public key is 2048 bit/)
  assert.match(certificateOf('ECDHE-ECDSA-AES128-GCM-SHA256'), /Server public key is 256 bit/)
})

test('ALPN agrees on HTTP/1.1, and refuses a client that speaks nothing of ours', async () => {
  const answer = await askTls(port(), { servername: 'one.example', ALPNProtocols: ['x', 'http/1.1'] })
  assert.equal(answer.socket.alpnProtocol, 'http/1.1')
  await assert.rejects(askTls(port(), { servername: 'one.example', ALPNProtocols: ['x'] }), /no application protocol/)
})

test('redirects and forwarded requests know that the client came by TLS', async () => {
  const words = ['-sk', '--resolve', `one.example:${port()}:127.0.0.1`]
  const curl = (path: string, ...more: string[]): string =>
    execFileSync('curl', [...words, ...more, `https://one.example:${port()}${path}`], {
      maxBuffer: 10_000_000,
    }).toString()
  assert.match(curl('/moved', '-i'), new RegExp(`Location: https://one\\.example:${port()}/there`))
  assert.equal(curl('/proxied'), 'https')
  assert.equal(curl('/big').length, 3_000_000)
})

test('HTTP in the clear is told so in HTTP, as error_page 497 has it', async () => {
  const plain = await ask(port(), get('/'))
  assert.equal(plain.status, 400)
  assert.match(plain.text, /400 The plain HTTP request was sent to HTTPS port/)
  const moved = await ask(proxy.port('pages'), get('/a?b'))
  assert.equal(moved.status, 302)
  assert.equal(moved.get('Location'), `https://localhost:${proxy.port('pages')}/a?b`)
})

test('a session is taken up again, by any worker, and not by another server', async () => {
  const first = await askTls(port(), { servername: 'one.example', path: '/reused' })
  assert.equal(first.text, '.')
  for (let i = 0; i < 6; i++) {
    const again = await askTls(port(), { servername: 'one.example', path: '/reused', session: first.session! })
    assert.equal(again.text, 'r')
  }
  const other = await askTls(port(), { servername: 'verified.example', session: first.session! })
  assert.equal(other.socket.isSessionReused(), false)
})

test('a client certificate that an authority has signed is taken, and told of', async () => {
  const { text } = await askTls(port(), { servername: 'verified.example', cert: client.certificate, key: client.key })
  assert.equal(
    text,
    'SUCCESS|CN=client.example,O=Example\\, Inc.|CN=authority.example|/O=Example, Inc./CN=client.example|1234|1',
  )
  const forwarded = await askTls(port(), {
    servername: 'verified.example',
    cert: client.certificate,
    key: client.key,
    path: '/folded',
  })
  assert.equal(decodeURIComponent(forwarded.text), client.certificate)
})

test('another one, or none, leads to the pages for 495 and 496', async () => {
  const wrong = await askTls(port(), { servername: 'verified.example', cert: stranger.certificate, key: stranger.key })
  assert.equal(wrong.text, 'refused FAILED:self-signed certificate')
  assert.equal((await askTls(port(), { servername: 'verified.example' })).text, 'missing NONE')
})

test('between it and an authority one certificate may stand, as ssl_verify_depth has it', async () => {
  const chain = (...pairs: { certificate: string }[]): string => pairs.map(pair => pair.certificate).join('')
  const short = await askTls(port(), { servername: 'verified.example', cert: chain(below, middle), key: below.key })
  assert.match(short.text, /^SUCCESS/)
  const long = await askTls(port(), { servername: 'verified.example', cert: chain(deep, lower, middle), key: deep.key })
  assert.equal(long.text, 'refused FAILED:certificate chain too long')
})

test('optional_no_ca leaves it to the application', async () => {
  const { text } = await askTls(port(), { servername: 'lax.example', cert: stranger.certificate, key: stranger.key })
  assert.match(text, /^FAILED:self-signed certificate [0-9a-f]{40}$/)
})

test('a server that verifies clients is not reached by the name of another', async () => {
  const misdirected = await askTls(port(), { servername: 'one.example', host: 'verified.example' })
  assert.equal(misdirected.status, 421)
  assert.equal((await askTls(port(), { servername: 'one.example', host: 'two.example' })).status, 200)
})

test('ssl_reject_handshake refuses the name, and others go on', async () => {
  await assert.rejects(askTls(port(), { servername: 'none.example' }), /unrecognized name/)
  assert.equal((await askTls(port(), { servername: 'one.example' })).status, 200)
})

test('a certificate is found by the name asked for, and a missing one fails that handshake alone', async () => {
  assert.equal((await askTls(port(), { servername: 'three.example' })).text, 'three.example')
  await assert.rejects(askTls(port(), { servername: 'four.example' }), /internal error/)
  await until(
    () => 'the reason in the log',
    () => /four\.example\.crt/.test(proxy.read('error.log')) || undefined,
  )
})

test('a PROXY protocol head comes before TLS', async () => {
  await using raw = await connect(proxy.port('proxied'))
  raw.send('PROXY TCP4 192.0.2.1 192.0.2.2 123 5678\r\n')
  raw.socket.removeAllListeners('data')
  const { text } = await askTls(0, { socket: raw.socket })
  assert.equal(text, '192.0.2.1 https')
})

test('garbage, a flood of bytes that is no hello, and silence end the connection and nothing else', async () => {
  const record = (length: number): Buffer =>
    Buffer.concat([Buffer.from([0x16, 3, 1, length >> 8, length & 255]), Buffer.alloc(length)])
  for (const bytes of [record(4), record(16_000), Buffer.from('80800100', 'hex')]) {
    await using raw = await connect(port())
    raw.send(bytes)
    await raw.expectGone()
  }
  await using silent = await connect(proxy.port('impatient'))
  silent.send(Buffer.from('160301', 'hex'))
  await silent.expectGone()
  assert.equal((await askTls(port(), { servername: 'one.example' })).status, 200)
  await until(
    () => 'a line about the one that said nothing more',
    () => /client timed out while waiting for request/.test(proxy.read('error.log')) || undefined,
  )
})
