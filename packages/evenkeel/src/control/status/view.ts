/**
 * What a running balancer looks like from outside, as plain values: all that the API and metrics say is made from this,
 * so that neither knows of workers, shared memory or supervisors.
 */
import type { PeerHealth } from '../../health/monitor.ts'
import type { CodeRef } from '../../model/code.ts'
import type { ServerLine, UpstreamModel } from '../../model/model.ts'
import type { StatusZoneKind } from '../../model/status-zones.ts'
import type { CodeSums } from '../../shared/code-counters.ts'
import type { PeerSums } from '../../shared/peer-counters.ts'
import type { StoryRing } from '../../shared/story-ring.ts'
import type { ZoneSums } from '../../shared/zone-counters.ts'

export interface View {
  process(): ProcessView
  /** Those that take new connections. */
  workers(): readonly WorkerView[]
  /** Generations before the one that is live, as long as anybody is served by them. */
  retiring(): readonly RetiringView[]
  /** Of all workers, those that are gone included. */
  sums(): Traffic
  zones(kind: StatusZoneKind): readonly ZoneView[]
  upstreams(side: Side): readonly UpstreamView[]
  /** Caselessly. */
  upstream(side: Side, name: string): UpstreamView | undefined
  caches(): readonly CacheView[]
  /** Zones of limit_req or limit_conn with what they have counted, in the order of limitOutcomes. */
  limits(kind: 'limit_req' | 'limit_conn'): readonly LimitView[]
  /** Explained requests; null: none are kept. */
  stories(): Pick<StoryRing, 'find' | 'ids'> | null
  /** Functions of the user. */
  code(): readonly CodeView[]
}

/** Whose upstream: both may have one of the same name. */
export type Side = 'http' | 'stream'

export interface CacheView {
  readonly zone: string
  /** On disk. */
  readonly bytes: number
  /** 0: no limit. */
  readonly maxBytes: number
  /** What is on disk is still looked through. */
  readonly cold: boolean
  /** Responses by cacheOutcomes, then their bytes. */
  readonly counts: readonly number[]
}

export interface LimitView {
  readonly zone: string
  readonly counts: readonly number[]
}

export interface CodeView {
  readonly ref: CodeRef
  readonly sums: CodeSums
}

export interface ProcessView {
  /** Of the configuration language (nginx), and of evenkeel. */
  readonly language: string
  readonly version: string
  readonly node: string
  readonly generation: number
  readonly startedMs: number
  readonly loadedMs: number
  readonly nowMs: number
  readonly pid: number
  readonly ppid: number
  readonly respawned: number
  /** Seconds of the whole process. */
  readonly cpuUser: number
  readonly cpuSystem: number
  /** Bytes. */
  readonly residentBytes: number
  /** null: the system does not tell. */
  readonly openFiles: number | null
  readonly mostFiles: number | null
}

export interface RetiringView {
  readonly generation: number
  /** Workers that still serve it. */
  readonly workers: number
  /** 0: not told yet. */
  readonly sinceMs: number
  /** When what is left of it is cut; 0: never. */
  readonly cutMs: number
  /** Connections that it waits for: kept by clients that ask for nothing now, with a request under way, upgraded, of stream. */
  readonly idle: number
  readonly requests: number
  readonly tunnels: number
  readonly sessions: number
}

export interface WorkerView extends Traffic {
  /** From 0. */
  readonly index: number
  readonly lagMs: number
  readonly heapUsed: number
}

export interface Traffic {
  readonly accepted: number
  readonly handled: number
  readonly active: number
  readonly reading: number
  readonly writing: number
  readonly waiting: number
  readonly requests: number
  readonly handshakes: number
  readonly handshakesFailed: number
  readonly sessionReuses: number
}

export interface ZoneView {
  readonly name: string
  readonly sums: ZoneSums
}

export type PeerState = 'up' | 'draining' | 'down' | 'unavail' | 'checking' | 'unhealthy'

export interface PeerView {
  /** Of its server line. */
  readonly id: number
  /** Its address; the name it was written with is the line's text. */
  readonly server: string
  readonly line: ServerLine
  readonly state: PeerState
  /** In flight. */
  readonly active: number
  readonly requests: number
  readonly fails: number
  readonly sums: PeerSums
  readonly health: PeerHealth | null
  /** Ms it was not to be had in all, and since when (0: it is). */
  readonly downtimeMs: number
  readonly downSinceMs: number
}

export interface UpstreamView {
  readonly name: string
  readonly model: UpstreamModel
  readonly peers: readonly PeerView[]
}

/** What the API knows a server line by. */
export function idOf(line: ServerLine, index: number): number {
  return line.id ?? index
}
