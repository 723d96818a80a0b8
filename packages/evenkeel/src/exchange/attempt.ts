/**
 * One try at forwarding an exchange, as it is told in logs ($upstream_addr, $upstream_status, …) and in explanations.
 * Times are milliseconds since the attempt began; -1: did not come to that.
 */
import type { Failure } from './failure.ts'
import type { Fields } from './fields.ts'
import type { ResponseHead } from './head.ts'

/**
 * Why a peer was not to be had: it has no address; is marked down, or drains; failed a health check; was ejected as an
 * outlier; its circuit is open; failed max_fails times; is at max_conns; was tried by this request; is of a tier that was
 * not needed.
 */
export type Skipped =
  | 'unresolved'
  | 'down'
  | 'draining'
  | 'unhealthy'
  | 'ejected'
  | 'circuit_open'
  | 'failed'
  | 'full'
  | 'tried'
  | 'spare'

export interface Candidate {
  readonly peer: string
  /** null: it could have been chosen. */
  readonly skipped: Skipped | null
}

/** Among whom a choice was made, in the order of tiers. */
export interface Choice {
  readonly candidates: readonly Candidate[]
  /** Position in candidates; -1: nobody was to be had. */
  readonly picked: number
}

export class Attempt {
  /** Address and port tried, or the upstream's name when no peer could be had. */
  address: string
  /** When it began, in milliseconds of the worker's clock. */
  readonly startedMs: number
  /** It ran on a connection that had served before. */
  reused = false
  /** Over TLS. */
  secure = false
  /** The first of those that follow an internal redirect: lists put ` : ` before it rather than a comma. */
  afterRedirect = false
  connectMs = -1
  headerMs = -1
  responseMs = -1
  queueMs = -1
  /** Status of the peer's response; for a failed attempt the one it stands for; 0: none. */
  status = 0
  bytesSent = 0
  bytesReceived = 0
  /** Bytes of the response's body. */
  bodyBytes = 0
  /** The peer's final response head, once it came. */
  head: ResponseHead | null = null
  /** The trailers behind its body; null: none came. */
  trailers: Fields | null = null
  failure: Failure | null = null
  /** null: nobody asked ($upstream_choice), and somebody was to be had. */
  choice: Choice | null = null

  constructor(address: string, startedMs: number) {
    this.address = address
    this.startedMs = startedMs
  }
}
