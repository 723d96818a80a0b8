/**
 * One tier of an upstream's peers: what its policy sees of them, and what a failure does to them.
 */
import type { Candidate } from '../exchange/attempt.ts'
import type { AnswerTimes, PeerTable, Picker, PolicyState, TimedPolicy } from '../balance/policy.ts'
import { boundRoundRobin } from '../balance/round-robin.ts'
import type { UpstreamModel } from '../model/model.ts'
import type { GroupRow } from '../shared/group-row.ts'
import type { Rows } from '../shared/rows.ts'
import { PeerTimes } from '../shared/times.ts'
import type { Conduct } from './conduct.ts'
import { Eligibility, type ListedPeer } from './eligibility.ts'
import type { Selection } from './selection.ts'
import type { Peer } from './upstream.ts'

export class PeerList implements PeerTable, AnswerTimes {
  readonly length: number
  readonly peers: readonly Peer[]
  /** Peers that are not down for good: each may be tried once. */
  readonly tries: number
  readonly limited: boolean
  readonly #rows: Rows
  readonly #times: PeerTimes
  readonly #state: PolicyState
  readonly #single: boolean
  readonly #conduct: Conduct | null
  readonly #row: Int32Array
  readonly #weight: Int32Array
  readonly #who: Eligibility
  readonly #picker: Picker
  /** The policy has a place for requests that are bound. */
  readonly #prefers: boolean
  /** By what binds a request to them: the first of equals. */
  readonly #bound = new Map<string, number>()
  #now = 0
  #nowMs = 0

