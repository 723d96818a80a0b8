import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deadline, TimerWheel } from './timer-wheel.ts'

class Noted extends Deadline {
  at: number[] = []
  readonly #clock: { now: number }
  constructor(clock: { now: number }) {
    super()
    this.#clock = clock
  }
  override expired(): void {
    this.at.push(this.#clock.now)
  }
}

function setUp(start = 1_000_003) {
  const clock = { now: start }
  const wheel = new TimerWheel(() => clock.now)
  wheel.stop() // the tests turn it
  const pass = (ms: number, step: number): void => {
    for (const end = clock.now + ms; clock.now < end;) {
      clock.now = Math.min(end, clock.now + step)
      wheel.tick()
    }
  }
  return { clock, wheel, pass, start, timed: () => new Noted(clock) }
}

test('nothing expires early, and short deadlines are kept within 20 ms', () => {
  const { wheel, pass, start, timed } = setUp()
  const all = [1, 9, 10, 11, 49, 50, 51, 99, 100, 500, 999].map(ms => ({ ms, noted: timed() }))
  for (const { ms, noted } of all) wheel.arm(noted, ms)
  pass(2000, 1)
  for (const { ms, noted } of all) {
    assert.equal(noted.at.length, 1)
    const late = noted.at[0]! - start - ms
    assert.ok(late >= 0 && late <= 20, `${ms} ms came ${late} ms late`)
  }
  assert.equal(wheel.armed, 0)
})

test('long deadlines come at most two ticks late, from a second to 25 days', () => {
  const { wheel, pass, start, timed } = setUp()
  const all = [1000, 1001, 51_150, 51_200, 51_250, 60_000, 3_600_000, 86_400_000 * 25].map(ms => ({
    ms,
    noted: timed(),
  }))
  for (const { ms, noted } of all) wheel.arm(noted, ms)
  pass(70_000, 7)
  pass(86_400_000 * 25, 5000)
  for (const { ms, noted } of all.filter(each => each.ms < 70_000)) {
    const late = noted.at[0]! - start - ms
    assert.ok(late >= 0 && late <= 100, `${ms} ms came ${late} ms late`)
  }
  for (const { ms, noted } of all) assert.ok(noted.at.length === 1 && noted.at[0]! >= start + ms)
})

test('moving a deadline away again and again leaves the entry where it is and expires once', () => {
  const { wheel, pass, clock, timed } = setUp()
  const noted = timed()
  wheel.arm(noted, 5000)
  const next = noted.wheelNext
  for (let i = 0; i < 40; i++) {
    pass(100, 50)
    wheel.arm(noted, 5000)
    assert.equal(noted.wheelNext, next)
  }
  const due = clock.now + 5000
  pass(12_000, 10)
  assert.equal(noted.at.length, 1)
  assert.ok(noted.at[0]! >= due && noted.at[0]! <= due + 100)
})

test('a deadline moved nearer comes at the nearer time', () => {
  const { wheel, pass, start, timed } = setUp()
  const noted = timed()
  wheel.arm(noted, 60_000)
  wheel.arm(noted, 100)
  pass(500, 1)
  assert.ok(noted.at[0]! >= start + 100 && noted.at[0]! <= start + 120)
})

test('a disarmed entry is not held and does not expire', () => {
  const { wheel, pass, timed } = setUp()
  const [near, far] = [timed(), timed()]
  wheel.arm(near, 100)
  wheel.arm(far, 60_000)
  wheel.disarm(near)
  wheel.disarm(far)
  assert.equal(wheel.armed, 0)
  assert.equal(near.wheelNext, null)
  pass(70_000, 100)
  assert.deepEqual([near.at, far.at], [[], []])
})

test('entries may arm and disarm each other while a slot is turned', () => {
  const { wheel, pass, timed, clock } = setUp()
  const victim = timed()
  let rounds = 0
  class Again extends Deadline {
    override expired(): void {
      wheel.disarm(victim)
      if (++rounds < 5) wheel.arm(this, 10)
    }
  }
  const again = new Again()
  wheel.arm(again, 100)
  wheel.arm(victim, 100)
  const start = clock.now
  pass(1000, 5)
  assert.equal(rounds, 5)
  assert.deepEqual(victim.at, [])
  assert.ok(clock.now > start)
})

test('after a long sleep everything due expires at once and the rest waits', () => {
  const { wheel, clock, timed } = setUp()
  const [near, far] = [timed(), timed()]
  wheel.arm(near, 30_000)
  wheel.arm(far, 86_400_000 * 2)
  clock.now += 86_400_000
  wheel.tick()
  assert.equal(near.at.length, 1)
  assert.equal(far.at.length, 0)
  clock.now += 86_400_000 + 100
  wheel.tick()
  assert.equal(far.at.length, 1)
})

test('random arming, moving and disarming against a plain list', () => {
  let seed = 7
  const random = (n: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % n
  const { wheel, clock, timed } = setUp()
  const all = Array.from({ length: 200 }, () => ({ noted: timed(), due: 0 }))
  for (let step = 0; step < 20_000; step++) {
    const one = all[random(all.length)]!
    if (random(10) < 8) {
      const ms = [5, 120, 2000, 70_000][random(4)]! + random(50)
      wheel.arm(one.noted, ms)
      one.due = clock.now + ms
    } else {
      wheel.disarm(one.noted)
      one.due = 0
    }
    clock.now += random(60)
    wheel.tick()
    for (const each of all) {
      if (each.noted.at.length > 0) {
        assert.ok(each.due !== 0 && clock.now >= each.due)
        each.noted.at.length = 0
        each.due = 0
      } else assert.ok(each.due === 0 || clock.now < each.due + 120)
    }
  }
})

test('its own timer runs only while something is armed, and turns the wheel', async () => {
  const wheel = new TimerWheel(() => performance.now())
  const { promise, resolve } = Promise.withResolvers<void>()
  class Once extends Deadline {
    override expired(): void {
      resolve()
    }
  }
  const hold = setTimeout(() => {}, 5000) // the wheel's timer does not keep a process
  const begun = performance.now()
  wheel.arm(new Once(), 30)
  await promise
  clearTimeout(hold)
  assert.ok(performance.now() - begun >= 30)
  assert.equal(wheel.armed, 0)
  wheel.stop()
})

test('an exception in expired is told and does not stop the others', () => {
  const clock = { now: 5 }
  const bugs: unknown[] = []
  const wheel = new TimerWheel(() => clock.now, { onBug: error => bugs.push(error) })
  class Broken extends Deadline {
    override expired(): void {
      throw new Error('broken')
    }
  }
  const noted = new Noted(clock)
  wheel.arm(new Broken(), 100)
  wheel.arm(noted, 100)
  clock.now += 200
  wheel.tick()
  wheel.stop()
  assert.equal(bugs.length, 1)
  assert.equal(noted.at.length, 1)
})

for (const lateMs of [50, 60, 100, 2000]) {
  test(`the last one on a wheel that is ${lateMs} ms late arms one far away: the turn ends`, () => {
    const { clock, wheel, pass } = setUp(1_000_000)
    const far = new Noted(clock)
    // Put on the wheel again and again within one turn, it would never let go of the thread.
    let placed = 0
    let at = 0
    const set = (ms: number): void => {
      if (++placed > 1000) throw new Error('the turn does not end')
      at = ms
    }
    Object.defineProperty(far, 'wheelMs', { get: () => at, set })
    class Arming extends Deadline {
      override expired(): void {
        wheel.arm(far, 75_000)
      }
    }
    for (let start = 0; start < 50; start += 7) {
      wheel.arm(new Arming(), 2000 + start)
      clock.now += 2000 + start + lateMs
      wheel.tick()
    }
    pass(80_000, 10)
    assert.equal(far.at.length, 1)
  })
}
