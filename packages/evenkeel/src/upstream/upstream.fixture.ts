/** Upstreams over shared rows for tests, in one worker or several, with a clock that tests set. */
import type { MethodModel, ServerLine, UpstreamModel } from '../model/model.ts'
import type { UpstreamPlan } from '../model/plan.ts'
import { tiersOf } from '../model/tiers.ts'
import { TimerWheel } from '../net/timer-wheel.ts'
import { ClockCell, createClock } from '../shared/clock.ts'
import { RowRegistry } from '../shared/registry.ts'
import { createRows, mainColumn, Rows } from '../shared/rows.ts'
import { isFailure } from '../exchange/failure.ts'
import { createUpstream } from './peer-group.ts'
import type { Selection } from './selection.ts'
import type { Asker, Lease, Upstream } from './upstream.ts'

export interface ServerGiven extends Partial<ServerLine> {
  /** Does not resolve. */
  readonly unresolved?: boolean
}

export class Setting {
  readonly buffer: SharedArrayBuffer
  readonly main: Rows
  readonly clockBuffer: SharedArrayBuffer = createClock()
  readonly clock: ClockCell = new ClockCell(this.clockBuffer)
  /** Of all wheels made here; set it with `elapse`. */
  nowMs = 1_000_000
  readonly wheel: TimerWheel = new TimerWheel(() => this.nowMs)
  readonly #registry: RowRegistry
  #generation = 0

  constructor(columns = 8) {
    this.buffer = createRows({ capacity: 2048, columns })
    this.main = new Rows(this.buffer, mainColumn)
    this.#registry = new RowRegistry(this.main)
    this.clock.set(1000)
  }

  /** Time passes; deadlines expire. */
  elapse(ms: number): void {
    this.nowMs += ms
    this.clock.set(Math.floor(this.nowMs / 1000))
    this.wheel.tick()
  }

  /** As main does at a reload. */
  plan(model: UpstreamModel, servers: readonly ServerGiven[]): UpstreamPlan {
    const tiers = tiersOf(model.servers, model.preferZone)
    const placed = this.#registry.place(
      ++this.#generation,
      model.name,
      model.servers.map((server, index) => {
        const down = server.down || server.drain === true || servers[index]!.unresolved === true
        return { address: server.text, weight: server.weight, backup: server.backup, down, tier: tiers[index]! }
      }),
    )
    if (typeof placed === 'string') throw new Error(placed)
    const peers = model.servers.map((server, index) => ({
      server: index,
      name: server.text,
      addresses: servers[index]!.unresolved === true ? [] : [{ host: '127.0.0.1', port: 9000 + index }],
      row: placed.rows[index]!,
    }))
    return { name: model.name, epoch: placed.epoch, group: placed.group, peers }
  }

  /** The upstream in one worker. */
  upstream(
    servers: readonly ServerGiven[],
    method: Partial<MethodModel> = {},
    column = 0,
    more: Partial<UpstreamModel> = {},
    random: () => number = () => 0.5,
  ): Upstream {
    const model = { ...modelOf(servers, method), ...more }
    const rows = new Rows(this.buffer, column)
    return createUpstream(model, this.plan(model, servers), rows, this.clock, random, this.wheel)
  }
}

export function modelOf(servers: readonly ServerGiven[], method: Partial<MethodModel> = {}): UpstreamModel {
  return {
    name: 'app',
    implicit: false,
    servers: servers.map(({ unresolved: _, ...given }, index) => ({
      ...given,
      text: given.text ?? `127.0.0.1:${9000 + index}`,
      address: { host: '127.0.0.1', port: 9000 + index },
      weight: given.weight ?? 1,
      maxConns: given.maxConns ?? 0,
      maxFails: given.maxFails ?? 1,
      failTimeoutSeconds: given.failTimeoutSeconds ?? 10,
      backup: given.backup ?? false,
      down: given.down ?? false,
    })),
    method: { name: 'round_robin', key: null, arguments: [], ...method },
    zone: null,
    keepalive: 32,
    keepaliveRequests: 1000,
    keepaliveTimeMs: 3_600_000,
    keepaliveTimeoutMs: 60_000,
  }
}

export const nobody: Asker = { hashKey: () => '', address: () => new Uint8Array(0), stickyId: () => '' }

/** The lease for a selection; null when no peer is to be had. */
export function leased(upstream: Upstream, selection: Selection = upstream.select(nobody)): Lease | null {
  const lease = upstream.lease(selection)
  if (lease instanceof Promise) throw new Error('nothing waits here')
  return isFailure(lease) ? null : lease
}

/** One request: `a` for the first peer, `-` for nobody. */
export function served(upstream: Upstream): string {
  return once(upstream, 'served')
}

export function failed(upstream: Upstream): string {
  return once(upstream, 'failed')
}

function once(upstream: Upstream, outcome: 'served' | 'failed'): string {
  const lease = leased(upstream)
  lease?.end(outcome)
  return letterOf(lease)
}

export function letterOf(lease: Lease | null): string {
  return lease === null ? '-' : String.fromCharCode(97 + lease.peer.index)
}

export function many(count: number, request: () => string): string {
  return Array.from({ length: count }, request).join(' ')
}
