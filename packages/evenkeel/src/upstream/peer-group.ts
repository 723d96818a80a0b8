/**
 * An upstream over shared rows: nginx's machinery of primaries, backups, tries and failures.
 *
 * While it is calm (nobody failed, was taken out, can be full) a first attempt is chosen without a lock and without
 * looking at anybody. Everything else goes under the upstream's lock, which also makes max_conns exact over workers:
 * looking, choosing and counting are one step there.
 */
import { backupPolicyOf, policyOf } from '../balance/policies.ts'
import type { Policy } from '../balance/policy.ts'
import { type Failure, failure } from '../exchange/failure.ts'
import type { MethodModel, UpstreamModel } from '../model/model.ts'
import type { UpstreamPlan } from '../model/plan.ts'
import type { ClockCell } from '../shared/clock.ts'
import type { GroupRow } from '../shared/group-row.ts'
import type { Rows } from '../shared/rows.ts'
import { type ListedPeer, PeerList } from './peer-list.ts'
import { Selection } from './selection.ts'
import type { Asker, Lease, LeaseOutcome, Peer, Upstream } from './upstream.ts'

/**
 * The upstream that a plan describes, in this worker. A plan that changed makes another one; leases in flight end on
 * the one that gave them, and both count in the same rows. Throws for a method that `policyOf` refuses: the
 * configuration is checked with it before.
 */
export function createUpstream(
  model: UpstreamModel,
  plan: UpstreamPlan,
  rows: Rows,
  clock: ClockCell,
  random: () => number,
): Upstream {
  return new PeerGroup(model, plan, rows, clock, random)
}

class PeerGroup implements Upstream {
  readonly name: string
  readonly model: UpstreamModel
  readonly peers: readonly Peer[]
  readonly #rows: Rows
  readonly #row: GroupRow
  readonly #clock: ClockCell
  readonly #primaries: PeerList
  readonly #backups: PeerList
  readonly #tries: number
  readonly #single: boolean

  constructor(model: UpstreamModel, plan: UpstreamPlan, rows: Rows, clock: ClockCell, random: () => number) {
    this.name = model.name
    this.model = model
    this.#rows = rows
    this.#clock = clock
    this.#row = rows.group(plan.group, plan.peers.length)

    const listed = plan.peers.map(({ server, name, addresses, row }, index): ListedPeer => {
      return { peer: { index, name, addresses, server: model.servers[server]! }, row }
    })
    this.peers = listed.map(({ peer }) => peer)
    const primaries = listed.filter(({ peer }) => !peer.server.backup)
    const backups = listed.filter(({ peer }) => peer.server.backup)
    this.#single = listed.length === 1 && primaries.length === 1

    const first = this.#row.list('primary', 0, primaries.length)
    const second = this.#row.list('backup', primaries.length, backups.length)
    const method = required(policyOf(model.method), model.method)
    const backupMethod = required(backupPolicyOf(model.method), model.method)
    this.#primaries = new PeerList(primaries, method, rows, first, this.#single, random)
    this.#backups = new PeerList(backups, backupMethod, rows, second, false, random)
    this.#tries = this.#primaries.tries + this.#backups.tries
  }

  select(asker: Asker): Selection {
    return new Selection(asker, this, this.#tries)
  }

  lease(selection: Selection): Lease | Failure {
    if (selection.upstream !== this) selection.restart(this, false)
    const now = this.#clock.seconds
    const calm = this.#row.calm || this.#scan(now)
    const list = selection.onBackups ? this.#backups : this.#primaries
    if (calm && selection.last < 0 && selection.tried === null && !list.limited) {
      selection.undisturbed = true
      const index = list.pick(selection, now)
      if (index >= 0) return this.#begin(list, index, selection)
    }
    return this.#leaseLocked(selection, calm, now)
  }

  /** Ends a lease; see Lease.end. */
  end(list: PeerList, index: number, selection: Selection, outcome: LeaseOutcome): boolean {
    const row = list.row(index)
    this.#rows.end(row)
    if (this.#single) selection.tries = 0
    else if (selection.tries > 0) selection.tries--

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
    // What was abandoned clears failures as what was served does: nginx makes no difference between them.
    if (list.forgives(index)) {
      this.#row.lock()
      if (list.forgives(index)) this.#rows.forgive(row)
      this.#row.unlock()
    }
    return false
  }

  #leaseLocked(selection: Selection, calm: boolean, now: number): Lease | Failure {
    this.#row.lock()
    try {
      if (!this.#single && selection.last >= 0) {
        selection.tried ??= new Uint8Array(Math.max(this.#primaries.length, this.#backups.length))
        selection.tried[selection.last] = 1
      }
      let list = selection.onBackups ? this.#backups : this.#primaries
      selection.undisturbed = calm && selection.tried === null && !list.limited
      let index = list.pick(selection, now)
      if (index < 0 && !selection.onBackups && this.#backups.length > 0) {
        list = this.#backups
        selection.restart(this, true)
        selection.undisturbed = calm && !list.limited
        index = list.pick(selection, now)
      }
      if (index < 0) return failure('no_live_peers')
      list.check(index, now)
      return this.#begin(list, index, selection)
    } finally {
      this.#row.unlock()
    }
  }

  #begin(list: PeerList, index: number, selection: Selection): Lease | Failure {
    const peer = list.peers[index]
    // A policy written by somebody else may answer anything.
    if (peer === undefined) return failure('no_live_peers')
    selection.last = index
    this.#rows.begin(list.row(index))
    return new PeerLease(this, list, index, peer, selection)
  }

  /** Looks at everybody, once a second at most, to see whether trouble is over. */
  #scan(now: number): boolean {
    if (this.#row.scanned === now + 1) return false
    this.#row.lock()
    if (this.#row.scanDue(now) && this.#primaries.isQuiet() && this.#backups.isQuiet()) this.#row.setCalm()
    // Another worker may have scanned while this one waited for the lock.
    const { calm } = this.#row
    this.#row.unlock()
    return calm
  }
}

class PeerLease implements Lease {
  readonly peer: Peer
  readonly #group: PeerGroup
  readonly #list: PeerList
  readonly #index: number
  readonly #selection: Selection
  #ended = false

  constructor(group: PeerGroup, list: PeerList, index: number, peer: Peer, selection: Selection) {
    this.peer = peer
    this.#group = group
    this.#list = list
    this.#index = index
    this.#selection = selection
  }

  end(outcome: LeaseOutcome): boolean {
    if (this.#ended) return false
    this.#ended = true
    return this.#group.end(this.#list, this.#index, this.#selection, outcome)
  }
}

function required(policy: Policy | string, method: MethodModel): Policy {
  if (typeof policy === 'string') throw new TypeError(`cannot balance by "${method.name}": ${policy}`)
  return policy
}
