/**
 * What the data plane of one worker stands on: its clock and timers, its counters, its read buffers.
 * Given in by worker/, one object a worker, so that nothing here has state of its own between connections.
 */
import type { Attempt } from '../exchange/attempt.ts'
import type { ErrorLog } from '../exchange/route.ts'
import type { dialAny } from '../net/dial.ts'
import type { TimerWheel } from '../net/timer-wheel.ts'
import type { ReadBuffers } from '../net/read-buffers.ts'

/** Counters of a worker that stub_status and metrics show. */
export interface TrafficCounters {
  accepted(): void
  closed(): void
  request(): void
  /** A client's TLS handshake has ended. */
  handshake(how: 'full' | 'resumed' | 'failed'): void
  /** A connection went from one state to another; null: it is new, or gone. */
  moved(from: ConnectionState | null, to: ConnectionState | null): void
}

export type ConnectionState = 'reading' | 'writing' | 'waiting'

export interface Ports {
  readonly wheel: TimerWheel
  readonly buffers: ReadBuffers
  readonly counters: TrafficCounters
  /** An attempt at the peer of that row has ended; whether it made the peer unavailable. */
  readonly attempted: (row: number, attempt: Attempt, unavailable: boolean) => void
  /** The same of an attempt to pass a session of `stream` on. */
  readonly sessionAttempted: (row: number, attempt: Attempt, unavailable: boolean) => void
  /** `Date: …` as a header line with its CRLF, of the second that wheel.now is in. */
  dateLine(): string
  /** Number of the next connection, unique in the process. */
  nextSerial(): number
  /** Problems that belong to no exchange. */
  readonly errorLog: ErrorLog
  /** Connects to origins where no network is wanted. Left out: dialAny. */
  readonly dial?: typeof dialAny
}
