/** The view of the process that runs: read from shared memory and the system when somebody asks. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Monitor } from '../../health/monitor.ts'
import { codeLabel, codeOf } from '../../model/code.ts'
import { lineOf, type PeerPlan } from '../../model/plan.ts'
import type { ServerLine, UpstreamModel } from '../../model/model.ts'
import { planName } from '../../model/stream/stream.ts'
import { statusZonesOf, type StatusZoneKind } from '../../model/status-zones.ts'
import { DownReason, type Rows } from '../../shared/rows.ts'
import { Total, type Totals } from '../../shared/totals.ts'
import type { Configuration } from '../../worker/messages.ts'
import type { Counters } from './counters.ts'
import { Downtimes } from './downtimes.ts'
import { NGINX_VERSION, ownVersion } from '../version.ts'
import { idOf, type PeerState, type PeerView, type ProcessView, type UpstreamView } from './view.ts'
import type { CacheView, CodeView, LimitView, RetiringView, Side, Traffic, View, WorkerView, ZoneView } from './view.ts'

export interface LiveViewParts {
  readonly rows: Rows
  readonly totals: Totals
  readonly counters: Counters
  readonly monitor: Monitor
  readonly current: () => Configuration | null
  readonly workers: () => readonly number[]
  readonly respawned: () => number
  readonly caches: () => readonly Omit<CacheView, 'counts'>[]
  readonly retiring: () => readonly RetiringView[]
}

interface Planned {
  readonly model: UpstreamModel
  readonly peers: readonly PeerPlan[]
}

export class LiveView implements View {
  readonly #parts: LiveViewParts
  readonly #startedMs = Date.now()
  readonly #downtimes = new Downtimes()
  #generation = 0
  #loadedMs = 0

  constructor(parts: LiveViewParts) {
    this.#parts = parts
  }

  /** Each second: how long peers are out is seen by looking. */
  look(): void {
    const nowMs = Date.now()
    const generation = this.#parts.current()?.generation ?? 0
    if (generation !== this.#generation) this.#loadedMs = nowMs
    this.#generation = generation
    const states = new Map<number, PeerState>()
    for (const { peers, model } of [...this.#planned('http'), ...this.#planned('stream')]) {
      for (const peer of peers) states.set(peer.row, this.#state(model, peer, peers.length, nowMs))
    }
    this.#downtimes.look(states, nowMs)
  }

  process(): ProcessView {
    const { user, system } = process.cpuUsage()
    return {
      language: NGINX_VERSION,
      version: ownVersion(),
      node: process.version,
      generation: this.#parts.current()?.generation ?? 0,
      startedMs: this.#startedMs,
      loadedMs: this.#loadedMs,
      nowMs: Date.now(),
      pid: process.pid,
      ppid: process.ppid,
      respawned: this.#parts.respawned(),
      cpuUser: user / 1e6,
      cpuSystem: system / 1e6,
      residentBytes: process.memoryUsage.rss(),
      openFiles: openFiles(),
      mostFiles: mostFiles(),
    }
  }

  workers(): readonly WorkerView[] {
    const { totals } = this.#parts
    return this.#parts.workers().map(index => {
      const of = (name: keyof typeof Total): number => totals.of(index, Total[name])
      return { index, ...traffic(of), lagMs: of('lagMs'), heapUsed: of('heapUsed') }
    })
  }

  retiring(): readonly RetiringView[] {
    return this.#parts.retiring()
  }

  sums(): Traffic {
    return traffic(name => this.#parts.totals.sum(Total[name]))
  }

  zones(kind: StatusZoneKind): readonly ZoneView[] {
    const { servers, locations, streams } = statusZonesOf(this.#parts.current()?.model ?? { http: null })
    return [...(kind === 'server' ? servers : kind === 'location' ? locations : streams)].flatMap(name => {
      const sums = this.#parts.counters.zone(kind, name)
      return sums === null ? [] : [{ name, sums }]
    })
  }

  upstreams(side: Side): readonly UpstreamView[] {
    const nowMs = Date.now()
    return this.#planned(side).map(one => this.#upstream(one, nowMs))
  }

  upstream(side: Side, name: string): UpstreamView | undefined {
    const found = this.#planned(side).find(({ model }) => model.name.toLowerCase() === name.toLowerCase())
    return found === undefined ? undefined : this.#upstream(found, Date.now())
  }

  caches(): readonly CacheView[] {
    const { caches, counters } = this.#parts
    return caches().map(cache => ({ ...cache, counts: counters.tally('cache', cache.zone) ?? [] }))
  }

  limits(kind: 'limit_req' | 'limit_conn'): readonly LimitView[] {
    const zones = this.#parts.current()?.model.http?.limitZones ?? []
    return zones
      .filter(zone => zone.kind === kind)
      .map(({ name }) => ({ zone: name, counts: this.#parts.counters.tally(kind, name) ?? [] }))
  }

  stories(): ReturnType<View['stories']> {
    return this.#parts.counters.stories()
  }

  code(): readonly CodeView[] {
    const current = this.#parts.current()
    return codeOf(current?.model ?? { http: null }).flatMap(({ ref }) => {
      const sums = this.#parts.counters.code(codeLabel(ref))
      return sums === null ? [] : [{ ref, sums }]
    })
  }

  #planned(side: Side): Planned[] {
    const current = this.#parts.current()
    if (current === null) return []
    const plans = new Map(current.plans.map(plan => [plan.name, plan]))
    const upstreams = current.model[side]?.upstreams ?? []
    const nameOf = side === 'http' ? (name: string) => name : planName
    return upstreams.map(model => ({ model, peers: plans.get(nameOf(model.name))?.peers ?? [] }))
  }

  #upstream({ model, peers }: Planned, nowMs: number): UpstreamView {
    return { name: model.name, model, peers: peers.map(peer => this.#peer(model, peer, peers.length, nowMs)) }
  }

  #peer(model: UpstreamModel, peer: PeerPlan, count: number, nowMs: number): PeerView {
    const { rows, counters, monitor } = this.#parts
    const { row } = peer
    const line = lineOf(model, peer)
    return {
      id: idOf(line, peer.server),
      server: peer.name,
      line,
      state: this.#state(model, peer, count, nowMs),
      active: rows.inflight(row),
      requests: rows.requests(row),
      fails: rows.failures(row),
      sums: counters.peer(row),
      health: monitor.report(row),
      ...this.#downtimes.of(row, nowMs),
    }
  }

  #state(model: UpstreamModel, peer: PeerPlan, count: number, nowMs: number): PeerState {
    const { rows, monitor } = this.#parts
    const line = lineOf(model, peer)
    const reasons = rows.down(peer.row)
    if (line.down || peer.addresses.length === 0 || (reasons & DownReason.told) !== 0) return 'down'
    if ((reasons & DownReason.probe) !== 0)
      return monitor.report(peer.row)?.health === 'checking' ? 'checking' : 'unhealthy'
    if (count > 1 && hasFailed(line, rows, peer.row, nowMs)) return 'unavail'
    return line.drain === true || (reasons & DownReason.drain) !== 0 ? 'draining' : 'up'
  }
}

function traffic(of: (name: keyof typeof Total) => number): Traffic {
  return {
    accepted: of('accepted'),
    handled: of('handled'),
    active: of('active'),
    reading: of('reading'),
    writing: of('writing'),
    waiting: of('waiting'),
    requests: of('requests'),
    handshakes: of('handshakes'),
    handshakesFailed: of('handshakesFailed'),
    sessionReuses: of('sessionReuses'),
  }
}

/** As upstream/eligibility decides it: the only peer of an upstream is never out for its failures. */
function hasFailed({ maxFails, failTimeoutSeconds }: ServerLine, rows: Rows, row: number, nowMs: number): boolean {
  if (maxFails === 0 || rows.fails(row) < maxFails) return false
  return Math.floor(nowMs / 1000) - rows.checked(row) <= failTimeoutSeconds
}

function openFiles(): number | null {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return null
  }
}

function mostFiles(): number | null {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))
    return line === null ? null : Number(line[1])
  } catch {
    return null
  }
}
