/** What servers are told of a TLS client by the PROXY protocol, version 2. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { selfSigned, signed } from '../e2e-tls/certificates.ts'
import { connect } from '../scenario/connection.ts'
import { startProxy } from '../scenario/proxy.ts'
import { Datagrams, UDP_HOST } from './datagrams.ts'

const own = selfSigned('own.example', 'rsa:2048')
const authority = selfSigned('authority.example')
const client = signed('client.example', authority)

async function ask(port: number, options: ConnectionOptions): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  let text = ''
  socket.on('data', part => (text += String(part)))
  await once(socket, 'end')
  socket.destroy()
  return text
}

test('a server hears of the name, protocol, cipher and certificate of a TLS client, and nothing of one in the clear', async () => {
  const tlv = (name: string): string => `$proxy_protocol_tlv_${name}`
  const told = ['authority', 'alpn', 'ssl_version', 'ssl_cn', 'ssl_cipher', 'ssl_sig_alg', 'ssl_key_alg', 'ssl_verify']
  await using proxy = await startProxy({
    files: { 'own.crt': own.certificate, 'own.key': own.key, 'ca.crt': authority.certificate },
    config: ports => `
stream {
  server { listen 127.0.0.1:${ports.told} proxy_protocol; return "${told.map(tlv).join(' ')}"; }
  server { listen 127.0.0.1:${ports.clear}; proxy_protocol v2; proxy_pass 127.0.0.1:${ports.told}; }
  server {
    listen 127.0.0.1:${ports.main} ssl;
    ssl_certificate own.crt; ssl_certificate_key own.key;
    ssl_verify_client optional; ssl_client_certificate ca.crt;
    ssl_alpn redis;
    proxy_protocol v2;
    proxy_pass 127.0.0.1:${ports.told};
  }
}`,
  })
  const named = { servername: 'asked.example', ALPNProtocols: ['redis'] }
  assert.equal(
    await ask(proxy.port('main'), { ...named, cert: client.certificate, key: client.key }),
    'asked.example redis TLSv1.3 client.example TLS_AES_256_GCM_SHA384 RSA-SHA256 RSA2048 0',
  )
  assert.equal(
    await ask(proxy.port('main'), { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }),
    '  TLSv1.2  ECDHE-RSA-AES128-GCM-SHA256 RSA-SHA256 RSA2048 1',
  )
  await using clear = await connect(proxy.port('clear'))
  await clear.expect(' '.repeat(told.length - 1))
  await clear.expectClose()
})

test('the first datagram of a session has a head that says it is one, the next has none', async () => {
  await using origin = await Datagrams.open()
  await using proxy = await startProxy({
    config: ports => `
stream { server { listen ${UDP_HOST}:${ports.main} udp; proxy_protocol v2; proxy_pass ${origin.address}; } }`,
  })
  await using client = await Datagrams.open()
  client.send('first', proxy.port())
  const head = Buffer.from(await origin.text(), 'latin1')
  client.send('second', proxy.port())
  assert.equal(await origin.text(), 'second')
  const port = (at: number): number => head.readUInt16BE(at)
  assert.equal(head.toString('hex', 0, 14), '0d0a0d0a000d0a515549540a2112')
  assert.deepEqual([...head.subarray(16, 24)], [127, 0, 0, 1, 127, 0, 0, 2])
  assert.deepEqual([port(24), port(26)], [client.port, proxy.port()])
  assert.equal(head.toString('latin1', 16 + port(14)), 'first')
})
