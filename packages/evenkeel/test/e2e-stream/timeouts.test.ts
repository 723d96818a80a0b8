/** How long servers may take to accept a connection, and for TLS on it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { createSecureContext, TLSSocket } from 'node:tls'
import { selfSigned } from '../e2e-tls/certificates.ts'
import { connect } from '../scenario/connection.ts'
import { startProxy } from '../scenario/proxy.ts'

const pair = selfSigned('origin.example')

test('a server that accepts and never answers a handshake is given up after proxy_connect_timeout, and the next one is tried', async t => {
  const held: Socket[] = []
  const silent = createServer(socket => void held.push(socket.on('error', () => {})))
  const context = createSecureContext({ key: pair.key, cert: pair.certificate })
  const good = createServer(socket => {
    const tls = new TLSSocket(socket, { isServer: true, secureContext: context })
    tls.on('error', () => {}).end('here I am')
  })
  for (const server of [silent, good]) await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    for (const socket of held) socket.destroy()
    silent.close()
    good.close()
  })
  const [dumb, well] = [silent, good].map(server => `127.0.0.1:${(server.address() as AddressInfo).port}`)
  await using proxy = await startProxy({
    config: ports => `
stream {
  log_format s '$status $failure "$upstream_addr"';
  access_log access.log s;
  upstream u { server ${dumb}; server ${well} backup; }
  server { listen 127.0.0.1:${ports.main}; proxy_connect_timeout 300ms; proxy_ssl on; proxy_pass u; }
  server { listen 127.0.0.1:${ports.none}; proxy_connect_timeout 300ms; proxy_ssl on; proxy_pass ${dumb}; }
}`,
  })
  await using client = await connect(proxy.port('main'))
  await client.expect('here I am')
  await client.expectClose()
  assert.equal((await proxy.accessLog(1))[0], `200 - "${dumb}, ${well}"`)
  await using refused = await connect(proxy.port('none'))
  await refused.expectClose()
  assert.equal((await proxy.accessLog(2))[1], `502 handshake_timeout "${dumb}"`)
  await proxy.errorLog(/upstream timed out \(110: Connection timed out\) while SSL handshaking to upstream/)
})
