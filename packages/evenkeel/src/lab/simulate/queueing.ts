/**
 * An upstream on a virtual clock. Who gets a request, who is out after failures, who is tried next is decided by the
 * very upstream that traffic has (upstream/peer-group), over rows and a clock that nobody else looks at; only the servers are a
 * model: each does so many requests at once, the others wait there in the order in which they came.
 */
import type { TimedPolicy } from '../../balance/policy.ts'
import type { UpstreamModel } from '../../model/model.ts'
import type { UpstreamPlan } from '../../model/plan.ts'
import { tiersOf } from '../../model/tiers.ts'
import { TimerWheel } from '../../net/timer-wheel.ts'
import { ClockCell, createClock } from '../../shared/clock.ts'
import { RowRegistry } from '../../shared/registry.ts'
import { createRows, mainColumn, Rows } from '../../shared/rows.ts'
import { createUpstream } from '../../upstream/peer-group.ts'
import type { Selection } from '../../upstream/selection.ts'
import type { Asker, Lease, Upstream } from '../../upstream/upstream.ts'
import { VirtualClock } from '../policy-kit.ts'
import { seeded } from '../../shared/seeded.ts'
import { Flight, Flights } from './flights.ts'
import type { Arriving, Load } from './load.ts'
import { Slots } from './slots.ts'

export interface SimulatedServer {
  /** 1: as fast as the load says; 0.25: takes four times as long. */
  readonly speed: number
  /** Requests it does at once. */
  readonly slots: number
}

/** A time in which a server fails, or is slow. */
export interface SimulatedFault {
  /** Its index. */
  readonly server: number
  readonly fromMs: number
  readonly toMs: number
  /** Left out: it fails. */
  readonly speed?: number
  /** How long a request to it is waited for until it is given up; 0: it refuses. */
  readonly timeoutMs: number
}

export interface Scene {
  /** What it would be queued for, and zones, have no meaning here. */
  readonly upstream: UpstreamModel
  /** One for each server line. */
  readonly servers: readonly SimulatedServer[]
  readonly faults: readonly SimulatedFault[]
  readonly load: Load
  readonly seed: number
  /** In place of the upstream's method; left out: that. */
  readonly policy?: TimedPolicy
  /** Told now and then how many requests have come. */
  readonly progress?: (done: number) => void
}

export interface Outcome {
  /** When each request came, and how long it took; -1: it failed. */
  readonly atMs: Float64Array
  readonly tookMs: Float64Array
  readonly servers: readonly ServerOutcome[]
  /** Attempts after the first. */
  readonly retries: number
  readonly errors: number
  /** Times that a client came to another server than the time before. */
  readonly moved: number
  readonly durationMs: number
}

export interface ServerOutcome {
  readonly requests: number
  readonly failed: number
  /** Of its time, that of all its places together. */
  readonly busy: number
  /** Most requests that it had at a time, waiting ones included. */
  readonly most: number
}

/** Any virtual moment will do, but 0 means "never" in shared rows. */
const START_MS = 1_000_000
const PROGRESS = 50_000

export function runScene(scene: Scene): Outcome {
  return new Running(scene).run()
}

class Running implements Asker {
  readonly #scene: Scene
  readonly #clock = new VirtualClock(START_MS)
  readonly #seconds = new ClockCell(createClock())
  readonly #upstream: Upstream
  readonly #slots: Slots[]
  readonly #flights = new Flights()
  readonly #requests: number[]
  readonly #failed: number[]
  readonly #busyMs: number[]
  readonly #inflight: number[]
  readonly #most: number[]
  /** The server each session had last, and what binds it there. */
  readonly #last: Int32Array
  readonly #bound: (string | undefined)[] = []
  readonly #recovered = new Set<SimulatedFault>()
  #session = 0
  readonly #atMs: number[] = []
  readonly #tookMs: number[] = []
  #retries = 0
  #errors = 0
  #moved = 0

  constructor(scene: Scene) {
    this.#scene = scene
    const { queue: _, subset: __, ...upstream } = scene.upstream
    const none = (): number[] => scene.servers.map(() => 0)
    this.#requests = none()
    this.#failed = none()
    this.#busyMs = none()
    this.#inflight = none()
    this.#most = none()
    this.#slots = scene.servers.map(({ slots }) => new Slots(slots))
    this.#last = new Int32Array(scene.load.sessions).fill(-1)
    const buffer = createRows({ capacity: 4 * scene.servers.length + 8, columns: 1 })
    const plan = planOf(upstream, new RowRegistry(new Rows(buffer, mainColumn)))
    const wheel = new TimerWheel(this.#clock.now)
    this.#upstream = createUpstream(
      upstream,
      plan,
      new Rows(buffer, 0),
      this.#seconds,
      seeded(scene.seed + 1),
      wheel,
      undefined,
      scene.policy ?? null,
    )
    this.#pass(START_MS)
  }

  // === Asker: the request that is being chosen for

  hashKey(): string {
    return this.#scene.load.sessionName(this.#session)
  }

  address(): Uint8Array {
    const number = this.#session
    return Uint8Array.from([10, (number >> 16) & 255, (number >> 8) & 255, number & 255])
  }

  stickyId(): string {
    return this.#bound[this.#session] ?? ''
  }

