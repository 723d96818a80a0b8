import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DialAddress } from '../model/plan.ts'
import { FakeClock, FakeNet } from './ports.fixture.ts'
import { UdpProber } from './probe-udp.ts'

const pattern = { written: '^yes', source: '^yes', caseless: false, groups: [] }
const match = { name: 'dns', send: 'well?', expect: { kind: 'pattern', pattern } } as const

test('a datagram is sent once the socket is there, and the right answer passes', () => {
  const { net, told, clock } = probing()
  const [link] = net.links
  assert.deepEqual(link!.sent, [])
  link!.user.connected()
  assert.deepEqual(link!.sent, ['head well?'])
  // Each datagram is looked at by itself.
  link!.say('no, ')
  assert.deepEqual(told, [])
  link!.say('yes')
  assert.deepEqual(told, [null])
  assert.ok(link!.closed)
  assert.equal(clock.pending, 0)
})

test('silence, and a closed port, are failures', () => {
  const silent = probing()
  silent.net.links[0]!.user.connected()
  silent.clock.pass(1000)
  assert.deepEqual(silent.told, [
    'match "dns" failed: timed out before anything came, nothing that matches "^yes" in it',
  ])
  const refused = probing()
  refused.net.links[0]!.user.failed('ECONNREFUSED')
  assert.deepEqual(refused.told, ['connection refused'])
})

test('a path is no address for datagrams', () => {
  const { told, clock } = probing({ path: '/x' })
  clock.pass(0)
  assert.deepEqual(told, ['datagrams need an address with a port'])
})

function probing(address: DialAddress = { host: '127.0.0.1', port: 53 }): {
  net: FakeNet
  clock: FakeClock
  told: (string | null)[]
} {
  const net = new FakeNet()
  const clock = new FakeClock()
  const told: (string | null)[] = []
  const options = { address, timeoutMs: 1000, match, preface: Buffer.from('head ') }
  new UdpProber(options, { dial: net.dial, dialUdp: net.dialUdp, clock }).probe(wrong => told.push(wrong))
  return { net, clock, told }
}
