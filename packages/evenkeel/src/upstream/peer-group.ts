/**
 * An upstream over shared rows: nginx's machinery of primaries, backups, tries and failures, with any number of tiers.
 *
 * While it is calm (nobody failed, was taken out, can be full) a first attempt is chosen without a lock and without
 * looking at anybody. Everything else goes under the upstream's lock, which also makes max_conns exact over workers:
 * looking, choosing and counting are one step there.
 */
import { measuresOf } from '../balance/policies.ts'
import type { TimedPolicy } from '../balance/policy.ts'
import type { Choice } from '../exchange/attempt.ts'
import { type Failure, failure } from '../exchange/failure.ts'
import type { UpstreamModel } from '../model/model.ts'
import { lineOf, type UpstreamPlan } from '../model/plan.ts'
import { TimerWheel } from '../net/timer-wheel.ts'
import type { ClockCell } from '../shared/clock.ts'
import type { GroupRow } from '../shared/group-row.ts'
import type { Rows } from '../shared/rows.ts'
import { explainChoice } from './choice.ts'
import { ConcurrencyLimit } from './concurrency-limit.ts'
import { Conduct } from './conduct.ts'
import type { ListedPeer } from './eligibility.ts'
import { PeerHedging } from './hedging.ts'
import { Measures } from './measures.ts'
import { PeerLease } from './peer-lease.ts'
import { PeerList } from './peer-list.ts'
import { Queue } from './queue.ts'
import { Selection } from './selection.ts'
import { stickyIdOf } from './sticky.ts'
import { tierLists } from './tier-lists.ts'
import { Verdicts } from './verdicts.ts'
import type { Asker, Lease, LeaseOutcome, Peer, Upstream } from './upstream.ts'

/**
 * The upstream that a plan describes, in this worker. A plan that changed makes another one; leases in flight end on
 * the one that gave them, and both count in the same rows. Throws for a method that `policyOf` refuses: the
 * configuration is checked with it before. The wheel's clock has to be the same in all workers, as Date.now is.
 */
export function createUpstream(
  model: UpstreamModel,
  plan: UpstreamPlan,
  rows: Rows,
  clock: ClockCell,
  random: () => number,
  wheel: TimerWheel = new TimerWheel(Date.now),
  wants: Wants = nothing,
  policy: TimedPolicy | null = null,
): Upstream {
  return new PeerGroup(model, plan, rows, clock, random, wheel, wants, policy)
}

interface Wants {
  readonly choices: boolean
}

const nothing: Wants = { choices: false }

export class PeerGroup implements Upstream {
  readonly name: string
  readonly model: UpstreamModel
  readonly peers: readonly Peer[]
  readonly #rows: Rows
  readonly #row: GroupRow
  readonly #clock: ClockCell
  readonly #wheel: TimerWheel
  readonly #tiers: readonly PeerList[]
  readonly #measures: Measures | null
  readonly #queue: Queue | null
  readonly #verdicts: Verdicts
  readonly hedging: PeerHedging | null
  /** null: as many requests as come. */
  readonly #concurrency: ConcurrencyLimit | null
  readonly #wants: Wants
  readonly #tries: number
  readonly #single: boolean
  readonly #sticky: boolean
  /** The last look in vain found somebody who was only full. */
  #full = false

