import assert from 'node:assert/strict'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import { connect, type ConnectionOptions } from 'node:tls'
import { readClientHello, type ClientHello } from './tls-hello.ts'

/** What Node's own client says first. */
function realHello(options: ConnectionOptions): Promise<Buffer> {
  return new Promise(resolve => {
    const socket = new Duplex({
      read() {},
      write(bytes: Buffer, _, done) {
        resolve(bytes)
        done()
      },
    })
    connect({ ...options, socket }).on('error', () => {})
  })
}

test('a real hello says name, protocols and what it offers, wherever it is cut', async () => {
  const bytes = await realHello({
    servername: 'www.example.org',
    ALPNProtocols: ['h2', 'http/1.1'],
    ecdhCurve: 'X25519:prime256v1',
    minVersion: 'TLSv1.2',
  })
  const hello = readClientHello(bytes, 0, bytes.length) as ClientHello
  assert.equal(hello.serverName, 'www.example.org')
  assert.deepEqual(hello.protocols, ['h2', 'http/1.1'])
  assert.equal(hello.version, 0x0304)
  assert.deepEqual(hello.groups, [0x001d, 0x0017])
  assert.equal(hello.keyShares[0], 0x001d)
  assert.ok(hello.ciphers.includes(0x1301))
  assert.ok(hello.signatures.includes(0x0804))
  for (let end = 0; end < bytes.length; end++) assert.equal(readClientHello(bytes, 0, end), null, String(end))
})

test('a hello of TLS 1.2 without name or protocols', async () => {
  const bytes = await realHello({ maxVersion: 'TLSv1.2', servername: '' })
  const hello = readClientHello(bytes, 0, bytes.length) as ClientHello
  assert.equal(hello.serverName, '')
  assert.deepEqual(hello.protocols, [])
  assert.equal(hello.version, 0x0303)
})

test('a hello cut over many records is the same', async () => {
  const bytes = await realHello({ servername: 'www.example.org' })
  const whole = readClientHello(bytes, 0, bytes.length)
  const message = bytes.subarray(5)
  const records: Buffer[] = []
  for (let at = 0; at < message.length; at += 7) {
    const part = message.subarray(at, at + 7)
    records.push(Buffer.from([0x16, 3, 1, 0, part.length]), part)
  }
  const cut = Buffer.concat(records)
  assert.deepEqual(readClientHello(cut, 0, cut.length), whole)
})

test('no bytes make it throw or wait for ever', async () => {
  const bytes = await realHello({ servername: 'www.example.org' })
  for (let at = 0; at < bytes.length; at++) {
    for (const value of [0, 0xff]) {
      const changed = Buffer.from(bytes)
      changed[at] = value
      readClientHello(changed, 0, changed.length)
    }
  }
  assert.equal(typeof readClientHello(Buffer.from('GET /'), 0, 5), 'string')
  assert.equal(typeof readClientHello(Buffer.from('160301000002', 'hex'), 0, 6), 'string')
  assert.equal(typeof readClientHello(Buffer.from('16030100040100ffff', 'hex'), 0, 9), 'string')
  assert.equal(typeof readClientHello(Buffer.from('160301400001004001', 'hex'), 0, 9), 'string')
})
