/** One probe at one peer, whatever it consists of; and what probers are given rather than have. */
import type { DialAddress } from '../model/plan.ts'
import type { Dialing, DialUser } from '../net/dial.ts'

export interface Prober {
  /**
   * Begins a probe. `done` is told once, later: what is wrong, in words for the log, or null. Not to be called while
   * one is under way.
   */
  probe(done: (wrong: string | null) => void): void
  /** Ends what is under way, without telling, and closes what is kept. */
  close(): void
}

/** Tries addresses in turn. */
export type Dialer = (addresses: readonly DialAddress[], user: DialUser) => Dialing

/** Time that a test can pass. */
export interface Clock {
  nowMs(): number
  /** Calls once, after that long; answers how to call it off. */
  after(ms: number, run: () => void): () => void
}

export interface ProberPorts {
  readonly dial: Dialer
  readonly clock: Clock
}

/** What the system says of a connection, for people. */
export function systemReason(code: string): string {
  return reasons[code] ?? (code === '' ? 'connection closed' : `connection failed (${code})`)
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ETIMEDOUT: 'timed out while connecting',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network unreachable',
  EACCES: 'permission denied',
  ENOENT: 'no such socket',
  EMFILE: 'too many open files in evenkeel',
  ENFILE: 'too many open files in the system',
}
