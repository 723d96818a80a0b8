/**
 * Who the peers of all upstreams are: names asked for, rows given out, health watched, counters made. What changes any of
 * it without a reload ends here: another address behind a name, or servers changed by the API.
 */
import { liveClock, liveMonitor } from '../health/live-monitor.ts'
import type { Monitor } from '../health/monitor.ts'
import type { CheckTls } from '../health/prober.ts'
import type { HttpModel, LogLevel, Model, UpstreamModel } from '../model/model.ts'
import type { UpstreamPlan } from '../model/plan.ts'
import { allUpstreams, planName } from '../model/stream/stream.ts'
import { RowRegistry } from '../shared/registry.ts'
import type { Rows } from '../shared/rows.ts'
import type { Configuration } from '../worker/messages.ts'
import type { Counters } from './status/counters.ts'
import type { Lookup } from './names/name-asking.ts'
import { Names } from './names/names.ts'
import { planUpstreams, type Plans } from './plan.ts'

export interface RosterOptions {
  readonly rows: Rows
  readonly counters: Counters
  readonly lookup: Lookup
  readonly log: (level: LogLevel, text: string) => void
  /** What checks that speak TLS need. */
  readonly tls: CheckTls
  /** A name stands for other addresses. */
  readonly changed: () => void
}

export interface Replanned {
  readonly configuration: Configuration
  /** Plans that workers have to get. */
  readonly plans: readonly UpstreamPlan[]
}

export class Roster {
  readonly monitor: Monitor
  readonly names: Names
  readonly #registry: RowRegistry
  readonly #counters: Counters
  readonly #log: RosterOptions['log']

  constructor({ rows, counters, lookup, log, tls, changed }: RosterOptions) {
    this.#counters = counters
    this.#log = log
    this.#registry = new RowRegistry(rows, row => counters.openPeer(row))
    this.monitor = liveMonitor({ rows, log, tls })
    this.names = new Names({ lookup, clock: liveClock, log: text => log('error', text), changed })
  }

  /** Of a configuration that is about to be made live. */
  plan(http: HttpModel | null, generation: number): Plans {
    return planUpstreams(http, generation, this.#registry, this.names.find)
  }

  /** What has changed since: by names, and by an upstream whose servers were edited. null: nothing. */
  replan(before: Configuration, edited: UpstreamModel | null = null): Replanned | string | null {
    const model = edited === null ? before.model : withUpstream(before.model, edited)
    const all = allUpstreams(model)
    if (edited !== null) this.names.watch(all)
    const { plans, problems } = this.plan(all, before.generation)
    if (edited !== null && problems.length > 0) return problems.join('; ')
    if (edited !== null) this.names.keep(all)
    for (const problem of problems) this.#log('error', problem)
    const epochs = new Map(before.plans.map(({ name, epoch }) => [name, epoch]))
    const changed = plans.filter(({ name, epoch }) => name === edited?.name || epochs.get(name) !== epoch)
    if (changed.length === 0) return null
    const renewed = new Map(changed.map(plan => [plan.name, plan]))
    const whole = before.plans.map(plan => renewed.get(plan.name) ?? plan)
    const configuration = { ...before, model, plans: whole, peerPages: this.#counters.providePages(whole) }
    this.monitor.hold(model, whole)
    return { configuration, plans: changed }
  }

  sweep(oldest: number, newest: number): void {
    this.#registry.sweep(oldest, newest)
  }

  close(): void {
    this.names.close()
    this.monitor.close()
  }
}

/** Those of stream are called otherwise where all upstreams are together. */
function withUpstream(model: Model, edited: UpstreamModel): Model {
  const put = (upstreams: readonly UpstreamModel[], nameOf: (name: string) => string): readonly UpstreamModel[] =>
    upstreams.map(one => (nameOf(one.name) === edited.name ? { ...edited, name: one.name } : one))
  const { http, stream } = model
  return {
    ...model,
    http: http === null ? null : { ...http, upstreams: put(http.upstreams, name => name) },
    ...(stream === undefined ? {} : { stream: { ...stream, upstreams: put(stream.upstreams, planName) } }),
  }
}
