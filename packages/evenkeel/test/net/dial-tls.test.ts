/** When a handshake begins is told apart from when it is done. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createSecureContext, TLSSocket } from 'node:tls'
import { dialAny } from '../../src/net/dial.ts'
import { ReadBuffers } from '../../src/net/read-buffers.ts'
import { selfSigned } from '../e2e-tls/certificates.ts'

const pair = selfSigned('origin.example')

test('securing is told once, when the connection stands, and only where TLS is spoken', async t => {
  const context = createSecureContext({ key: pair.key, cert: pair.certificate })
  const server = createServer(socket => {
    const tls = new TLSSocket(
      socket.on('error', () => {}),
      { isServer: true, secureContext: context },
    )
    tls.on('error', () => {})
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  const buffers = new ReadBuffers({ onBug: error => assert.fail(String(error)) })
  const shared = { key: '', serverName: '', protocols: [], verify: null, sessions: null }
  const { port } = server.address() as AddressInfo
  const nobody = { host: '127.0.0.9', port: 1 }
  const dialed = (tls: typeof shared | null): Promise<string[]> =>
    new Promise(resolve => {
      const told: string[] = []
      const user = {
        securing: () => void told.push('securing'),
        connected: (channel: { destroy(): void }) => (channel.destroy(), resolve([...told, 'connected'])),
        failed: (error: string) => resolve([...told, error]),
      }
      const target = tls === null ? null : { ...tls, context: createSecureContext() }
      dialAny([nobody, { host: '127.0.0.1', port }], { buffers, tls: target }, user)
    })
  assert.deepEqual(await dialed(shared), ['securing', 'connected'])
  assert.deepEqual(await dialed(null), ['connected'])
})
