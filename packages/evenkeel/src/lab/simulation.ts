/**
 * The real ways of balancing on a virtual clock, at a share of what the servers can do: a million requests take seconds,
 * and the same seed always gives the same numbers. What a method is worth can be seen before it meets traffic.
 */
import type { TimedPolicy } from '../balance/policy.ts'
import type { ServerLine, UpstreamModel } from '../model/model.ts'
import { policyOf } from '../balance/policies.ts'
import { madeUpLoad } from './simulate/load.ts'
import { runScene } from './simulate/queueing.ts'

export interface SimulatedPeer {
  /** 1: as fast as `serviceMs` says; 0.25: takes four times as long. */
  readonly speed: number
  readonly weight?: number
}

export interface Simulation {
  /** Left out: round robin, or `policy`. */
  readonly method?: { readonly name: string; readonly arguments: readonly string[] }
  /** One of your own, in place of a method. */
  readonly policy?: TimedPolicy
  readonly peers: readonly SimulatedPeer[]
  /** Share of what all peers together can do, 0 to 1. */
  readonly load: number
  /** So many are expected: they come at random moments. */
  readonly requests: number
  /** Mean time of a request at speed 1; the times themselves are exponential. Default 10. */
  readonly serviceMs?: number
  readonly seed?: number
}

export interface Simulated {
  /** Time of each request, ascending, the first tenth left out: a system that just started tells little. */
  readonly timesMs: Float64Array
  /** Requests that each peer got. */
  readonly shares: readonly number[]
}

export function simulate(simulation: Simulation): Simulated {
  const { policy, peers, load, requests, serviceMs = 10, seed = 1 } = simulation
  const method = policy === undefined ? (simulation.method ?? { name: 'round_robin', arguments: [] }) : measured
  const known = policy ?? policyOf(method)
  if (typeof known === 'string') throw new TypeError(known)
  const rate = (1000 * load * peers.reduce((sum, { speed }) => sum + speed, 0)) / serviceMs
  const { tookMs, servers } = runScene({
    upstream: simulatedUpstream(
      method,
      peers.map(({ weight = 1 }) => ({ weight })),
    ),
    servers: peers.map(({ speed }) => ({ speed, slots: 1 })),
    faults: [],
    load: madeUpLoad({ rate, durationMs: (1000 * requests) / rate, workMs: serviceMs, sessions: requests, seed }),
    seed,
    ...(policy === undefined ? {} : { policy }),
  })
  return {
    timesMs: tookMs.subarray(Math.floor(tookMs.length / 10)).toSorted(),
    shares: servers.map(given => given.requests),
  }
}

type MethodWords = NonNullable<Simulation['method']>

/** What code looks at nobody knows: everything is measured. */
const measured: MethodWords = { name: 'code', arguments: [] }

/** An upstream as a configuration would have it, of servers that are nowhere. */
export function simulatedUpstream(method: MethodWords, lines: readonly Partial<ServerLine>[]): UpstreamModel {
  return {
    name: 'simulated',
    implicit: false,
    servers: lines.map((line, index) => ({
      text: `10.0.0.${index + 1}:80`,
      address: { host: `10.0.0.${index + 1}`, port: 80 },
      weight: 1,
      maxConns: 0,
      maxFails: 1,
      failTimeoutSeconds: 10,
      backup: false,
      down: false,
      ...line,
    })),
    method: { ...method, key: null },
    zone: null,
    keepalive: 0,
    keepaliveRequests: 1000,
    keepaliveTimeMs: 3_600_000,
    keepaliveTimeoutMs: 60_000,
  }
}
