/** The monitor with configurations as they are written and the rows that workers read; origins and time are the test's. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryFiles } from '../../test/config/memory-files.ts'
import { readConfiguration } from '../config/nginx/read.ts'
import { planUpstreams } from '../control/plan.ts'
import type { HttpModel } from '../model/model.ts'
import type { UpstreamPlan } from '../model/plan.ts'
import { RowRegistry } from '../shared/registry.ts'
import { createRows, DownReason, mainColumn, Rows } from '../shared/rows.ts'
import { Monitor } from './monitor.ts'
import { FakeClock, FakeNet } from './ports.fixture.ts'

const SERVERS = 'server 127.0.0.1:1; server 127.0.0.1:2;'

class Setting {
  readonly clock = new FakeClock()
  readonly net = new FakeNet()
  readonly rows = new Rows(createRows({ columns: 1, capacity: 64 }), mainColumn)
  readonly log: string[] = []
  readonly monitor: Monitor
  random = 0
  /** Ports that answer 503, and that do not answer. */
  readonly ill = new Set<number>()
  readonly dumb = new Set<number>()
  /** Ports that were asked. */
  readonly asked: number[] = []
  readonly #registry = new RowRegistry(this.rows)
  #generation = 0
  #plans: readonly UpstreamPlan[] = []
  #answered = 0

  constructor() {
    this.monitor = new Monitor({
      rows: this.rows,
      dial: this.net.dial,
      dialUdp: this.net.dialUdp,
      clock: this.clock,
      random: () => this.random,
      log: (level, text) => this.log.push(`${level}: ${text}`),
    })
  }

  /** The inside of http; answers what is out before the configuration is live. */
  async configure(text: string): Promise<number[]> {
    const { http, plans } = await this.plan(text)
    this.monitor.hold({ http }, plans)
    const held = this.out()
    this.monitor.watch({ http }, plans)
    return held
  }

  async plan(text: string): Promise<{ http: HttpModel | null; plans: readonly UpstreamPlan[] }> {
    const options = { path: '/c', text: `http { ${text} }`, prefix: '/', files: memoryFiles({}), hostname: 'x' }
    const { model, problems } = readConfiguration(options)
    assert.deepEqual(problems, [])
    const { plans } = planUpstreams(model!.http, ++this.#generation, this.#registry, () => null)
    this.#plans = plans
    return { http: model!.http, plans }
  }

  /** Time passes, and origins answer at once. */
  pass(ms: number): void {
    for (let left = ms; left > 0; left -= 10) {
      this.clock.pass(Math.min(10, left))
      this.#answer()
    }
    this.clock.pass(0)
    this.#answer()
  }

  /** Ports of peers that the probes keep out. */
  out(): number[] {
    const peers = this.#plans.flatMap(plan => plan.peers)
    return peers
      .filter(peer => (this.rows.down(peer.row) & DownReason.probe) !== 0)
      .map(peer => Number(peer.name.split(':').at(-1)))
  }

  #answer(): void {
    for (const dial of this.net.dials.slice(this.#answered)) {
      const [address] = dial.addresses
      const port = address !== undefined && 'port' in address ? address.port : 0
      this.asked.push(port)
      if (!this.dumb.has(port)) dial.accept().say(`HTTP/1.1 ${this.ill.has(port) ? 503 : 200} X\r\n\r\n`)
    }
    this.#answered = this.net.dials.length
  }
}

const app = (check: string, servers = SERVERS): string =>
  `upstream app { ${servers} } server { location / { proxy_pass http://app; health_check ${check}; } }`

test('a peer that fails its check is out until it passes again, and both are logged with the reason', async () => {
  const setting = new Setting()
  assert.deepEqual(await setting.configure(app('interval=1s uri=/health')), [])
  setting.pass(10)
  setting.ill.add(2)
  assert.deepEqual(setting.out(), [])
  setting.pass(1000)
  assert.deepEqual(setting.out(), [2])
  setting.ill.clear()
  setting.pass(1000)
  assert.deepEqual(setting.out(), [])
  const where = 'health check "/health" of peer 127.0.0.1:2 in upstream "app"'
  assert.deepEqual(setting.log, [
    `notice: peer is unhealthy: status 503, ${where}`,
    `notice: peer is healthy, ${where}`,
  ])
})

test('each peer is asked once an interval, put off by the jitter', async () => {
  const setting = new Setting()
  await setting.configure(app('interval=100ms jitter=100ms'))
  setting.pass(900)
  assert.equal(setting.asked.filter(port => port === 1).length, 10)
  setting.random = 0.5
  setting.asked.length = 0
  setting.pass(1500)
  assert.equal(setting.asked.filter(port => port === 1).length, 10)
})

