import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flags, frameTypes, PREFACE } from '../wire/http2/codes.ts'
import { frameHead, goawayFrame, headersFrames, rstFrame, settingsFrame } from '../wire/http2/frame-writer.ts'
import { encodeField, statusField } from '../wire/http2/hpack-encoder.ts'
import { FakeClock, FakeNet, type FakeChannel } from './ports.fixture.ts'
import { GrpcProber } from './probe-grpc.ts'

interface Probing {
  readonly net: FakeNet
  readonly clock: FakeClock
  readonly told: (string | null)[]
}

function probing(service = '', status = 0): Probing {
  const net = new FakeNet()
  const clock = new FakeClock()
  const told: (string | null)[] = []
  const addresses = [{ host: '127.0.0.1', port: 80 }]
  const options = { addresses, service, status, host: 'app', connectTimeoutMs: 1000, readTimeoutMs: 1000, tls: null }
  new GrpcProber(options, { dial: net.dial, dialUdp: net.dialUdp, clock }).probe(wrong => told.push(wrong))
  return { net, clock, told }
}

const head =
  settingsFrame([]) + headersFrames(statusField(200) + encodeField('content-type', 'application/grpc'), 1, false, 16384)

function message(bytes: string): string {
  const body = `\0\0\0\0${String.fromCharCode(bytes.length)}${bytes}`
  return frameHead(body.length, frameTypes.data, 0, 1) + body
}

function trailers(status: string): string {
  return headersFrames(encodeField('grpc-status', status), 1, true, 16384)
}

/** What the probe says of this answer, whole and in pieces of every size. */
function verdict(answer: string, service = '', status = 0): string | null | undefined {
  const all = [answer.length, 1, 3, 10].map(at => {
    const { net, told, clock } = probing(service, status)
    const channel = net.accept()
    channel.say(answer, at)
    assert.equal(channel.dead, told.length > 0)
    assert.ok(told.length === 0 || clock.pending === 0)
    return told[0]
  })
  assert.equal(new Set(all).size, 1)
  return all[0]
}

test('it asks for the health of the service it was told, in one message', () => {
  const { net } = probing('shop.Cart')
  const { written } = net.accept()
  assert.ok(written.startsWith(PREFACE))
  assert.ok(written.includes('/grpc.health.v1.Health/Check'))
  assert.ok(written.endsWith('\0\0\0\0\x0b\x0a\x09shop.Cart'))
})

test('SERVING passes, everything else is told by its name', () => {
  assert.equal(verdict(head + message('\x08\x01') + trailers('0')), null)
  assert.equal(verdict(head + message('\x08\x02') + trailers('0'), 'a.B'), 'service "a.B" is NOT_SERVING')
  assert.equal(verdict(head + message('') + trailers('0')), 'the server is UNKNOWN')
  assert.equal(verdict(head + message('\x08\x03') + trailers('0')), 'the server is SERVICE_UNKNOWN')
  assert.equal(verdict(head + message('\x08\x09') + trailers('0')), 'the server is in no health that is known')
  assert.equal(verdict(head + trailers('0')), 'the server is in no health that is known')
})

test('another status fails, unless it is the one that was wanted', () => {
  assert.equal(verdict(head + trailers('12')), 'grpc-status 12')
  assert.equal(verdict(head + trailers('12'), '', 12), null)
  assert.equal(verdict(head + message('\x08\x01') + trailers('0'), '', 12), 'grpc-status 0')
  assert.equal(verdict(head + headersFrames(encodeField('x', 'y'), 1, true, 16384)), 'no grpc-status')
  assert.equal(verdict(settingsFrame([]) + headersFrames(statusField(503), 1, true, 16384)), 'status 503')
})

test('what is no such answer fails, and what is not over is waited for', () => {
  assert.equal(verdict(head + message('\x08\x01')), undefined)
  assert.equal(verdict(`HTTP/1.1 400 Bad Request\r\n\r\n${' '.repeat(40)}`), 'the answer is no HTTP/2')
  assert.match(String(verdict(head + rstFrame(1, 2))), /reset the stream \(2\)/)
  assert.match(String(verdict(settingsFrame([]) + goawayFrame(0, 0))), /refused the stream/)
  const long = frameHead(5000, frameTypes.data, flags.endStream, 1) + 'x'.repeat(5000)
  assert.equal(verdict(head + long), 'the answer is too long for a health')
})

test('settings and pings are answered', () => {
  const { net } = probing()
  const channel = net.accept()
  const before = channel.written.length
  channel.say(settingsFrame([]) + frameHead(8, frameTypes.ping, 0, 0) + '12345678')
  const after = channel.written.slice(before)
  assert.ok(after.includes('12345678') && after.length === 9 + 9 + 8)
})

test('it is refused, broken off, or takes too long', () => {
  const ending = (end: (channel: FakeChannel, clock: FakeClock) => void): string | null | undefined => {
    const { net, told, clock } = probing()
    end(net.accept(), clock)
    return told[0]
  }
  const refused = probing()
  refused.net.dials[0]!.fail('ECONNREFUSED')
  assert.deepEqual(refused.told, ['connection refused'])
  assert.equal(
    ending(channel => channel.reset()),
    'connection reset',
  )
  assert.equal(
    ending(channel => channel.fin()),
    'upstream prematurely closed connection',
  )
  assert.equal(
    ending((_, clock) => clock.pass(1000)),
    'timed out while waiting for the response',
  )
})