  constructor(
    listed: readonly ListedPeer[],
    policy: TimedPolicy,
    rows: Rows,
    group: GroupRow,
    state: PolicyState,
    single: boolean,
    random: () => number,
    model: UpstreamModel,
    conduct: Conduct | null,
  ) {
    this.length = listed.length
    this.peers = listed.map(({ peer }) => peer)
    this.#rows = rows
    this.#times = new PeerTimes(rows)
    this.#state = state
    this.#single = single
    this.#conduct = conduct
    this.#row = Int32Array.from(listed, ({ row }) => row)
    this.#weight = Int32Array.from(listed, ({ peer }) => peer.server.weight)
    this.#who = new Eligibility(listed, rows, group, single, model)
    this.limited = this.#who.limited
    this.tries = this.#who.down.filter(down => down === 0).length
    this.#picker = policy(this, state, random, () => this.#nowMs)
    this.#prefers = policy === boundRoundRobin
    for (const [index, { stickyId }] of this.peers.entries()) {
      if (stickyId !== '' && !this.#bound.has(stickyId)) this.#bound.set(stickyId, index)
    }
  }

  // === PeerTable and AnswerTimes: what policies ask

  get times(): AnswerTimes {
    return this
  }

  get ramping(): boolean {
    return this.#who.ramping
  }

  weight(index: number): number {
    return this.#weight[index]!
  }

  name(index: number): string {
    return this.peers[index]!.server.text
  }

  down(index: number): boolean {
    return this.#who.down[index] === 1
  }

  inflight(index: number): number {
    return this.#who.inflight(index)
  }

  inflights(candidates: Int32Array, count: number, into: Float64Array): void {
    this.#who.inflights(candidates, count, into)
  }

  ramp(index: number): number {
    return this.#who.ramp(index)
  }

  average(index: number, until: 'header' | 'last_byte'): number {
    return this.#times.average(this.#row[index]!, until)
  }

  windows(index: number): number {
    const age = this.#now - this.#rows.checked(this.#row[index]!)
    const window = this.#who.failTimeout[index]!
    return age > window ? Math.floor(age / (window + 1)) : 0
  }

  sampleWait(index: number): number {
    const row = this.#row[index]!
    const waiting = this.#times.waiting(row, this.#nowMs)
    if (waiting < 0) return 0
    this.#times.observe(row, 'waited', waiting)
    return this.#times.average(row, 'waited')
  }

  cost(index: number): number {
    return this.#times.cost(this.#row[index]!, this.#nowMs)
  }

  // === what the upstream asks

  row(index: number): number {
    return this.#row[index]!
  }

  /** The policy's choice; -1: nobody. `now` in whole seconds; `nowMs` for methods that balance by time. */
  pick(selection: Selection, now: number, nowMs: number): number {
    this.#now = now
    this.#nowMs = nowMs
    this.#who.look(selection.tried, now)
    if (selection.wanted !== '') {
      const bound = this.#bound.get(selection.wanted) ?? -1
      if (bound >= 0 && this.#who.mayGetBound(bound)) return this.#take(bound, selection)
    }
    if (this.#single) return this.#who.eligible(0) ? 0 : -1
    return this.#picker(selection, this.#who.eligible)
  }

  /** In round robin it takes its turn; other methods choose without it. */
  #take(bound: number, selection: Selection): number {
    if (this.#single || !this.#prefers) return bound
    selection.preferred = bound
    selection.undisturbed = false
    const index = this.#picker(selection, this.#who.eligible)
    selection.preferred = -1
    return index
  }

  /** Nobody was picked, and somebody would have been but for max_conns. */
  get full(): boolean {
    return this.#who.full
  }

  /** Who could have been chosen but for `picked`, and why the others could not. `tried`: by the request that chose. */
  candidates(tried: Uint8Array | null, picked: number, now: number): Candidate[] {
    this.#who.look(tried, now)
    return this.peers.map(({ name }, index) => ({
      peer: name,
      skipped: index === picked ? null : this.#who.why(index),
    }))
  }

  /**
   * Chosen while somebody is in trouble: being chosen after a time without failures is what lets a peer prove itself.
   * Answers whether that closes it to others until it has.
   */
  check(index: number, now: number): boolean {
    const row = this.#row[index]!
    if (this.#conduct !== null && this.#conduct.isProbed(row)) return true
    if (now - this.#rows.checked(row) <= this.#who.failTimeout[index]!) return false
    this.#rows.check(row, now)
    return this.#rows.fails(row) > 0
  }

  /** An attempt failed, under the upstream's lock. Answers whether the peer is unavailable by it. */
  fail(index: number, now: number): boolean {
    const maxFails = this.#who.maxFails[index]!
    const weight = this.#weight[index]!
    const fails = this.#rows.fail(this.#row[index]!, now)
    const lost = this.#state.lost[index]! + Math.floor(weight / maxFails)
    this.#state.lost[index] = Math.min(weight, lost)
    return fails >= maxFails
  }

  /** Whether failures of that peer have a meaning. */
  counts(index: number): boolean {
    return this.#who.maxFails[index]! > 0
  }

  /** Whether an attempt that did not fail clears what it has failed before. */
  forgives(index: number): boolean {
    const row = this.#row[index]!
    return this.#rows.fails(row) > 0 && (!this.counts(index) || this.#rows.accessed(row) < this.#rows.checked(row))
  }

  /** Clears its failures; one that was unavailable by them is back. Under the upstream's lock. */
  forgive(index: number, now: number): void {
    const row = this.#row[index]!
    const wasOut = this.counts(index) && this.#rows.fails(row) >= this.#who.maxFails[index]!
    this.#rows.forgive(row)
    if (wasOut && this.#who.slowStartMs[index]! > 0) this.#rows.setSince(row, now)
  }

  /** Nobody has failed, was taken out, or is coming back. Under the upstream's lock. */
  isQuiet(now: number): boolean {
    this.#who.look(null, now)
    for (let index = 0; index < this.length; index++) {
      const row = this.#row[index]!
      if (this.#rows.isQuiet(row)) continue
      this.#conduct?.settle(row, now)
      if (this.#rows.down(row) !== 0 || (this.counts(index) && this.#rows.fails(row) > 0)) return false
      // Nobody has to know any more when it came back.
      if (this.#rows.since(row, now) !== 0 && this.#who.ramp(index) < 1) return false
      this.#rows.setSince(row, 0)
    }
    return true
  }
}
