import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../health/ports.fixture.ts'
import { serviceName, type AskName, type NameAnswer, type NamedAddress } from './name-asking.ts'
import { NameWatch } from './name-watch.ts'

class Asked {
  readonly clock = new FakeClock()
  readonly logged: string[] = []
  changes = 0
  times = 0
  readonly watch: NameWatch
  #done: (answer: NameAnswer) => void = () => {}

  constructor(known: readonly NamedAddress[] | null = null) {
    const ask: AskName = done => {
      this.times++
      this.#done = done
    }
    const ports = { clock: this.clock, log: (text: string) => this.logged.push(text), changed: () => this.changes++ }
    this.watch = new NameWatch('a.test', ask, 5000, known, ports)
    this.watch.start()
  }

  get hosts(): string | undefined {
    return this.watch.addresses?.map(({ host }) => host).join(' ')
  }

  answer(hosts: string, ttlMs = 10_000): void {
    this.#done({ addresses: hosts.split(' ').map(host => ({ host })), ttlMs })
  }

  fail(gone: boolean, error = 'could not be resolved'): void {
    this.#done({ error, gone })
  }
}

test('a name is asked for again when its answer has expired, but not more than once a second', () => {
  const asked = new Asked()
  asked.answer('10.0.0.1', 3000)
  asked.clock.pass(2999)
  assert.equal(asked.times, 1)
  asked.clock.pass(100)
  assert.equal(asked.times, 2)
  asked.answer('10.0.0.1', 0)
  asked.clock.pass(999)
  assert.equal(asked.times, 2)
  asked.clock.pass(100)
  assert.equal(asked.times, 3)
})

test('only a change is told, and who stays keeps its place when servers rotate', () => {
  const asked = new Asked()
  asked.answer('10.0.0.1 10.0.0.2')
  asked.answer('10.0.0.2 10.0.0.1')
  assert.deepEqual([asked.changes, asked.hosts], [1, '10.0.0.1 10.0.0.2'])
  asked.answer('10.0.0.3 10.0.0.2')
  assert.deepEqual([asked.changes, asked.hosts], [2, '10.0.0.2 10.0.0.3'])
})

test('equal addresses are an entry each, and one less is a change', () => {
  const asked = new Asked()
  asked.answer('10.0.0.1 10.0.0.1')
  assert.equal(asked.hosts, '10.0.0.1 10.0.0.1')
  asked.answer('10.0.0.1')
  assert.deepEqual([asked.changes, asked.hosts], [2, '10.0.0.1'])
})

test('a server that is ill changes nothing, is asked again soon, and is complained about once', () => {
  const asked = new Asked()
  asked.answer('10.0.0.1', 1000)
  for (let time = 0; time < 3; time++) {
    asked.clock.pass(5100)
    asked.fail(false)
  }
  assert.deepEqual([asked.times, asked.changes, asked.hosts], [4, 1, '10.0.0.1'])
  assert.deepEqual(asked.logged, ['a.test could not be resolved'])
})

test('a name that is gone has no addresses any more', () => {
  const asked = new Asked()
  asked.answer('10.0.0.1')
  asked.fail(true)
  assert.deepEqual([asked.changes, asked.hosts], [2, ''])
})

test('what was known before holds until there is an answer', () => {
  const asked = new Asked([{ host: '10.0.0.7' }])
  asked.fail(false)
  assert.equal(asked.hosts, '10.0.0.7')
})

test('the first time is over with any answer, and when nobody waits any more', async () => {
  const asked = new Asked()
  asked.fail(false)
  await asked.watch.first
  const closed = new Asked()
  closed.watch.close()
  await closed.watch.first
  closed.answer('10.0.0.1')
  assert.equal(closed.hosts, undefined)
})

test('a service without dots is one over TCP, another names its record itself', () => {
  assert.equal(serviceName('http', 'a.test'), '_http._tcp.a.test')
  assert.equal(serviceName('_sip._udp', 'a.test'), '_sip._udp.a.test')
})
