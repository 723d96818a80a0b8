/**
 * An upstream as the proxy sees it: it hands out places at peers, one an attempt.
 *
 * The upstream decides who is eligible (not down, not failing, not full, not tried), its policy only chooses among
 * them. A lease is ended exactly once, with how the attempt went; that is where failures are counted.
 */
import type { Choice } from '../exchange/attempt.ts'
import type { Failure } from '../exchange/failure.ts'
import type { ServerLine, UpstreamModel } from '../model/model.ts'
import type { DialAddress } from '../model/plan.ts'
import type { Selection } from './selection.ts'

/** What policies may want to know of a request; asked only by those that do. Implemented by the forward itself. */
export interface Asker {
  /** The key of `hash`, evaluated. */
  hashKey(): string
  /** Client address as 4 or 16 bytes; empty for Unix sockets. */
  address(): Uint8Array
  /** The id of the peer it is bound to, '' none; asked by upstreams that are sticky. */
  stickyId(): string
}

export interface Peer {
  /** Position in Upstream.peers. */
  readonly index: number
  /** For $upstream_addr and logs. */
  readonly name: string
  readonly addresses: readonly DialAddress[]
  readonly server: ServerLine
  /** What binds a request to it; '' where nothing does. */
  readonly stickyId: string
  /** Its row in the shared counters; -1: it has none. */
  readonly row: number
}

/**
 * How an attempt ended. failed: it counts against the peer. abandoned: not the peer's doing (the client left, or the
 * answer asked for another peer without being a failure, as 403 and 404 do). doubtful: nothing is known of the peer: it
 * failed, and whether that was the peer or the request will be seen, or another was faster.
 */
export type LeaseOutcome = 'served' | 'failed' | 'abandoned' | 'doubtful'

/** A place at a peer for one attempt. */
export interface Lease {
  readonly peer: Peer
  /** The head of the answer came, so many ms after the attempt began; a session that has none is a 200. At most once. */
  responded?(headerMs: number, status: number): void
  /** The connection stands, which proves that the peer lives: what counts for `stream`, where nothing else is known of it. */
  connected?(): void
  /**
   * Once. `totalMs` is how long the attempt took, for the same methods. Answers true when this failure made the peer
   * unavailable (nginx: "upstream server temporarily disabled").
   */
  end(outcome: LeaseOutcome, totalMs?: number): boolean
  /** After a doubtful end: it was the peer. Answers as `end`. */
  blame?(): boolean
}

/** Requests that take longer than others are sent to a second peer as well. */
export interface Hedging {
  /** How long a first attempt may take before that; 0: it is not known yet. */
  readonly delayMs: number
  /** A place at another peer, at once and within the budget; null: there is none. */
  lease(selection: Selection): Lease | null
}

export interface Upstream {
  readonly name: string
  readonly model: UpstreamModel
  readonly peers: readonly Peer[]
  /** Begins the choice for one request: holds who was tried and how many tries are left. */
  select(asker: Asker): Selection
  /** The next place. A Failure when nobody is left; a promise only from a queue. */
  lease(selection: Selection): Lease | Failure | Promise<Lease | Failure>
  /** Takes a retry from the budget, where there is one; false: it is spent. */
  mayRetry?(): boolean
  /** Somebody wants to know of each choice among whom it was made. */
  readonly explains?: boolean
  /** Among whom the last choice of that request was made, `chosen` or in vain; for people, since it looks at everybody. */
  explain?(selection: Selection, chosen: boolean): Choice
  /** Left out or null: no request is sent to two peers at a time. */
  readonly hedging?: Hedging | null
}
