/**
 * What the balancer was like at one moment, in the form the page works with. Counters are as the API tells them: sums
 * since the start.
 */

export type PeerState = 'up' | 'draining' | 'down' | 'unavail' | 'checking' | 'unhealthy'

export interface Snapshot {
  /** By the browser's clock. */
  readonly atMs: number
  readonly build: string
  readonly generation: number
  readonly pid: number
  /** When the configuration was loaded, by the balancer's clock; 0: not told. */
  readonly loadedMs: number
  readonly respawned: number
  readonly connections: {
    readonly accepted: number
    readonly dropped: number
    readonly active: number
    readonly idle: number
  }
  readonly requests: { readonly total: number; readonly current: number }
  readonly handshakes: { readonly done: number; readonly failed: number; readonly reused: number }
  readonly upstreams: readonly Upstream[]
  readonly zones: readonly Zone[]
  readonly caches: readonly Cache[]
  readonly limits: readonly Limit[]
}

export interface Upstream {
  readonly kind: 'http' | 'stream'
  readonly name: string
  readonly peers: readonly Peer[]
  /** Requests waiting for a peer; null: there is no queue. */
  readonly queued: number | null
}

export interface Peer {
  readonly id: number
  /** Address. */
  readonly server: string
  /** As the configuration has it. */
  readonly name: string
  readonly backup: boolean
  readonly weight: number
  readonly state: PeerState
  /** In flight, and how many there may be (0: any number). */
  readonly active: number
  readonly mostActive: number
  /** Requests, or connections of stream. */
  readonly requests: number
  /** 1xx to 5xx. */
  readonly classes: readonly number[]
  /** Averages in ms; null: nothing has been measured. */
  readonly headerMs: number | null
  readonly responseMs: number | null
  readonly histogram: Histogram | null
  readonly sent: number
  readonly received: number
  readonly fails: number
  readonly unavailable: number
  readonly checks: Checks
  readonly downtimeMs: number
  /** By the balancer's clock; 0: it is not down. */
  readonly downSinceMs: number
}

export interface Checks {
  readonly done: number
  readonly fails: number
  readonly unhealthy: number
  /** null: none has ended. */
  readonly lastPassed: boolean | null
  /** Why the last one failed; '' where that is not told. */
  readonly reason: string
}

export interface Histogram {
  /** Upper bounds in ms; what is slower than the last one falls into one bucket more. */
  readonly boundsMs: readonly number[]
  /** Not cumulative. */
  readonly counts: readonly number[]
}

export interface Zone {
  readonly kind: 'server' | 'location' | 'stream'
  readonly name: string
  readonly processing: number
  readonly requests: number
  readonly classes: readonly number[]
  readonly discarded: number
  readonly received: number
  readonly sent: number
}

export interface Cache {
  readonly name: string
  /** Bytes; `most` 0: no limit. */
  readonly size: number
  readonly most: number
  readonly cold: boolean
  /** Responses by how they were found. */
  readonly hit: number
  readonly stale: number
  readonly miss: number
  readonly bypass: number
}

export interface Limit {
  readonly kind: 'requests' | 'connections' | 'stream connections'
  readonly name: string
  readonly passed: number
  readonly delayed: number
  readonly rejected: number
  /** What would have been rejected, were it not for the dry run. */
  readonly dryRun: number
}
