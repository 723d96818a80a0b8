/**
 * The upstreams of one runtime with their idle connections, by name.
 *
 * A change of peers makes another Upstream in the same place; connections already kept stay, since they are kept by
 * address and an address that is gone is never asked for again.
 */
import type { Exchange } from '../exchange/exchange.ts'
import type { HttpModel, UpstreamModel } from '../model/model.ts'
import type { UpstreamPlan } from '../model/plan.ts'
import type { TimerWheel } from '../net/timer-wheel.ts'
import type { OriginConnection } from '../proxy/http1/origin-connection.ts'
import type { Captured } from '../route/pattern.ts'
import { noScope, type TextOf } from '../route/ports.ts'
import { compileTemplate } from '../route/template.ts'
import type { VariableTable } from '../route/variables/variable-table.ts'
import type { ClockCell } from '../shared/clock.ts'
import type { Rows } from '../shared/rows.ts'
import { createUpstream } from '../upstream/peer-group.ts'
import { Pool } from '../upstream/pool.ts'
import type { Sticky } from '../upstream/sticky.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { codePolicy } from './code/code-policy.ts'
import { noCode, type CodeUnits } from './code/code-units.ts'

export interface LiveUpstream<Subject = Exchange> {
  /** Replaced when its peers change: read it for each request. */
  current: Upstream
  /** Its servers may change as well. */
  model: UpstreamModel
  /** null: it keeps no connections. */
  readonly pool: Pool<OriginConnection> | null
  hashKey(exchange: Subject): string
  /** null: requests are bound to nobody. */
  readonly sticky: Sticky | null
}

export class Upstreams<Subject extends Captured = Exchange> {
  readonly #live = new Map<string, LiveUpstream<Subject>>()
  readonly #rows: Rows
  readonly #clock: ClockCell
  readonly #wheel: TimerWheel
  readonly #wants: { readonly choices: boolean }
  /** What plans call an upstream: those of http and stream may have the same names. */
  readonly #planNameOf: (name: string) => string
  readonly #code: CodeUnits

  constructor(
    http: Pick<HttpModel, 'upstreams'>,
    plans: readonly UpstreamPlan[],
    table: VariableTable<Subject>,
    rows: Rows,
    clock: ClockCell,
    wheel: TimerWheel,
    stickyOf: (model: UpstreamModel) => Sticky | null,
    planNameOf: (name: string) => string = name => name,
    code: CodeUnits = noCode,
  ) {
    this.#code = code
    this.#planNameOf = planNameOf
    this.#wants = table.wants
    this.#rows = rows
    this.#wheel = wheel
    this.#clock = clock
    for (const model of http.upstreams) {
      const plan = plans.find(found => found.name === planNameOf(model.name))
      if (plan !== undefined) this.#live.set(model.name.toLowerCase(), this.#open(model, plan, table, stickyOf(model)))
    }
  }

  /** Names compare caselessly, as in nginx. */
  get(name: string): LiveUpstream<Subject> | undefined {
    return this.#live.get(name.toLowerCase())
  }

  replan(plan: UpstreamPlan, model?: UpstreamModel): void {
    for (const live of this.#live.values()) {
      if (this.#planNameOf(live.model.name) !== plan.name) continue
      // Its name is its own: those of stream are called otherwise in plans.
      if (model !== undefined) live.model = { ...model, name: live.model.name }
      live.current = this.#create(live.model, plan)
    }
  }

  /** Each connection to a client serves one request more at most: kept ones are hardly of use, and may be to ourselves. */
  retire(): void {
    for (const live of this.#live.values()) live.pool?.retire()
  }

  #open(
    model: UpstreamModel,
    plan: UpstreamPlan,
    table: VariableTable<Subject>,
    sticky: Sticky | null,
  ): LiveUpstream<Subject> {
    const key: TextOf<Subject> = model.method.key === null ? nothing : compileTemplate(model.method.key, table, noScope)
    return {
      current: this.#create(model, plan),
      model,
      pool: model.keepalive > 0 ? new Pool<OriginConnection>(model.keepalive) : null,
      hashKey: key,
      sticky,
    }
  }

  #create(model: UpstreamModel, plan: UpstreamPlan): Upstream {
    const { code } = model.method
    const policy = code === undefined ? null : codePolicy(this.#code(code))
    return createUpstream(model, plan, this.#rows, this.#clock, Math.random, this.#wheel, this.#wants, policy)
  }
}

function nothing(): string {
  return ''
}
