import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MatchModel } from '../model/health.ts'
import { compileMatch } from './match.ts'
import { FakeClock, FakeNet } from './ports.fixture.ts'
import { HttpProber } from './probe-http.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
const wantsHello: MatchModel = {
  name: 'x',
  status: [],
  headers: [],
  body: [{ pattern: { written: 'hello', source: 'hello', caseless: false, groups: [] }, negated: false }],
}

class Setting {
  readonly clock = new FakeClock()
  readonly net = new FakeNet()
  readonly told: (string | null)[] = []
  readonly prober: HttpProber

  constructor(match: MatchModel | null = null, keepaliveTimeMs = 0) {
    const options = {
      addresses: [{ host: '127.0.0.1', port: 80 }],
      uri: '/health?a=b',
      host: 'app',
      match: compileMatch(match),
      connectTimeoutMs: 1000,
      readTimeoutMs: 2000,
      keepaliveTimeMs,
    }
    this.prober = new HttpProber(options, { dial: this.net.dial, dialUdp: this.net.dialUdp, clock: this.clock })
  }

  probe(): this {
    this.prober.probe(wrong => this.told.push(wrong))
    return this
  }
}

/** What is told of an origin that says this and then nothing, or FIN. */
function toldOf(answer: string, match: MatchModel | null = null, fin = false, at = answer.length): string | null {
  const setting = new Setting(match).probe()
  const channel = setting.net.accept()
  channel.say(answer, at)
  if (fin && !channel.dead) channel.fin()
  if (setting.told.length === 0) setting.clock.pass(10_000)
  assert.equal(setting.told.length, 1)
  assert.ok(channel.dead, 'the connection is closed')
  assert.equal(setting.clock.pending, 0)
  return setting.told[0]!
}

test('asks with the name of the upstream and says who it is', () => {
  const setting = new Setting().probe()
  assert.equal(
    setting.net.accept().written,
    'GET /health?a=b HTTP/1.1\r\nHost: app\r\nConnection: close\r\nUser-Agent: evenkeel health check\r\n\r\n',
  )
})

test('a status of 200 passes as soon as its head is there, 503 does not', () => {
  assert.equal(toldOf('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n'), null)
  assert.equal(toldOf('HTTP/1.1 503 No\r\n\r\n'), 'status 503')
})

test('a refused connection, and one that is never made', () => {
  const refused = new Setting().probe()
  refused.net.dials[0]!.fail('ECONNREFUSED')
  assert.deepEqual(refused.told, ['connection refused'])

  const slow = new Setting().probe()
  slow.clock.pass(999)
  assert.deepEqual(slow.told, [])
  slow.clock.pass(1)
  assert.deepEqual(slow.told, ['timed out while connecting'])
  assert.ok(slow.net.dials[0]!.cancelled)
})

test('an origin that never ends its answer is timed out, however busily it sends', () => {
  const setting = new Setting(wantsHello).probe()
  const channel = setting.net.accept()
  channel.say('HTTP/1.1 200 OK\r\n\r\n')
  for (let left = 19; left > 0; left--) {
    setting.clock.pass(100)
    channel.say('.')
  }
  assert.deepEqual(setting.told, [])
  setting.clock.pass(100)
  assert.deepEqual(setting.told, ['timed out while waiting for the response'])
})

test('what is no HTTP, or breaks off, fails', () => {
  assert.equal(toldOf('SSH-2.0-OpenSSH\r\n'), 'upstream sent an invalid response head')
  assert.equal(toldOf('HTTP/1.1 200 OK\r\n', null, true), 'upstream prematurely closed connection')
  assert.equal(
    toldOf('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello', wantsHello, true),
    'upstream closed before its response was complete',
  )
  assert.equal(toldOf('HTTP/1.1 101 X\r\nUpgrade: y\r\n\r\n'), 'upstream switched protocols unasked')
  const reset = new Setting().probe()
  reset.net.accept().reset()
  assert.deepEqual(reset.told, ['connection reset'])
})

test('a body is read whole, in any framing and any cut', () => {
  const answers = [
    OK,
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
    'HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.0 200 OK\r\n\r\nhello',
  ]
  for (const answer of answers) {
    for (const at of [1, 2, 7, 1000]) assert.equal(toldOf(answer, wantsHello, true, at), null, answer)
  }
  assert.equal(toldOf(OK.replace('hello', 'hallo'), wantsHello), 'match "x" failed: body does not match "hello"')
  assert.equal(toldOf('HTTP/1.1 204 OK\r\n\r\n', wantsHello), 'match "x" failed: body does not match "hello"')
})

test('of a long body only the first 256k are looked at', () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n'
  const limit = 256 * 1024
  assert.equal(toldOf(`${head}${'.'.repeat(limit - 5)}hello`, wantsHello, false, 60_000), null)
  const behind = toldOf(`${head}${'.'.repeat(limit - 4)}hello`, wantsHello, false, 60_000)
  assert.equal(behind, 'match "x" failed: body does not match "hello"')
})

test('with keepalive_time a connection serves several probes, until it is too old', () => {
  const setting = new Setting(null, 10_000).probe()
  const first = setting.net.accept()
  assert.doesNotMatch(first.written, /Connection/)
  first.say(OK)
  setting.clock.pass(5_000)
  setting.probe()
  first.say(OK)
  assert.equal(setting.net.dials.length, 1)
  setting.clock.pass(5_000)
  setting.probe()
  assert.ok(first.dead)
  setting.net.accept().say(OK)
  assert.deepEqual(setting.told, [null, null, null])
})

test('a kept connection that the origin closes meanwhile is no failure', () => {
  const setting = new Setting(null, 10_000).probe()
  const first = setting.net.accept()
  first.say(OK)
  first.fin()
  setting.probe()
  const second = setting.net.accept()
  second.say(OK)
  setting.probe()
  second.reset()
  setting.net.accept().say('HTTP/1.1 500 X\r\n\r\n')
  assert.deepEqual(setting.told, [null, null, 'status 500'])
  assert.equal(setting.net.dials.length, 3)
})

test('a connection is not kept after an answer that does not allow it', () => {
  for (const answer of [OK.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'), `${OK}HTTP/1.1 200 OK\r\n`]) {
    const setting = new Setting(null, 10_000).probe()
    const channel = setting.net.accept()
    channel.say(answer)
    assert.deepEqual(setting.told, [null])
    assert.ok(channel.dead)
  }
})

test('closed, it tells nothing more and keeps nothing', () => {
  const connecting = new Setting().probe()
  connecting.prober.close()
  assert.ok(connecting.net.dials[0]!.cancelled)
  const waiting = new Setting().probe()
  const channel = waiting.net.accept()
  waiting.prober.close()
  assert.ok(channel.dead)
  for (const { clock, told } of [connecting, waiting]) {
    assert.equal(clock.pending, 0)
    assert.deepEqual(told, [])
  }
})
