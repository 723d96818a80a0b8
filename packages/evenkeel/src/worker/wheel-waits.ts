/**
 * Waiting requests on the worker's timer wheel. A request that waits is at work like any other: when its client goes
 * away the wait is called off at once. There are never more of them than clients connected.
 */
import type { Exchange } from '../exchange/exchange.ts'
import type { Source } from '../exchange/sink.ts'
import type { Alarm, Waits } from '../filter/waits.ts'
import { Deadline, type TimerWheel } from '../net/timer-wheel.ts'

export class WheelWaits implements Waits {
  readonly #wheel: TimerWheel

  constructor(wheel: TimerWheel) {
    this.#wheel = wheel
  }

  now(): number {
    return this.#wheel.touch()
  }

  wait(exchange: Exchange, ms: number): Promise<void> {
    return new Promise(resolve => {
      const waiting = new Waiting(this.#wheel, exchange, resolve)
      exchange.work = waiting
      this.#wheel.arm(waiting, ms)
    })
  }

  alarm(ring: () => void): Alarm {
    return new WheelAlarm(this.#wheel, ring)
  }
}

class WheelAlarm extends Deadline implements Alarm {
  readonly #wheel: TimerWheel
  readonly #ring: () => void

  constructor(wheel: TimerWheel, ring: () => void) {
    super()
    this.#wheel = wheel
    this.#ring = ring
  }

  set(ms: number): void {
    this.#wheel.arm(this, ms)
  }

  off(): void {
    this.#wheel.disarm(this)
  }

  override expired(): void {
    this.#ring()
  }
}

class Waiting extends Deadline implements Source {
  readonly #wheel: TimerWheel
  readonly #exchange: Exchange
  readonly #done: () => void

  constructor(wheel: TimerWheel, exchange: Exchange, done: () => void) {
    super()
    this.#wheel = wheel
    this.#exchange = exchange
    this.#done = done
  }

  override expired(): void {
    if (this.#exchange.work === this) this.#exchange.work = null
    this.#done()
  }

  pause(): void {}

  resume(): void {}

  cancel(): void {
    this.#wheel.disarm(this)
  }
}