  run(): Outcome {
    const { load, progress } = this.#scene
    const next = load.begin()
    const arriving: Arriving = { atMs: 0, workMs: 0, session: 0 }
    while (next(arriving)) {
      const nowMs = START_MS + arriving.atMs
      this.#until(nowMs)
      this.#pass(nowMs)
      const request = this.#atMs.push(arriving.atMs) - 1
      this.#tookMs.push(-1)
      this.#session = arriving.session
      this.#try(request, arriving.session, nowMs, arriving.workMs, this.#upstream.select(this))
      if (request % PROGRESS === PROGRESS - 1) progress?.(request + 1)
    }
    this.#until(Infinity)
    const durationMs = Math.max(load.durationMs, this.#clock.nowMs - START_MS, 1)
    return {
      atMs: Float64Array.from(this.#atMs),
      tookMs: Float64Array.from(this.#tookMs),
      servers: this.#scene.servers.map(({ slots }, index) => ({
        requests: this.#requests[index]!,
        failed: this.#failed[index]!,
        busy: this.#busyMs[index]! / (durationMs * slots),
        most: this.#most[index]!,
      })),
      retries: this.#retries,
      errors: this.#errors,
      moved: this.#moved,
      durationMs,
    }
  }

  /** One attempt after the other, as long as they fail at once. */
  #try(request: number, session: number, cameMs: number, workMs: number, selection: Selection): void {
    for (;;) {
      this.#session = session
      const lease = this.#upstream.lease(selection)
      if (lease instanceof Promise || 'code' in lease) {
        this.#errors++
        return
      }
      const nowMs = this.#clock.nowMs
      const { index } = lease.peer
      this.#requests[index]!++
      const fault = this.#faultAt(index, nowMs)
      let endMs = nowMs + (fault?.timeoutMs ?? 0)
      let fails = true
      if (fault === undefined || fault.speed !== undefined) {
        const doneMs = this.#work(index, nowMs, workMs / (fault?.speed ?? 1))
        endMs = Math.min(doneMs, this.#breaksAt(index, nowMs))
        fails = endMs < doneMs
      }
      if (!fails || endMs > nowMs) {
        this.#begin(new Flight(request, session, cameMs, nowMs, endMs, workMs, fails, lease, selection))
        return
      }
      if (!this.#fail(lease, selection, 0)) return
    }
  }

  /** Answers when it would be done. */
  #work(index: number, nowMs: number, workMs: number): number {
    const slots = this.#slots[index]!
    const { faults, servers } = this.#scene
    for (const fault of faults) {
      if (fault.server !== index || fault.speed !== undefined || START_MS + fault.toMs > nowMs) continue
      // It has failed since: what it was at work on is gone.
      if (this.#recovered.has(fault)) continue
      this.#recovered.add(fault)
      slots.clear(nowMs)
    }
    const ownMs = workMs / servers[index]!.speed
    const begunMs = slots.take(nowMs, ownMs)
    this.#busyMs[index]! += ownMs
    return begunMs + ownMs
  }

  #begin(flight: Flight): void {
    const { index } = flight.lease.peer
    const busy = ++this.#inflight[index]!
    if (busy > this.#most[index]!) this.#most[index] = busy
    this.#flights.add(flight)
  }

  /** Everything that ends by then. */
  #until(nowMs: number): void {
    for (let flight = this.#flights.first; flight !== null && flight.endMs <= nowMs; flight = this.#flights.first) {
      this.#flights.removeFirst()
      this.#pass(flight.endMs)
      const { lease, selection, request, session } = flight
      const { index, stickyId } = lease.peer
      this.#inflight[index]!--
      const tookMs = flight.endMs - flight.begunMs
      if (flight.fails) {
        if (this.#fail(lease, selection, tookMs)) this.#try(request, session, flight.cameMs, flight.workMs, selection)
        continue
      }
      lease.responded?.(Math.round(tookMs), 200)
      lease.end('served', Math.round(tookMs))
      this.#tookMs[request] = flight.endMs - flight.cameMs
      if (this.#last[session] !== -1 && this.#last[session] !== index) this.#moved++
      this.#last[session] = index
      if (stickyId !== '') this.#bound[session] = stickyId
    }
  }

  /** Answers whether another server may be tried. */
  #fail(lease: Lease, selection: Selection, tookMs: number): boolean {
    this.#failed[lease.peer.index]!++
    lease.end('failed', Math.round(tookMs))
    if (selection.tries <= 0 || this.#upstream.mayRetry?.() === false) {
      this.#errors++
      return false
    }
    this.#retries++
    return true
  }

  #pass(nowMs: number): void {
    this.#clock.nowMs = nowMs
    const seconds = Math.floor(nowMs / 1000)
    if (seconds !== this.#seconds.seconds) this.#seconds.set(seconds)
  }

  #faultAt(index: number, nowMs: number): SimulatedFault | undefined {
    const sinceMs = nowMs - START_MS
    return this.#scene.faults.find(
      ({ server, fromMs, toMs }) => server === index && fromMs <= sinceMs && sinceMs < toMs,
    )
  }

  /** When what it is doing would be cut off; Infinity: never. */
  #breaksAt(index: number, nowMs: number): number {
    let firstMs = Infinity
    for (const { server, fromMs, speed } of this.#scene.faults) {
      const atMs = START_MS + fromMs
      if (server === index && speed === undefined && atMs > nowMs && atMs < firstMs) firstMs = atMs
    }
    return firstMs
  }
}

function planOf(model: UpstreamModel, registry: RowRegistry): UpstreamPlan {
  const tiers = tiersOf(model.servers, model.preferZone)
  const placed = registry.place(
    1,
    model.name,
    model.servers.map(({ text, weight, backup, down, drain }, index) => ({
      address: text,
      weight,
      backup,
      tier: tiers[index]!,
      down: down || drain === true,
    })),
  )
  if (typeof placed === 'string') throw new TypeError(placed)
  const peers = model.servers.map(({ text }, server) => ({
    server,
    name: text,
    addresses: [{ host: '192.0.2.1', port: 80 }],
    row: placed.rows[server]!,
  }))
  return { name: model.name, epoch: placed.epoch, group: placed.group, peers }
}
