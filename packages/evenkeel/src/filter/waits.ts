/**
 * Time for steps: what o'clock it is, and a way to hold a request back without holding anything else. Given in by
 * worker/, where the timers are; tests give a clock of their own.
 */
import type { Exchange } from '../exchange/exchange.ts'

export interface Waits {
  /** Milliseconds since the epoch. */
  now(): number
  /** Fulfilled after so long; never, if the client goes away before. */
  wait(exchange: Exchange, ms: number): Promise<void>
  /** A timer to be set any number of times. */
  alarm(ring: () => void): Alarm
}

export interface Alarm {
  set(ms: number): void
  off(): void
}
