/**
 * An upstream over shared rows: nginx's machinery of primaries, backups, tries and failures, with any number of tiers.
 *
 * While it is calm (nobody failed, was taken out, can be full) a first attempt is chosen without a lock and without
 * looking at anybody. Everything else goes under the upstream's lock, which also makes max_conns exact over workers:
 * looking, choosing and counting are one step there.
 */
import { backupPolicyOf, measuresOf, policyOf } from '../balance/policies.ts'
import type { TimedPolicy } from '../balance/policy.ts'
import { boundRoundRobin, roundRobin } from '../balance/round-robin.ts'
import { type Failure, failure } from '../exchange/failure.ts'
import type { MethodModel, UpstreamModel } from '../model/model.ts'
import { lineOf, type UpstreamPlan } from '../model/plan.ts'
import { tiersOf } from '../model/tiers.ts'
import { TimerWheel } from '../net/timer-wheel.ts'
import type { ClockCell } from '../shared/clock.ts'
import type { GroupRow } from '../shared/group-row.ts'
import type { Rows } from '../shared/rows.ts'
import { Conduct } from './conduct.ts'
import type { ListedPeer } from './eligibility.ts'
import { Measures } from './measures.ts'
import { PeerLease } from './peer-lease.ts'
import { PeerList } from './peer-list.ts'
import { Queue } from './queue.ts'
import { Selection } from './selection.ts'
import { stickyIdOf } from './sticky.ts'
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
  policy: TimedPolicy | null = null,
): Upstream {
  return new PeerGroup(model, plan, rows, clock, random, wheel, policy)
}

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
  /** null: nobody wants to know how peers behave. */
  readonly #conduct: Conduct | null = null
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
    /** In place of the one that the model names. */
    policy: TimedPolicy | null = null,
  ) {
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
    const { outlier, circuit } = model
    if (!this.#single && (outlier !== undefined || circuit !== undefined)) {
      const all = listed.map(({ row }) => row)
      this.#conduct = new Conduct(outlier ?? null, circuit ?? null, rows, this.#row, all)
    }
    const choose = (one: TimedPolicy | string): TimedPolicy => {
      const found = required(one, model.method)
      return this.#sticky && found === roundRobin ? boundRoundRobin : found
    }
    const method = choose(policy ?? policyOf(model.method))
    const backupMethod = choose(policy ?? backupPolicyOf(model.method))
    let from = 0
    this.#tiers = inTiers(model, listed).map((peers, tier) => {
      const state = this.#row.list(tier, from, peers.length)
      from += peers.length
      const chosen = peers[0]!.peer.server.backup ? backupMethod : method
      return new PeerList(peers, chosen, rows, this.#row, state, this.#single, random, model, this.#conduct)
    })
    this.#tries = this.#tiers.reduce((sum, tier) => sum + tier.tries, 0)

    const { times, cost } = measuresOf(model.method)
    this.#measures = times || cost ? new Measures(model.method, rows, this.#row, wheel) : null
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

  /** Ends a lease; see Lease.end. */
  end(list: PeerList, index: number, selection: Selection, outcome: LeaseOutcome, lease: PeerLease): boolean {
    const row = list.row(index)
    this.#rows.end(row)
    if (this.#single) selection.tries = 0
    else if (selection.tries > 0) selection.tries--
    const unavailable = this.#judge(list, index, row, outcome)
    const ejected = this.#conduct !== null && this.#watch(this.#conduct, row, outcome, lease)
    if (this.#queue !== null) this.#row.free()
    return unavailable || ejected
  }

  /** A failure that was in doubt counts after all. */
  blame(list: PeerList, index: number): boolean {
    return this.#judge(list, index, list.row(index), 'failed')
  }

  #watch(conduct: Conduct, row: number, outcome: LeaseOutcome, { status, headerMs }: PeerLease): boolean {
    if (outcome !== 'failed' && status === 0) {
      // Nothing is known of it, but a probe is over.
      if (conduct.isProbed(row)) this.#row.trouble()
      return false
    }
    return conduct.record(row, outcome !== 'failed' && status < 500, headerMs, this.#clock.seconds)
  }

  #judge(list: PeerList, index: number, row: number, outcome: LeaseOutcome): boolean {
    if (outcome === 'failed') {
      this.#rows.countFailure(row)
      if (list.counts(index)) {
        this.#row.lock()
        const unavailable = list.fail(index, this.#clock.seconds)
        this.#row.trouble()
        this.#row.unlock()
        return unavailable
      }
    }
    if (outcome === 'doubtful') return false
    // What was abandoned clears failures as what was served does: nginx makes no difference between them.
    this.prove(list, index)
    return false
  }

  /** The peer works: what it failed before is forgiven, if it was looked at again since. */
  prove(list: PeerList, index: number): void {
    if (list.forgives(index)) {
      this.#row.lock()
      if (list.forgives(index)) {
        list.forgive(index, this.#clock.seconds)
        this.#row.trouble()
      }
      this.#row.unlock()
    }
  }

  /** null: nobody is to be had, but only since somebody is full. The selection is then as it was. */
  #again(selection: Selection): Lease | Failure | null {
    if (selection.upstream !== this) selection.restart(this, 0)
    const { tier, tried, last, memory } = selection
    const found = this.#lease(selection)
    if (!('code' in found) || !this.#full) return found
    // It may go to what the tiers before have free by then.
    if (selection.tier !== tier) selection.restart(this, tier)
    selection.tried = tried ?? (last >= 0 && !this.#single ? this.#triedOnly(last) : null)
    selection.last = last
    selection.memory = memory
    return null
  }

  #lease(selection: Selection): Lease | Failure {
    if (selection.upstream !== this) selection.restart(this, 0)
    this.#full = false
    const now = this.#clock.seconds
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

  #leaseLocked(selection: Selection, calm: boolean, now: number): Lease | Failure {
    this.#row.lock()
    try {
      if (!this.#single && selection.last >= 0) {
        selection.tried ??= this.#triedOnly(selection.last)
        selection.tried[selection.last] = 1
      }
      const nowMs = this.#nowMs()
      for (let tier = selection.tier; tier < this.#tiers.length; tier++) {
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

/** Peers by the tier of their server lines. */
function inTiers({ preferZone }: UpstreamModel, listed: readonly ListedPeer[]): readonly ListedPeer[][] {
  const tiers = tiersOf(
    listed.map(({ peer }) => peer.server),
    preferZone,
  )
  return Object.values(Object.groupBy(listed, (_, index) => tiers[index]!)).filter(list => list !== undefined)
}

function required(policy: TimedPolicy | string, method: MethodModel): TimedPolicy {
  if (typeof policy === 'string') throw new TypeError(`cannot balance by "${method.name}": ${policy}`)
  return policy
}
