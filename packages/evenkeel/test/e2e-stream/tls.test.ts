/** TLS ended and begun by `stream`: with clients, with servers, and in between. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect as connectPlain, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { connect as connectTls, createServer, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { connect, Connection } from '../scenario/connection.ts'
import { startOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'
import { locked, selfSigned, signed } from '../e2e-tls/certificates.ts'

const one = selfSigned('one.example')
const two = selfSigned('two.example')
const authority = selfSigned('authority.example')
const client = signed('client.example', authority)
const stranger = selfSigned('stranger.example')
const named = signed('origin.example', authority, 'basicConstraints=CA:FALSE\nsubjectAltName=DNS:origin.example')

const files = {
  'one.crt': one.certificate,
  'one.key': one.key,
  'two.crt': two.certificate,
  'two.key': two.key,
  'two.example.crt': two.certificate,
  'two.example.key': two.key,
  'ca.crt': authority.certificate,
  'client.crt': client.certificate,
  'client.key': locked(client, 'secret words'),
  'client.pass': 'secret words\n',
}

/** What is looked at again and again until it is so. */
async function holds(what: string, condition: () => boolean): Promise<void> {
  await until(
    () => what,
    () => condition() || undefined,
  )
}

/** A server behind TLS that tells who its client is and sends back what it hears. */
async function tlsOrigin(): Promise<{ readonly address: string; readonly sockets: TLSSocket[] } & Disposable> {
  const sockets: TLSSocket[] = []
  const server = createServer({
    key: named.key,
    cert: named.certificate,
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: ['redis', 'x'],
    allowHalfOpen: true,
  })
  server.on('secureConnection', socket => {
    sockets.push(socket)
    const { servername } = socket as TLSSocket & { servername?: string | false }
    const who = socket.getPeerX509Certificate()?.subject.split('\n').at(-1) ?? 'nobody'
    const reused = socket.isSessionReused() ? 'again' : 'new'
    socket.write(`${servername || '-'} ${socket.alpnProtocol || '-'} ${who} ${reused}\n`)
    socket.on('error', () => {})
    socket.on('data', part => socket.write(part))
    socket.on('end', () => socket.end('bye'))
  })
  server.on('tlsClientError', (_, socket) => socket.destroy())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return {
    address: `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    sockets,
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy()
      server.close().unref()
    },
  }
}

/** Connects with TLS and reads to the end; a handshake that fails rejects. */
async function ask(port: number, options: ConnectionOptions = {}): Promise<{ text: string; reused: boolean }> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  let text = ''
  socket.on('data', part => (text += String(part)))
  await once(socket, 'end')
  const reused = socket.isSessionReused()
  socket.destroy()
  return { text, reused }
}

const origin = await tlsOrigin()
const plain = await startOrigin()
const proxy = await startProxy({
  workers: 2,
  files,
  config: ports => `
stream {
  log_format s '$status $failure $ssl_server_name "$ssl_protocol" "$upstream_addr" $server_name';
  access_log access.log s;
  ssl_certificate one.crt;
  ssl_certificate_key one.key;
  server {
    listen 127.0.0.1:${ports['main']} ssl;
    server_name one.example;
    ssl_alpn redis x;
    return "$server_name $ssl_server_name $ssl_protocol $ssl_cipher $ssl_alpn_protocol $ssl_client_verify $protocol";
  }
  server {
    listen 127.0.0.1:${ports['main']} ssl;
    server_name two.example;
    ssl_certificate $ssl_server_name.crt;
    ssl_certificate_key $ssl_server_name.key;
    ssl_protocols TLSv1.2;
    return "$server_name $ssl_protocol";
  }
  server {
    listen 127.0.0.1:${ports['main']} ssl;
    server_name verified.example;
    ssl_verify_client on;
    ssl_client_certificate ca.crt;
    return "$ssl_client_verify $ssl_client_s_dn";
  }
  server {
    listen 127.0.0.1:${ports['main']} ssl;
    server_name rejected.example;
    ssl_reject_handshake on;
  }
  server {
    listen 127.0.0.1:${ports['impatient']} ssl proxy_protocol;
    ssl_handshake_timeout 300ms;
    return "";
  }
  server {
    listen 127.0.0.1:${ports['behind']} ssl proxy_protocol;
    return "$proxy_protocol_addr $ssl_server_name";
  }
  upstream origins {
    server ${plain.address} backup;
    server ${origin.address};
  }
  server {
    listen 127.0.0.1:${ports['both']} ssl;
    proxy_half_close on;
    proxy_ssl on;
    proxy_ssl_verify on;
    proxy_ssl_trusted_certificate ca.crt;
    proxy_ssl_name origin.example;
    proxy_ssl_server_name on;
    proxy_ssl_alpn $ssl_alpn_protocol x;
    proxy_ssl_certificate client.crt;
    proxy_ssl_certificate_key client.key;
    proxy_ssl_password_file client.pass;
    proxy_pass origins;
  }
  server {
    listen 127.0.0.1:${ports['misnamed']};
    proxy_ssl on;
    proxy_ssl_verify on;
    proxy_ssl_trusted_certificate ca.crt;
    proxy_ssl_name other.example;
    proxy_pass ${origin.address};
  }
  server {
    listen 127.0.0.1:${ports['passed']} ssl;
    server_name http;
    pass 127.0.0.1:${ports['clear']};
  }
  server {
    listen 127.0.0.1:${ports['passed']} ssl;
    server_name again;
    pass 127.0.0.1:${ports['secret']};
  }
  server {
    listen 127.0.0.1:${ports['split']};
    ssl_preread on;
    pass 127.0.0.1:${ports['clear']};
  }
  server {
    listen 127.0.0.1:${ports['split']};
    server_name tls;
    pass 127.0.0.1:${ports['secret']};
  }
}
http {
  server {
    listen 127.0.0.1:${ports['clear']};
    listen 127.0.0.1:${ports['secret']} ssl;
    ssl_certificate two.crt;
    ssl_certificate_key two.key;
    location / { return 200 "$scheme $server_port $ssl_server_name"; }
  }
}`,
})
after(async () => {
  await proxy.stop()
  origin[Symbol.dispose]()
  await plain[Symbol.asyncDispose]()
})

test('a client is shown the certificate of the server it asks for, and served by that', async () => {
  const port = proxy.port('main')
  const first = await ask(port, { servername: 'one.example', ALPNProtocols: ['other', 'x'] })
  assert.match(first.text, /^one\.example one\.example TLSv1\.3 TLS_AES_\S+ x NONE TCP$/)
  const second = spawnSync('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'two.example'], {
    input: '',
    encoding: 'utf8',
    timeout: 100_000,
  })
  assert.match(second.stdout, /subject=CN ?= ?two\.example/)
  assert.match((await ask(port, { servername: 'two.example' })).text, /^two\.example TLSv1\.2$/)
  assert.match((await ask(port, { servername: 'nobody.example' })).text, /^one\.example nobody\.example /)
})

test('a session that is resumed says so', async () => {
  const port = proxy.port('main')
  const { promise, resolve } = Promise.withResolvers<Buffer>()
  const first = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, servername: 'one.example' })
  first.once('session', resolve).resume()
  const session = await promise
  first.destroy()
  const { reused } = await ask(port, { servername: 'one.example', session })
  assert.equal(reused, true)
})

test('clients without the certificate that is asked for are let go, and the log says why', async () => {
  const port = proxy.port('main')
  const pair = ({ certificate, key }: typeof client): ConnectionOptions => ({ cert: certificate, key })
  const servername = 'verified.example'
  assert.equal((await ask(port, { servername, ...pair(client) })).text, 'SUCCESS CN=client.example,O=Example\\, Inc.')
  assert.equal((await ask(port, { servername }).catch(() => ({ text: '' }))).text, '')
  assert.equal((await ask(port, { servername, ...pair(stranger) }).catch(() => ({ text: '' }))).text, '')
  await holds('both are logged', () => {
    const log = proxy.read('access.log')
    return /^500 no_client_certificate verified/m.test(log) && /^500 client_certificate_refused verified/m.test(log)
  })
  await proxy.errorLog(/client sent no required SSL certificate while SSL handshaking, client: 127\.0\.0\.1/)
})

test('what is no TLS, asks for nothing there is or is refused is a failed handshake', async () => {
  const port = proxy.port('main')
  await using clear = await connect(port)
  clear.send('GET / HTTP/1.0\r\n\r\n')
  await clear.expectGone()
  await assert.rejects(ask(port, { servername: 'one.example', ALPNProtocols: ['other'] }), /no application protocol/)
  await assert.rejects(ask(port, { servername: 'rejected.example' }), /unrecognized name/)
  await holds(
    'all are logged',
    () => (proxy.read('access.log').match(/^500 client_handshake_failed/gm) ?? []).length >= 3,
  )
})

test('PROXY protocol comes before TLS, and both have to come in time', async () => {
  const port = proxy.port('behind')
  const socket = connectPlain({ port, host: '127.0.0.1' })
  await once(socket, 'connect')
  socket.write('PROXY TCP4 192.0.2.7 198.51.100.1 4000 443\r\n')
  const { text } = await ask(port, { socket, servername: 'x.example' })
  assert.equal(text, '192.0.2.7 x.example')

  await using silent = await connect(proxy.port('impatient'))
  silent.send('PROXY TCP4 192.0.2.8 198.51.100.1 4000 443\r\n\x16\x03')
  await silent.expectGone()
  await holds('it is logged', () => /^500 client_handshake_timeout/m.test(proxy.read('access.log')))
})

test('servers are spoken to with TLS: name, certificate, protocols and half-closing as configured', async () => {
  const port = proxy.port('both')
  const raw = connectPlain({ port, host: '127.0.0.1', allowHalfOpen: true })
  const socket = connectTls({ socket: raw, rejectUnauthorized: false })
  await using peer = new Connection(socket)
  await peer.expect('origin.example x CN=client.example new\n')
  peer.send('x'.repeat(200_000)).end()
  await peer.expect('x'.repeat(200_000) + 'bye')
  await peer.expectClose()
})

test('a server that is somebody else is not spoken to', async () => {
  await using peer = await connect(proxy.port('misnamed'))
  await peer.expectGone()
  await holds('it is logged', () => /^502 misnamed_certificate/m.test(proxy.read('access.log')))
})

test('a server that breaks takes the client with it, and the other way round', async () => {
  const open = async (): Promise<[TLSSocket, Socket, TLSSocket]> => {
    const before = origin.sockets.length
    const raw = connectPlain({ port: proxy.port('both'), host: '127.0.0.1' })
    const socket = connectTls({ socket: raw, rejectUnauthorized: false })
    raw.on('error', () => {})
    socket.on('error', () => {})
    await once(socket, 'data')
    return [socket, raw, origin.sockets[before]!]
  }
  const gone = (socket: TLSSocket): Promise<unknown> =>
    new Promise(resolve =>
      socket
        .resume()
        .once('close', resolve)
        .on('error', () => {}),
    )
  const [first, , peer] = await open()
  reset(peer)
  await gone(first)
  const [, second, other] = await open()
  second.resetAndDestroy()
  await gone(other)
  await holds('both are logged', () => {
    const log = proxy.read('access.log')
    return /^200 upstream_reset/m.test(log) && /^200 client_reset/m.test(log)
  })
})

test('connections are passed on to listeners of http: with TLS ended, or before it begins', async () => {
  const request = 'GET / HTTP/1.0\r\n\r\n'
  const answer = async (port: number, servername: string): Promise<string> => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, servername })
    let text = ''
    socket.on('data', part => (text += String(part))).on('error', () => {})
    socket.write(request)
    await new Promise(resolve => socket.once('close', resolve))
    return text.slice(text.indexOf('\r\n\r\n') + 4)
  }
  assert.match(await answer(proxy.port('passed'), 'http'), /^https \d+ http$/)
  assert.match(await answer(proxy.port('split'), 'tls'), /^https \d+ tls$/)
  await using clear = await connect(proxy.port('split'))
  clear.send(request)
  assert.match(String((await clear.readResponse()).body), /^http \d+ $/)
  // What that one asks of its clients would be passed over.
  assert.equal(await answer(proxy.port('passed'), 'again'), '')
  await proxy.errorLog(/cannot pass a TLS connection to "127\.0\.0\.1:\d+"/)
})

test('two hundred handshakes that are given up leave nothing behind', async () => {
  const descriptors = (): number => readdirSync(`/proc/${proxy.pid}/fd`).length
  const before = descriptors()
  const hello = Buffer.from('16030100c8010000c40303', 'hex')
  for (let round = 0; round < 10; round++) {
    const sockets = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const socket = connectPlain({ port: proxy.port(index % 2 === 0 ? 'main' : 'secret'), host: '127.0.0.1' })
        socket.on('error', () => {})
        await once(socket, 'connect')
        if (index % 4 < 2) socket.write(hello)
        // Far enough into the handshake that TLS has the socket.
        else connectTls({ socket, rejectUnauthorized: false }).on('error', () => {})
        return socket
      }),
    )
    await new Promise(resolve => setImmediate(resolve))
    for (const [index, socket] of sockets.entries()) {
      if (index % 3 === 0) socket.resetAndDestroy()
      else socket.destroy()
    }
  }
  await holds('all descriptors are closed', () => descriptors() <= before + 2)
})

/** What is underneath a TLS socket has a reset. */
function reset(socket: TLSSocket): void {
  ;(socket as unknown as { ['_parent']: TLSSocket })['_parent'].resetAndDestroy()
}
