/**
 * One list of an upstream's peers, primaries or backups: who of them is eligible, what a failure does to them.
 *
 * The rules are nginx's, over rows that all workers share. Everything a request asks for stands in typed arrays, so
 * that looking at a peer touches no object.
 */
import type { PeerTable, Picker, Policy, PolicyState } from '../balance/policy.ts'
import type { Rows } from '../shared/rows.ts'
import type { Selection } from './selection.ts'
import type { Peer } from './upstream.ts'

/** A peer with what is settled about it. */
export interface ListedPeer {
  readonly peer: Peer
  readonly row: number
}

export class PeerList implements PeerTable {
  readonly length: number
  readonly peers: readonly Peer[]
  /** Peers that are not down for good: each may be tried once. */
  readonly tries: number
  /** Somebody has max_conns: nobody may be chosen without looking. */
  readonly limited: boolean
  readonly #rows: Rows
  readonly #state: PolicyState
  /** The only peer of its upstream: its failures do not count, since there is nobody else to ask. */
  readonly #single: boolean
  readonly #row: Int32Array
  readonly #down: Uint8Array
  readonly #weight: Int32Array
  readonly #maxFails: Int32Array
  readonly #failTimeout: Float64Array
  readonly #maxConns: Float64Array
  readonly #picker: Picker
  /** Bound once, since pickers are given a function. */
  readonly #eligible: (index: number) => boolean
  #tried: Uint8Array | null = null
  #now = 0

  constructor(
    listed: readonly ListedPeer[],
    policy: Policy,
    rows: Rows,
    state: PolicyState,
    single: boolean,
    random: () => number,
  ) {
    const servers = listed.map(({ peer }) => peer.server)
    this.length = listed.length
    this.peers = listed.map(({ peer }) => peer)
    this.#rows = rows
    this.#state = state
    this.#single = single
    this.#row = Int32Array.from(listed, ({ row }) => row)
    this.#down = Uint8Array.from(listed, ({ peer }) => (peer.server.down || peer.addresses.length === 0 ? 1 : 0))
    this.#weight = Int32Array.from(servers, server => server.weight)
    this.#maxFails = Int32Array.from(servers, server => server.maxFails)
    this.#failTimeout = Float64Array.from(servers, server => server.failTimeoutSeconds)
    this.#maxConns = Float64Array.from(servers, server => server.maxConns)
    this.limited = servers.some(server => server.maxConns > 0)
    this.tries = this.#down.filter(down => down === 0).length
    this.#eligible = index => this.#isEligible(index)
    this.#picker = policy(this, state, random)
  }

  weight(index: number): number {
    return this.#weight[index]!
  }

  name(index: number): string {
    return this.peers[index]!.server.text
  }

  down(index: number): boolean {
    return this.#down[index] === 1
  }

  inflight(index: number): number {
    return this.#rows.inflight(this.#row[index]!)
  }

  row(index: number): number {
    return this.#row[index]!
  }

  /** The policy's choice; -1: nobody. */
  pick(selection: Selection, now: number): number {
    this.#tried = selection.tried
    this.#now = now
    if (this.#single) return this.#isEligible(0) ? 0 : -1
    return this.#picker(selection, this.#eligible)
  }

  /** Chosen while somebody is in trouble: being chosen after a time without failures is what lets a peer prove itself. */
  check(index: number, now: number): void {
    const row = this.#row[index]!
    if (now - this.#rows.checked(row) > this.#failTimeout[index]!) this.#rows.check(row, now)
  }

  /** An attempt failed, under the upstream's lock. Answers whether the peer is unavailable by it. */
  fail(index: number, now: number): boolean {
    const maxFails = this.#maxFails[index]!
    const weight = this.#weight[index]!
    const fails = this.#rows.fail(this.#row[index]!, now)
    const lost = this.#state.lost[index]! + Math.floor(weight / maxFails)
    this.#state.lost[index] = Math.min(weight, lost)
    return fails >= maxFails
  }

  /** Whether failures of that peer have a meaning. */
  counts(index: number): boolean {
    return !this.#single && this.#maxFails[index]! > 0
  }

  /** Whether an attempt that did not fail clears what it has failed before. */
  forgives(index: number): boolean {
    const row = this.#row[index]!
    return this.#rows.fails(row) > 0 && (!this.counts(index) || this.#rows.accessed(row) < this.#rows.checked(row))
  }

  /** Nobody has failed or was taken out. */
  isQuiet(): boolean {
    for (let index = 0; index < this.length; index++) {
      const row = this.#row[index]!
      if (this.#rows.isQuiet(row)) continue
      if (this.counts(index) || this.#rows.down(row) !== 0) return false
    }
    return true
  }

  #isEligible(index: number): boolean {
    if (this.#down[index] === 1) return false
    if (this.#tried !== null && this.#tried[index] === 1) return false
    const row = this.#row[index]!
    if (!this.#rows.isQuiet(row) && this.#isOut(index, row)) return false
    const maxConns = this.#maxConns[index]!
    return maxConns === 0 || this.#rows.inflight(row) < maxConns
  }

  /** Taken out, or failed as often as it may within its window. */
  #isOut(index: number, row: number): boolean {
    if (this.#rows.down(row) !== 0) return true
    if (!this.counts(index) || this.#rows.fails(row) < this.#maxFails[index]!) return false
    return this.#now - this.#rows.checked(row) <= this.#failTimeout[index]!
  }
}
