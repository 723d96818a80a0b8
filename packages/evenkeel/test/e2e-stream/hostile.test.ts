/** Anything at all on any port: nothing ends a worker, nothing is left behind, and refusals say why in the log. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { proxyHeadBytes, proxyLine } from '../../src/wire/proxy-protocol.ts'
import { selfSigned } from '../e2e-tls/certificates.ts'
import { connect } from '../scenario/connection.ts'
import { startOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'
import { Datagrams, UDP_HOST } from './datagrams.ts'

/** A small seeded generator, so that a failure can be run again. */
function random(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const pick = random(4711)

/** What Node's own client says first. */
function hello(): Promise<Buffer> {
  return new Promise(resolve => {
    const socket = new Duplex({
      read() {},
      write(bytes: Buffer, _, done) {
        resolve(bytes)
        done()
      },
    })
    connectTls({ servername: 'x.example', ALPNProtocols: ['redis'], socket }).on('error', () => {})
  })
}

/** Some of its bytes are others, some are missing, some come twice. */
function spoiled(bytes: Uint8Array): Buffer {
  const made = Buffer.from(bytes)
  for (let left = pick(4); left > 0; left--) made[pick(made.length)] = pick(256)
  const [from, to] = [pick(made.length), pick(made.length)].toSorted((a, b) => a - b)
  const way = pick(4)
  if (way === 0) return made
  if (way === 1) return made.subarray(0, to)
  if (way === 2) return Buffer.concat([made.subarray(0, from), made.subarray(to)])
  return Buffer.concat([made.subarray(0, to), made.subarray(from)])
}

const pair = selfSigned('own.example')

test('five hundred clients that send anything to ports of every kind do no harm', async () => {
  const address = { remoteAddress: '192.0.2.1', remotePort: 1, localAddress: '192.0.2.2', localPort: 2 }
  const tlvs = [{ type: 1, value: Buffer.from('h2') }]
  const seeds = [
    await hello(),
    proxyHeadBytes(address, tlvs),
    Buffer.concat([proxyHeadBytes(address, tlvs), await hello()]),
    Buffer.from(proxyLine(address)),
    Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    Buffer.alloc(40_000, 0x16),
    Buffer.from('160301ffff01fffffe0303', 'hex'),
    Buffer.from(Array.from({ length: 3000 }, () => pick(256))),
  ]
  await using origin = await startOrigin()
  await using silent = await Datagrams.open()
  await using proxy = await startProxy({
    workers: 2,
    files: { 'own.crt': pair.certificate, 'own.key': pair.key },
    config: ports => `
stream {
  ssl_certificate own.crt; ssl_certificate_key own.key;
  ssl_handshake_timeout 500ms; proxy_protocol_timeout 500ms; preread_timeout 500ms; proxy_timeout 500ms;
  server { listen 127.0.0.1:${ports.plain}; proxy_pass ${origin.address}; }
  server { listen 127.0.0.1:${ports.preread}; ssl_preread on; return "$ssl_preread_server_name $ssl_preread_alpn_protocols"; }
  server { listen 127.0.0.1:${ports.tls} ssl; ssl_verify_client optional_no_ca; return "$ssl_server_name $ssl_client_s_dn"; }
  server { listen 127.0.0.1:${ports.head} proxy_protocol; set_real_ip_from 0.0.0.0/0; return "$remote_addr $proxy_protocol_tlv_ssl_cn $proxy_protocol_tlv_0xe0"; }
  server { listen 127.0.0.1:${ports.both} ssl proxy_protocol; pass 127.0.0.1:${ports.plain}; }
  server { listen ${UDP_HOST}:${ports.udp} udp; proxy_protocol v2; proxy_pass ${silent.address}; }
}`,
  })
  const descriptors = (): number => readdirSync(`/proc/${proxy.pid}/fd`).length
  const before = descriptors()
  const kinds = ['plain', 'preread', 'tls', 'head', 'both'].map(name => proxy.port(name))
  const send = (port: number): Promise<void> =>
    new Promise(resolve => {
      const socket = connectSocket({ port, host: '127.0.0.1' })
      socket.on('error', () => {})
      socket.on('close', () => resolve())
      socket.resume()
      const parts = Array.from({ length: 1 + pick(3) }, () => spoiled(seeds[pick(seeds.length)]!))
      const leave = pick(4)
      socket.on('connect', () => {
        for (const part of parts) socket.write(part)
        if (leave === 0) socket.resetAndDestroy()
        else if (leave === 1) socket.destroySoon()
        else socket.end()
      })
      // What is waited for has a deadline there, and who waits for ever is cut off here.
      socket.setTimeout(20_000, () => socket.destroy())
    })
  await using udp = await Datagrams.open()
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 25 }, (_, i) => send(kinds[i % kinds.length]!)))
    for (let i = 0; i < 20; i++)
      udp.send(spoiled(seeds[pick(seeds.length)]!.subarray(0, 1200)).toString('latin1'), proxy.port('udp'))
  }
  await using client = await connect(proxy.port('head'))
  client.send(proxyLine(address))
  await client.expect('192.0.2.1')
  client.close()
  await until(
    () => `descriptors to be closed: ${descriptors()}, ${before} before`,
    // A worker opens one or another of its own when it first needs it.
    () => descriptors() <= before + 2 || undefined,
    60_000,
  )
  const log = await proxy.errorLog()
  assert.equal(log.match(/start worker process/g)?.length, 2)
  assert.doesNotMatch(log, /bug|exited/)
  for (const why of [/broken PROXY protocol head/, /SSL_do_handshake\(\) failed/, /timed out|closed connection/])
    assert.match(log, why)
})
