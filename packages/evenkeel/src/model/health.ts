/**
 * Active health checks as data: who asks whom how often, and what an answer must be like.
 */
import type { Pattern } from './pattern.ts'
import type { StreamMatchModel } from './stream/stream-health.ts'

/** `health_check` of a location, or of a server of stream: all peers of its upstream are asked. */
export interface HealthCheckModel {
  /** `udp` only in stream. */
  readonly type: 'http' | 'tcp' | 'udp' | 'grpc'
  readonly intervalMs: number
  /** Each probe is put off by a random time up to this. */
  readonly jitterMs: number
  /** Failed probes in a row that take a peer out. */
  readonly fails: number
  /** Passed probes in a row that let it in again. */
  readonly passes: number
  /** Of http only, as are keepaliveTimeMs and statuses. */
  readonly uri: string
  /** A peer gets nothing before its first probe has passed. */
  readonly mandatory: boolean
  /** With `mandatory`: a peer that was in use before a reload stays so until a probe says otherwise. */
  readonly persistent: boolean
  /** Name of a match of the same part; null: any status from 200 to 399, or a connection. */
  readonly match: string | null
  /** Asked instead of the port of the server line. */
  readonly port: number | null
  /** How long one connection serves probes; 0: each has its own. */
  readonly keepaliveTimeMs: number
  /** What is asked about with gRPC. */
  readonly grpc?: GrpcCheckModel
}

export interface GrpcCheckModel {
  /** '': the server as such. */
  readonly service: string
  /** 0: and it has to serve. */
  readonly status: number
}

/** `match`: what a response must be like. All of it has to hold. */
export interface MatchModel {
  readonly name: string
  readonly status: readonly StatusRule[]
  readonly headers: readonly HeaderRule[]
  readonly body: readonly BodyRule[]
  /** For checks of TCP; left out: neither was said. */
  readonly talk?: Pick<StreamMatchModel, 'send' | 'expect'>
}

/** The status is in one of the ranges, or, negated, in none. */
export interface StatusRule {
  readonly negated: boolean
  readonly ranges: readonly { readonly from: number; readonly to: number }[]
}

/** Negated rules about a value want the field to be there, with another value. */
export type HeaderRule =
  | { readonly kind: 'present'; readonly name: string; readonly negated: boolean }
  | { readonly kind: 'equals'; readonly name: string; readonly text: string; readonly negated: boolean }
  | { readonly kind: 'matches'; readonly name: string; readonly pattern: Pattern; readonly negated: boolean }

export interface BodyRule {
  readonly pattern: Pattern
  readonly negated: boolean
}
