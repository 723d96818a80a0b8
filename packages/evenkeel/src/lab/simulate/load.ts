/** What comes to a simulated upstream: made up, or recorded. The same seed is the same load for every way of balancing. */
import { seeded } from '../../shared/seeded.ts'

/** One request; the same object for each, filled anew. */
export interface Arriving {
  atMs: number
  /** How long it keeps a server of speed 1. */
  workMs: number
  /** Number of the session or client it belongs to, from 0. */
  session: number
}

export interface Load {
  /** How many there will be, as far as is known. */
  readonly count: number
  readonly durationMs: number
  /** Different sessions at most. */
  readonly sessions: number
  /** Name of a session: what is hashed. */
  sessionName(session: number): string
  /** A way through all of it from the start. */
  begin(): (into: Arriving) => boolean
}

export interface MadeUp {
  /** Requests a second, at random moments. */
  readonly rate: number
  readonly durationMs: number
  /** Mean of what a request takes; exponential. */
  readonly workMs: number
  readonly sessions: number
  readonly seed: number
}

export function madeUpLoad({ rate, durationMs, workMs, sessions, seed }: MadeUp): Load {
  return {
    count: Math.round((rate * durationMs) / 1000),
    durationMs,
    sessions,
    sessionName: session => `client-${session}`,
    begin() {
      const random = seeded(seed)
      let nowMs = 0
      return into => {
        nowMs += (exponential(random) * 1000) / rate
        if (nowMs >= durationMs) return false
        into.atMs = nowMs
        into.workMs = exponential(random) * workMs
        into.session = Math.floor(random() * sessions)
        return true
      }
    },
  }
}

/** Times of that mean, for requests of which nobody knows what they take. */
export function randomTimes(meanMs: number, seed: number): () => number {
  const random = seeded(seed)
  return () => exponential(random) * meanMs
}

function exponential(random: () => number): number {
  return -Math.log(1 - random())
}
