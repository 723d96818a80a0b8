import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, FakeNet } from './ports.fixture.ts'
import { TcpProber } from './probe-tcp.ts'

test('a connection is enough, and is closed again', () => {
  const { net, told, clock } = probing()
  const channel = net.accept()
  assert.deepEqual(told, [null])
  assert.ok(channel.dead)
  assert.equal(clock.pending, 0)
})

test('a connection that is refused or takes too long fails', () => {
  const refused = probing()
  refused.net.dials[0]!.fail('ECONNREFUSED')
  assert.deepEqual(refused.told, ['connection refused'])
  const slow = probing()
  slow.clock.pass(1000)
  assert.deepEqual(slow.told, ['timed out while connecting'])
  assert.ok(slow.net.dials[0]!.cancelled)
})

function probing(): { net: FakeNet; clock: FakeClock; told: (string | null)[] } {
  const net = new FakeNet()
  const clock = new FakeClock()
  const told: (string | null)[] = []
  const addresses = [{ host: '127.0.0.1', port: 80 }]
  new TcpProber(addresses, 1000, { dial: net.dial, clock }).probe(wrong => told.push(wrong))
  return { net, clock, told }
}
