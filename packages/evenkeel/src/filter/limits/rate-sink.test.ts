import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failure } from '../../exchange/failure.ts'
import { Fields } from '../../exchange/fields.ts'
import { ResponseHead } from '../../exchange/head.ts'
import type { Source } from '../../exchange/sink.ts'
import { makeExchange, type RecordingSink } from '../exchange.fixture.ts'
import { RateSink } from './rate-sink.ts'
import { TestWaits } from '../waits.fixture.ts'

interface Rated {
  readonly rated: RateSink
  readonly sink: RecordingSink
  readonly waits: TestWaits
  /** What the sender was told, in order. */
  readonly told: string[]
  size(): number
}

function limited(rate: number, after = 0): Rated {
  const { exchange, sink } = makeExchange()
  const waits = new TestWaits()
  const startedMs = waits.ms
  const pace = { rate: () => rate, after: () => after, startedMs: () => startedMs, wire: false }
  const rated = new RateSink(exchange, sink, pace, waits)
  const told: string[] = []
  const source: Source = {
    pause: () => void told.push('pause'),
    resume: () => void told.push('resume'),
    cancel: ({ code }) => void told.push(code),
  }
  rated.head(new ResponseHead(200, new Fields(), -1), source)
  return { rated, sink, waits, told, size: () => sink.text.length }
}

const bytes = (count: number): Uint8Array => new Uint8Array(count).fill(0x61)

test('each second has its bytes, the sender waits for the rest', () => {
  const { rated, sink, waits, told, size } = limited(1000)
  assert.equal(rated.body(bytes(2500)), false)
  assert.equal(size(), 1000)
  waits.turn(999)
  assert.equal(size(), 1000)
  waits.turn(1)
  assert.deepEqual([size(), told.join()], [2000, ''])
  waits.turn(1000)
  assert.deepEqual([size(), told.join()], [2500, ''])
  waits.turn(500)
  assert.equal(told.join(), 'resume')
  rated.end()
  assert.ok(sink.ended)
})

test('an end is kept until everything has gone out', () => {
  const { rated, sink, waits } = limited(100)
  rated.body(bytes(150))
  rated.end()
  assert.equal(sink.ended, false)
  waits.turn(1000)
  assert.deepEqual([sink.ended, sink.text.length], [true, 150])
})

test('the first bytes may be free', () => {
  const { rated, sink, waits, size } = limited(100, 5000)
  rated.body(bytes(5200))
  assert.equal(size(), 5100)
  waits.turn(1000)
  assert.equal(size(), 5200)
  rated.end()
  assert.ok(sink.ended)
})

test('no limit means no detour', () => {
  const { rated, sink, size } = limited(0)
  assert.equal(rated.body(bytes(100_000)), true)
  assert.equal(size(), 100_000)
  assert.notEqual(sink.source, rated)
})

test('a client that takes nothing is waited for too', () => {
  const { rated, sink, waits, told, size } = limited(1000)
  sink.onBody = () => false
  rated.body(bytes(1500))
  waits.turn(5000)
  assert.equal(size(), 1000)
  sink.onBody = () => true
  sink.source!.resume()
  waits.turn(2000)
  assert.deepEqual([size(), told.join()], [1500, 'resume'])
})

test('a client that leaves ends it at once, and nothing rings afterwards', () => {
  const { rated, sink, waits, told, size } = limited(1000)
  rated.body(bytes(5000))
  sink.source!.cancel(failure('client_gone'))
  waits.turn(10_000)
  assert.deepEqual([size(), told.join()], [1000, 'client_gone'])
  rated.end()
  assert.equal(sink.ended, false)
})

test('a sender that fails is told at once', () => {
  const { rated, sink } = limited(1000)
  rated.body(bytes(5000))
  rated.abort(failure('upstream_reset'))
  assert.equal(sink.failure?.code, 'upstream_reset')
})
