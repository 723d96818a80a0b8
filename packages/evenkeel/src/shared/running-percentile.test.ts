import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RunningPercentile } from './running-percentile.ts'
import { seeded } from './seeded.ts'

function after(values: Iterable<number>, percent = 95): number {
  const running = new RunningPercentile(new Int32Array(new SharedArrayBuffer(16)), 0, percent)
  for (const value of values) running.observe(value)
  return running.value
}

function drawn(count: number, draw: (random: number) => number): number[] {
  const random = seeded(1)
  return Array.from({ length: count }, () => draw(random()))
}

const exponential = (random: number): number => -10 * Math.log(1 - random)

test('it is not known before some values have been seen', () => {
  assert.equal(after(drawn(19, exponential)), 0)
  assert.ok(after(drawn(20, exponential)) > 0)
})

test('it comes close to the percentile, whichever it is', () => {
  for (const [percent, wanted] of [
    [50, 6.9],
    [90, 23],
    [95, 30],
  ] as const) {
    const found = after(drawn(5000, exponential), percent)
    assert.ok(Math.abs(found - wanted) < wanted * 0.4, `p${percent} is ${found}, not ${wanted}`)
  }
})

test('it follows when answers become slower, and faster again', () => {
  const slow = [...drawn(1000, exponential), ...drawn(300, random => 10 * exponential(random))]
  assert.ok(after(slow) > 150)
  assert.ok(after([...slow, ...drawn(1500, exponential)]) < 60)
})

test('one value that stands out moves it by little', () => {
  const before = after(drawn(1000, exponential))
  assert.ok(after([...drawn(1000, exponential), 100_000]) < before * 1.06)
})
