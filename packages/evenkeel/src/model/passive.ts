/**
 * What traffic itself tells about servers, beyond max_fails: words and meaning of outlier detection are Envoy's, since
 * that is where people know them from.
 */

/** Servers that stand out among those of their upstream are left alone for a while. */
export interface OutlierModel {
  /** Errors in a row that eject a server; 0: none do. */
  readonly consecutive: number
  /** Standard deviations below the mean success rate that eject it at the end of an interval; 0: none do. */
  readonly successRate: number
  /** Times the median time to the head of an answer that eject it at the end of an interval; 0: none do. */
  readonly latency: number
  readonly intervalSeconds: number
  /** Times the number of ejections so far, less the intervals that went well. */
  readonly baseEjectionSeconds: number
  readonly maxEjectionSeconds: number
  /** Of the servers; one may be in any case. */
  readonly maxEjectionPercent: number
  /** Servers with enough requests in an interval that make a comparison, and what is enough. */
  readonly minimumPeers: number
  readonly minimumRequests: number
}

/** A server that fails too much gets nothing for a while, then probes only, until they go well. */
export interface CircuitModel {
  /** Percent of requests in a window. */
  readonly failurePercent: number
  /** Fewer requests in a window say nothing. */
  readonly minimumRequests: number
  readonly windowSeconds: number
  readonly openSeconds: number
  /** At a time, while it is half open; so many have to go well. */
  readonly probes: number
}

/** Retries add to the load of servers that may fail by it: so many percent of the requests, and never more. */
export interface RetryBudgetModel {
  readonly percent: number
  /** Retries a second that are free, for upstreams with few requests. */
  readonly minimum: number
}

/** A second peer is asked when the first takes longer than usual; who answers first is taken. */
export interface HedgeModel {
  /** Of the times to the head of an answer, in percent: who takes longer is hedged. */
  readonly percentile: number
  /** Never sooner than this, however fast the peers are. */
  readonly minimumMs: number
}

/** How many requests an upstream works at is found out by how long its answers take (gradient). The words are Envoy's. */
export interface ConcurrencyModel {
  readonly minimum: number
  readonly maximum: number
  /** How long answers are gathered before the limit is moved. */
  readonly updateMs: number
  /** How often it is seen anew how fast peers answer when nobody waits. */
  readonly fastestSeconds: number
  /** Slower by so many percent is no sign of a queue. */
  readonly bufferPercent: number
}
