import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TalkModel } from '../model/health.ts'
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

test('with something to say and to expect, the answer decides', () => {
  const said = (answer: string, expect: TalkModel['expect'], at?: number): (string | null)[] => {
    const { net, told } = probing({ send: 'PING', expect })
    const channel = net.accept()
    assert.equal(channel.written, 'PING')
    channel.say(answer, at)
    assert.equal(channel.dead, told.length > 0)
    return told
  }
  const pattern = { written: 'ON.', source: 'ON.', caseless: true, groups: [] }
  assert.deepEqual(said('+PONG', '+PONG', 1), [null])
  assert.deepEqual(said('+PON', '+PONG'), [])
  assert.deepEqual(said('x+PONG'.padEnd(20_000), '+PONG', 500), ['the answer is not what is expected'])
  assert.deepEqual(said('+pong', pattern as unknown as TalkModel['expect'], 2), [null])
})

test('an answer that ends, breaks or does not come fails', () => {
  const talk = { send: '', expect: 'hello' }
  const ended = probing(talk)
  ended.net.accept().fin()
  assert.deepEqual(ended.told, ['the answer is not what is expected'])
  const broken = probing(talk)
  broken.net.accept().reset()
  assert.deepEqual(broken.told, ['connection reset'])
  const silent = probing(talk)
  silent.net.accept()
  silent.clock.pass(1000)
  assert.deepEqual(silent.told, ['timed out while waiting for what is expected'])
})

function probing(talk: TalkModel | null = null): { net: FakeNet; clock: FakeClock; told: (string | null)[] } {
  const net = new FakeNet()
  const clock = new FakeClock()
  const told: (string | null)[] = []
  const addresses = [{ host: '127.0.0.1', port: 80 }]
  new TcpProber({ addresses, connectTimeoutMs: 1000, readTimeoutMs: 1000, talk }, { dial: net.dial, clock }).probe(
    wrong => told.push(wrong),
  )
  return { net, clock, told }
}