test('a peer that does not answer has one probe at a time, and is timed out by the interval', async () => {
  const setting = new Setting()
  setting.dumb.add(1)
  await setting.configure(app('interval=1s'))
  setting.pass(990)
  assert.deepEqual(setting.asked, [1, 2])
  assert.deepEqual(setting.out(), [])
  setting.pass(20)
  assert.deepEqual(setting.out(), [1])
  assert.match(setting.log[0]!, /unhealthy: timed out while connecting/)
  setting.pass(1000)
  assert.deepEqual(setting.asked, [1, 2, 2, 1, 2, 1])
})

test('probes that fail without consequence yet are told for those who want to know', async () => {
  const setting = new Setting()
  setting.ill.add(1)
  await setting.configure(app('interval=1s fails=2'))
  setting.pass(10)
  const where = 'health check "/" of peer 127.0.0.1:1 in upstream "app"'
  assert.deepEqual(setting.log, [`info: probe 1 of 2 failed: status 503, ${where}`])
  setting.pass(1000)
  assert.deepEqual(setting.out(), [1])
})

test('a mandatory check keeps peers out before they are live, until their first probe has passed', async () => {
  const setting = new Setting()
  setting.ill.add(2)
  assert.deepEqual(await setting.configure(app('mandatory passes=3')), [1, 2])
  setting.pass(10)
  assert.deepEqual(setting.out(), [2])
  assert.equal(setting.log.length, 2)
})

test('a reload keeps what is known where the check stays, also without persistent', async () => {
  const setting = new Setting()
  setting.ill.add(2)
  await setting.configure(app('interval=1s mandatory'))
  setting.pass(510)
  assert.deepEqual(setting.out(), [2])
  setting.asked.length = 0
  const added = `${SERVERS} server 127.0.0.1:3;`
  assert.deepEqual(await setting.configure(app('interval=1s mandatory', added)), [2, 3])
  assert.deepEqual(setting.out(), [2, 3])
  setting.pass(400)
  assert.deepEqual(setting.asked, [3], 'those that go on keep their rhythm')
  assert.deepEqual(setting.out(), [2])
})

test('with persistent a peer that was in stays in when its check changes', async () => {
  const setting = new Setting()
  setting.ill.add(2)
  await setting.configure(app('interval=1s'))
  setting.pass(10)
  assert.deepEqual(await setting.configure(app('interval=2s mandatory persistent')), [2])
  assert.deepEqual(await setting.configure(app('interval=3s mandatory')), [1, 2])
})

test('a peer that is no longer checked is let in, and its probes end', async () => {
  const setting = new Setting()
  setting.ill.add(1).add(2)
  await setting.configure(app('interval=1s'))
  setting.pass(10)
  assert.deepEqual(setting.out(), [1, 2])
  await setting.configure(`upstream app { ${SERVERS} } server { location / { proxy_pass http://app; } }`)
  assert.deepEqual(setting.out(), [])
  assert.equal(setting.clock.pending, 0)
})

test('what was held for a configuration that was refused is let go with the one before', async () => {
  const setting = new Setting()
  const before = `upstream app { ${SERVERS} } server { location / { proxy_pass http://app; } }`
  await setting.configure(before)
  const { http, plans } = await setting.plan(app('mandatory'))
  setting.monitor.hold({ http }, plans)
  assert.deepEqual(setting.out(), [1, 2])
  await setting.configure(before)
  assert.deepEqual(setting.out(), [])
})

test('of several checks of an upstream one that fails is enough', async () => {
  const setting = new Setting()
  setting.ill.add(9)
  const checks = ['interval=1s', 'interval=1s port=9', 'interval=1s']
  const locations = checks.map((check, at) => `location /${at} { proxy_pass http://app; health_check ${check}; }`)
  await setting.configure(`upstream app { server 127.0.0.1:1; } server { ${locations.join(' ')} }`)
  setting.pass(10)
  assert.deepEqual(setting.asked, [1, 9], 'the same check in two locations is one')
  assert.deepEqual(setting.out(), [1])
  setting.ill.clear()
  setting.pass(1000)
  assert.deepEqual(setting.out(), [])
})

test('a server marked down, or without an address, is not asked', async () => {
  const setting = new Setting()
  await setting.configure(app('mandatory', 'server 127.0.0.1:1; server 127.0.0.1:2 down; server nowhere.test:3;'))
  setting.pass(10)
  assert.deepEqual(setting.asked, [1])
})

test('the first probes of many peers are spread', async () => {
  const setting = new Setting()
  const servers = Array.from({ length: 60 }, (_, at) => `server 127.0.0.1:${at + 1};`).join(' ')
  await setting.configure(app('interval=1s', servers))
  setting.clock.pass(0)
  assert.equal(setting.net.dials.length, 50)
  setting.clock.pass(10)
  assert.equal(setting.net.dials.length, 60)
})

test('closed, nothing is left under way', async () => {
  const setting = new Setting()
  setting.dumb.add(1)
  await setting.configure(app('interval=1s'))
  setting.pass(10)
  setting.monitor.close()
  assert.equal(setting.clock.pending, 0)
  assert.ok(setting.net.dials[0]!.cancelled)
})