  constructor(
    model: UpstreamModel,
    plan: UpstreamPlan,
    rows: Rows,
    clock: ClockCell,
    random: () => number,
    wheel: TimerWheel,
    wants: Wants,
    /** In place of the one that the model names. */
    policy: TimedPolicy | null = null,
  ) {
    this.#wants = wants
    this.name = model.name
    this.model = model
    this.#rows = rows
    this.#clock = clock
    this.#wheel = wheel
    this.#row = rows.group(plan.group, plan.peers.length)

    const listed = plan.peers.map((planned, index): ListedPeer => {
      const { name, addresses, row } = planned
      const server = lineOf(model, planned)
      const stickyId = model.sticky === undefined ? '' : stickyIdOf(server, name)
      return { peer: { index, name, addresses, server, stickyId, row }, row }
    })
    this.peers = listed.map(({ peer }) => peer)
    this.#single = listed.length === 1 && !listed[0]!.peer.server.backup
    this.#sticky = model.sticky !== undefined
    const { outlier, circuit, concurrency } = model
    const all = listed.map(({ row }) => row)
    this.#concurrency = concurrency === undefined ? null : new ConcurrencyLimit(concurrency, this.#row, rows, all)
    const watched = !this.#single && (outlier !== undefined || circuit !== undefined)
    const conduct = watched ? new Conduct(outlier ?? null, circuit ?? null, rows, this.#row, all) : null
    this.#verdicts = new Verdicts(rows, this.#row, clock, conduct)
    this.#tiers = tierLists(
      model,
      listed,
      (peers, chosen, state) => {
        return new PeerList(peers, chosen, rows, this.#row, state, this.#single, random, model, conduct)
      },
      this.#row,
      policy,
    )
    this.#tries = this.#tiers.reduce((sum, tier) => sum + tier.tries, 0)

    const { times, cost } = measuresOf(model.method)
    this.#measures = times || cost ? new Measures(model.method, rows, this.#row, wheel) : null
    const hedges = model.hedge !== undefined && !this.#single
    this.hedging = hedges ? new PeerHedging(model.hedge, this.#row, one => this.#beside(one)) : null
    this.#queue = model.queue === undefined ? null : new Queue(model.queue, wheel, this.#row, one => this.#again(one))
  }

  select(asker: Asker): Selection {
    const { retryBudget } = this.model
    if (retryBudget !== undefined) this.#row.earn(retryBudget.percent * 10, retryBudget.minimum, this.#clock.seconds)
    return new Selection(asker, this, this.#tries)
  }

  lease(selection: Selection): Lease | Failure | Promise<Lease | Failure> {
    const queue = this.#queue
    if (queue === null) return this.#lease(selection)
    selection.queuedMs = -1
    if (queue.length > 0 && queue.blocked) return queue.join(selection)
    return this.#again(selection) ?? queue.join(selection)
  }

  mayRetry(): boolean {
    return this.model.retryBudget === undefined || this.#row.spend()
  }

  /** The head of an answer came. */
  answered(headerMs: number, status: number): void {
    if (this.hedging !== null) this.hedging.observe(headerMs)
    // An error is quick for another reason.
    if (this.#concurrency !== null && status < 500) {
      this.#concurrency.observe(headerMs, this.#wheel.touch(), this.#clock.seconds)
    }
  }

  get explains(): boolean {
    return this.#wants.choices
  }

  explain(selection: Selection, chosen: boolean): Choice {
    const { tier, tried, last } = selection
    const picked = chosen && selection.upstream === this ? last : -1
    return explainChoice(this.#tiers, picked, tier, tried, this.#clock.seconds)
  }

  /** Ends a lease; see Lease.end. */
  end(list: PeerList, index: number, selection: Selection, outcome: LeaseOutcome, lease: PeerLease): boolean {
    const row = list.row(index)
    this.#rows.end(row)
    if (this.#single) selection.tries = 0
    else if (selection.tries > 0) selection.tries--
    const unavailable = this.#verdicts.judge(list, index, outcome)
    const ejected = this.#verdicts.watch(row, outcome, lease)
    if (this.#queue !== null) this.#row.free()
    return unavailable || ejected
  }

  /** The peer works. */
  prove(list: PeerList, index: number): void {
    this.#verdicts.prove(list, index)
  }

  /** A failure that was in doubt counts after all. */
  blame(list: PeerList, index: number): boolean {
    return this.#verdicts.judge(list, index, 'failed')
  }

  /** null: nobody is to be had, but only since somebody is full. The selection is then as it was. */
  #again(selection: Selection): Lease | Failure | null {
    if (selection.upstream !== this) selection.restart(this, 0)
    const { tier, tried, last, memory } = selection
    const found = this.#lease(selection)
    if (!('code' in found) || !this.#full) return found
    // It may go to what the tiers before have free by then.
    this.#restore(selection, tier, tried, last, memory)
    return null
  }

  /** A place while another one is held: only in the same tier, and never against what binds the request. */
  #beside(selection: Selection): Lease | null {
    if (selection.upstream !== this || selection.wanted !== '' || this.#concurrency?.full === true) return null
    const { tier, tried, last, memory } = selection
    const found = this.#leaseLocked(selection, false, this.#clock.seconds, tier)
    if (!('code' in found)) return found
    this.#restore(selection, tier, tried, last, memory)
    return null
  }

  #restore(selection: Selection, tier: number, tried: Uint8Array | null, last: number, memory: number[] | null): void {
    if (selection.tier !== tier) selection.restart(this, tier)
    selection.tried = tried ?? (last >= 0 && !this.#single ? this.#triedOnly(last) : null)
    selection.last = last
    selection.memory = memory
  }

  #lease(selection: Selection): Lease | Failure {
    if (selection.upstream !== this) selection.restart(this, 0)
    this.#full = false
    const now = this.#clock.seconds
    if (this.#concurrency !== null && selection.last < 0 && selection.tried === null && this.#concurrency.full) {
      this.#full = true
      return failure('concurrency_limited')
    }
    if (this.#sticky) selection.bind()
    const calm = this.#row.calm || this.#scan(now)
    const list = this.#tiers[selection.tier]
    if (
      calm &&
      selection.last < 0 &&
      selection.tried === null &&
      list !== undefined &&
      !list.limited &&
      selection.wanted === ''
    ) {
      selection.undisturbed = true
      const index = list.pick(selection, now, this.#nowMs())
      if (index >= 0) return this.#begin(list, index, selection, now)
    }
    return this.#leaseLocked(selection, calm, now)
  }

  #leaseLocked(selection: Selection, calm: boolean, now: number, lastTier = this.#tiers.length - 1): Lease | Failure {
    this.#row.lock()
    try {
      if (!this.#single && selection.last >= 0) {
        selection.tried ??= this.#triedOnly(selection.last)
        selection.tried[selection.last] = 1
      }
      const nowMs = this.#nowMs()
      for (let tier = selection.tier; tier <= lastTier; tier++) {
        const list = this.#tiers[tier]!
        if (tier > selection.tier) selection.restart(this, tier)
        selection.undisturbed = calm && selection.tried === null && !list.limited
        const index = list.pick(selection, now, nowMs)
        if (index >= 0) {
          if (list.check(index, now)) this.#row.trouble()
          return this.#begin(list, index, selection, now)
        }
        if (this.#queue !== null && list.full) this.#full = true
      }
      return failure('no_live_peers')
    } finally {
      this.#row.unlock()
    }
  }

  #begin(list: PeerList, index: number, selection: Selection, now: number): Lease | Failure {
    const peer = list.peers[index]
    // A policy written by somebody else may answer anything.
    if (peer === undefined) return failure('no_live_peers')
    selection.last = index
    const row = list.row(index)
    this.#rows.begin(row)
    if (this.#measures === null) return new PeerLease(this, list, index, peer, selection, null)
    // How old its averages are counts from here.
    list.check(index, now)
    return new PeerLease(this, list, index, peer, selection, this.#measures.begin(row))
  }

  /** Milliseconds, where somebody asks for them. */
  #nowMs(): number {
    return this.#measures === null ? 0 : this.#wheel.touch()
  }

  #triedOnly(index: number): Uint8Array {
    const tried = new Uint8Array(this.#tiers.reduce((most, tier) => Math.max(most, tier.length), 0))
    tried[index] = 1
    return tried
  }

  /** Looks at everybody, once a second at most, to see whether trouble is over. */
  #scan(now: number): boolean {
    if (this.#row.scanned === now + 1) return false
    this.#row.lock()
    if (this.#row.scanDue(now) && this.#tiers.every(tier => tier.isQuiet(now))) this.#row.setCalm()
    // Another worker may have scanned while this one waited for the lock.
    const { calm } = this.#row
    this.#row.unlock()
    return calm
  }
}
