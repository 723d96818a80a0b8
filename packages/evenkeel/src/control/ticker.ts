/**
 * The clock that all threads read: whole seconds in one shared cell, that only grow, whatever becomes of the machine's
 * date.
 */
import { ClockCell } from '../shared/clock.ts'

export class Ticker {
  readonly #timer: NodeJS.Timeout

  /** `each` is called every second. */
  constructor(buffer: SharedArrayBuffer, each: () => void) {
    const cell = new ClockCell(buffer)
    const zero = Math.floor(Date.now() / 1000) - Math.floor(performance.now() / 1000)
    const set = (): void => {
      cell.set(zero + Math.floor(performance.now() / 1000))
      each()
    }
    set()
    this.#timer = setInterval(set, 1000)
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
