/**
 * The real ways of balancing on a virtual clock: requests come at random moments, each peer serves one after the other at
 * its speed, and what a request takes is its wait and its service. A million requests take seconds, and the same seed
 * always gives the same numbers: what a method is worth can be seen before it meets traffic.
 */
import { measuresOf, policyOf } from '../balance/policies.ts'
import type { PeerTable, PickInput } from '../balance/policy.ts'
import { RowRegistry } from '../shared/registry.ts'
import { createRows, mainColumn, Rows } from '../shared/rows.ts'
import { PeerTimes } from '../shared/times.ts'

export interface SimulatedPeer {
  /** 1: as fast as `serviceMs` says; 0.25: takes four times as long. */
  readonly speed: number
  readonly weight?: number
}

export interface Simulation {
  readonly method: { readonly name: string; readonly arguments: readonly string[] }
  readonly peers: readonly SimulatedPeer[]
  /** Share of what all peers together can do, 0 to 1. */
  readonly load: number
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
  const { peers, requests, load, serviceMs = 10, seed = 1 } = simulation
  const random = randomFrom(seed)
  const system = new System(simulation, random)
  const perMs = (load * peers.reduce((sum, { speed }) => sum + speed, 0)) / serviceMs
  const timesMs = new Float64Array(requests)
  const shares = peers.map(() => 0)
  let nowMs = 0
  for (let request = 0; request < requests; request++) {
    nowMs += exponential(random) / perMs
    system.advance(nowMs)
    const index = system.pick()
    shares[index]!++
    timesMs[request] = system.begin(index, (exponential(random) * serviceMs) / peers[index]!.speed)
  }
  return { timesMs: timesMs.subarray(Math.floor(requests / 10)).toSorted(), shares }
}

/** Of times in ascending order; `share` 0 to 1. */
export function percentile(ascending: Float64Array, share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0
}

/** Reproducible numbers from 0 to 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function exponential(random: () => number): number {
  return -Math.log(1 - random())
}

/** Any virtual moment will do, but 0 means "never" in shared rows. */
const START_MS = 1_000_000

class System implements PeerTable {
  readonly length: number
  readonly #weights: readonly number[]
  readonly #rows: Rows
  readonly #row: readonly number[]
  readonly #times: PeerTimes
  readonly #measures: ReturnType<typeof measuresOf>
  readonly #pick: () => number
  /** When each peer has done all it was given. */
  readonly #freeMs: number[]
  /** When its requests end, and how long each took, in order. */
  readonly #ends: { endMs: number; tookMs: number }[][]
  #nowMs = START_MS

  constructor({ peers, method }: Simulation, random: () => number) {
    const policy = policyOf(method)
    if (typeof policy === 'string') throw new TypeError(policy)
    this.length = peers.length
    this.#weights = peers.map(({ weight = 1 }) => weight)
    const buffer = createRows({ capacity: 4 * peers.length, columns: 1 })
    this.#rows = new Rows(buffer, 0)
    const placed = new RowRegistry(new Rows(buffer, mainColumn)).place(
      1,
      'simulated',
      peers.map((_, index) => ({ address: String(index), weight: this.#weights[index]!, backup: false, down: false })),
    )
    if (typeof placed === 'string') throw new TypeError(placed)
    this.#row = placed.rows
    this.#times = new PeerTimes(this.#rows)
    this.#measures = measuresOf(method)
    this.#freeMs = peers.map(() => START_MS)
    this.#ends = peers.map(() => [])
    const state = this.#rows.group(placed.group, peers.length).list(0, 0, peers.length)
    const picker = policy(this, state, random)
    const everybody = (): boolean => true
    let serial = 0
    this.#pick = () => {
      const key = String(serial++)
      const input: PickInput = {
        hashKey: () => key,
        address: () => Uint8Array.from([serial >> 16, serial >> 8, serial, 0]),
        memory: null,
        undisturbed: true,
      }
      return picker(input, everybody)
    }
  }

  get times(): NonNullable<PeerTable['times']> {
    return {
      average: (index, until) => this.#times.average(this.#row[index]!, until),
      windows: () => 0,
      sampleWait: () => 0,
      cost: index => this.#times.cost(this.#row[index]!, this.#nowMs),
    }
  }

  weight(index: number): number {
    return this.#weights[index]!
  }

  name(index: number): string {
    return `10.0.0.${index}:80`
  }

  down(): boolean {
    return false
  }

  inflight(index: number): number {
    return this.#rows.inflight(this.#row[index]!)
  }

  pick(): number {
    return this.#pick()
  }

  /** Ends what has ended by then. */
  advance(sinceStartMs: number): void {
    this.#nowMs = START_MS + sinceStartMs
    for (const [index, ends] of this.#ends.entries()) {
      while (ends.length > 0 && ends[0]!.endMs <= this.#nowMs) this.#end(index, ends.shift()!)
    }
  }

  /** Gives it to that peer; answers how long it will have taken, the wait included. */
  begin(index: number, serviceMs: number): number {
    const endMs = Math.max(this.#nowMs, this.#freeMs[index]!) + serviceMs
    this.#freeMs[index] = endMs
    const tookMs = endMs - this.#nowMs
    this.#rows.begin(this.#row[index]!)
    this.#ends[index]!.push({ endMs, tookMs })
    return tookMs
  }

  #end(index: number, { endMs, tookMs }: { readonly endMs: number; readonly tookMs: number }): void {
    const row = this.#row[index]!
    this.#rows.end(row)
    if (this.#measures.cost) this.#times.observeCost(row, tookMs, endMs)
    if (!this.#measures.times) return
    this.#times.observe(row, 'header', Math.round(tookMs))
    this.#times.observe(row, 'last_byte', Math.round(tookMs))
  }
}
