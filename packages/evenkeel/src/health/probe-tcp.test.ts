import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamMatchModel } from '../model/stream/stream-health.ts'
import { EXPECTED_LIMIT } from './expectation.ts'
import { FakeClock, FakeNet } from './ports.fixture.ts'
import { TcpProber } from './probe-tcp.ts'

const redis: StreamMatchModel = { name: 'redis', send: 'PING\r\n', expect: { kind: 'text', text: '+PONG' } }
const banner: StreamMatchModel = {
  name: 'mail',
  send: null,
  expect: { kind: 'pattern', pattern: { written: '^220 ', source: '^220 ', caseless: false, groups: [] } },
}

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

test('what is expected may come in pieces, and with something around it', () => {
  const { net, told, clock } = probing(redis)
  const channel = net.accept()
  assert.equal(channel.written, 'PING\r\n')
  channel.say('-LOADING\r\n+PONG\r\n', 3)
  assert.deepEqual(told, [null])
  assert.ok(channel.dead)
  assert.equal(clock.pending, 0)
})

test('a server may have to speak first', () => {
  const { net, told } = probing(banner)
  const channel = net.accept()
  assert.equal(channel.written, '')
  channel.say('220 mail.example ready')
  assert.deepEqual(told, [null])
})

test('another answer, none in time, or an end is a failure that says what came', () => {
  const other = probing(redis)
  const channel = other.net.accept()
  channel.say('-NOAUTH\r\n')
  assert.deepEqual(other.told, [])
  other.clock.pass(500)
  assert.deepEqual(other.told, ['match "redis" failed: timed out after "-NOAUTH??", no "+PONG" in it'])
  assert.ok(channel.dead)
  const ended = probing(redis)
  ended.net.accept().fin()
  assert.deepEqual(ended.told, ['match "redis" failed: connection closed before anything came, no "+PONG" in it'])
  const broken = probing(banner)
  broken.net.accept().reset()
  assert.deepEqual(broken.told, [
    'match "mail" failed: connection reset before anything came, nothing that matches "^220 " in it',
  ])
})

test('an answer without an end is looked at up to a limit', () => {
  const { net, told } = probing(redis)
  net.accept().say('x'.repeat(EXPECTED_LIMIT), 16_384)
  assert.deepEqual(told, [`match "redis" failed: no "+PONG" in ${EXPECTED_LIMIT} bytes`])
})

test('the next probe begins anew', () => {
  const { net, told, prober } = probing(redis)
  net.accept().say('+PO')
  prober.close()
  prober.probe(wrong => told.push(wrong))
  net.accept().say('NG')
  assert.deepEqual(told, [])
})

test('a certificate that cannot be shown is told, and nobody is called', () => {
  const { net, told, clock } = probing(null, () => 'no such certificate')
  assert.deepEqual(told, [])
  clock.pass(0)
  assert.deepEqual([told, net.dials.length], [['no such certificate'], 0])
})

function probing(match: StreamMatchModel | null = null, tls: (() => string) | null = null): Probing {
  const net = new FakeNet()
  const clock = new FakeClock()
  const told: (string | null)[] = []
  const addresses = [{ host: '127.0.0.1', port: 80 }]
  const options = { addresses, connectTimeoutMs: 1000, readTimeoutMs: 500, match, tls, preface: null }
  const prober = new TcpProber(options, { dial: net.dial, dialUdp: net.dialUdp, clock })
  prober.probe(wrong => told.push(wrong))
  return { net, clock, told, prober }
}

interface Probing {
  readonly net: FakeNet
  readonly clock: FakeClock
  readonly told: (string | null)[]
  readonly prober: TcpProber
}
