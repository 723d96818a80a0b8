/**
 * Who of a list may be chosen now: not down, not tried by this request, not failing, not full. The rules are nginx's,
 * over rows that all workers share.
 *
 * Who is out changes seldom, and never without the upstream's count of troubles or the second changing: the answer for
 * everybody is kept until then, and read from the shared words themselves. So a pass over a thousand peers, of whom one
 * has failed, looks at nobody again.
 */
import type { Skipped } from '../exchange/attempt.ts'
import type { Eligible } from '../balance/policy.ts'
import type { GroupRow } from '../shared/group-row.ts'
import type { UpstreamModel } from '../model/model.ts'
import { conduct, JUST_BACK, peer, tally } from '../shared/layout.ts'
import { DownReason, type Rows } from '../shared/rows.ts'
import type { Peer } from './upstream.ts'

/** A peer with what is settled about it. */
export interface ListedPeer {
  readonly peer: Peer
  readonly row: number
}

export class Eligibility {
  readonly length: number
  /** Somebody has max_conns: nobody may be chosen without looking. */
  readonly limited: boolean
  /** For pickers. */
  readonly eligible: Eligible
  /** Down for good, or draining. */
  readonly down: Uint8Array
  readonly slowStartMs: Float64Array
  /** 0: failures have no meaning. */
  readonly maxFails: Int32Array
  readonly failTimeout: Float64Array
  /** Somebody who may be chosen is worth less than its weight; told by the last look at everybody. */
  ramping = false
  readonly #group: GroupRow
  /** Who was not out when the count of troubles and the second were these, and whether some of them come back. */
  readonly #up: Int32Array
  #upCount = 0
  #upTroubles = -1
  #upNow = -1
  #upRamping = false
  readonly #listed: readonly ListedPeer[]
  readonly #words: Int32Array
  readonly #rows: Rows
  /** Where each peer's row, and its tally in the first column, begin. */
  readonly #at: Int32Array
  readonly #tallyAt: Int32Array
  readonly #stride: number
  readonly #maxConns: Float64Array
  readonly #conductAt: Int32Array
  /** Attempts at a time while a circuit is half open. */
  readonly #probes: number
  /** While a smaller share than this is fit, everybody is taken as fit: better some that fail than all on the few. */
  readonly #panicShare: number
  #panic = false
  /** Down for good: not even for who is bound to it. */
  readonly #gone: Uint8Array
  #tried: Uint8Array | null = null
  #now = 0

  /** `single`: the only peer of its upstream. Its failures do not count, since there is nobody else to ask. */
  constructor(
    listed: readonly ListedPeer[],
    rows: Rows,
    group: GroupRow,
    single: boolean,
    passive: Pick<UpstreamModel, 'panicThreshold' | 'circuit'> = {},
  ) {
    const servers = listed.map(({ peer: { server } }) => server)
    const { layout } = rows
    this.length = listed.length
    this.#listed = listed
    this.#panicShare = (passive.panicThreshold ?? 0) / 100
    this.#probes = passive.circuit?.probes ?? 1
    this.#conductAt = Int32Array.from(listed, ({ row }) => layout.conduct(row))
    this.#words = layout.words
    this.#rows = rows
    this.#group = group
    this.#up = new Int32Array(listed.length)
    this.#stride = layout.tallyStride
    this.#at = Int32Array.from(listed, ({ row }) => layout.peer(row))
    this.#tallyAt = Int32Array.from(listed, ({ row }) => layout.tally(0, row) + tally.inflight)
    this.down = Uint8Array.from(listed, ({ peer: { server, addresses } }) =>
      server.down || server.drain === true || addresses.length === 0 ? 1 : 0,
    )
    this.#gone = Uint8Array.from(listed, ({ peer: { server, addresses } }) =>
      server.down || addresses.length === 0 ? 1 : 0,
    )
    this.maxFails = Int32Array.from(servers, server => (single ? 0 : server.maxFails))
    this.failTimeout = Float64Array.from(servers, server => server.failTimeoutSeconds)
    this.slowStartMs = Float64Array.from(servers, server => (single ? 0 : (server.slowStartMs ?? 0)))
    this.#maxConns = Float64Array.from(servers, server => server.maxConns)
    this.limited = servers.some(server => server.maxConns > 0)
    this.eligible = Object.assign((index: number) => this.#mayGet(index) && !this.#isFull(index), {
      all: (into: Int32Array) => this.#all(into),
    })
  }

  /** For whom the next answers are: `now` in whole seconds. */
  look(tried: Uint8Array | null, now: number): void {
    this.#tried = tried
    this.#now = now
    this.ramping = false
    if (this.#panicShare > 0) this.#refresh()
  }

  /** For a request that is bound to it: draining is no reason. */
  mayGetBound(index: number): boolean {
    if (this.#gone[index] !== 0 || (this.#tried !== null && this.#tried[index] !== 0)) return false
    return !this.#isOut(index, this.#at[index]!, ~DownReason.drain) && !this.#isFull(index)
  }

  /** Why the peer may not be chosen, for people; null: it may. After a look. */
  why(index: number): Skipped | null {
    const { server, addresses } = this.#listed[index]!.peer
    if (server.down) return 'down'
    if (addresses.length === 0) return 'unresolved'
    if (server.drain === true) return 'draining'
    if (this.#tried !== null && this.#tried[index] !== 0) return 'tried'
    const at = this.#at[index]!
    if (!this.#isOut(index, at)) return this.#isFull(index) ? 'full' : null
    const down = this.#words[at + peer.down]!
    if ((down & DownReason.told) !== 0) return 'down'
    if ((down & DownReason.drain) !== 0) return 'draining'
    if ((down & DownReason.probe) !== 0) return 'unhealthy'
    if ((down & DownReason.outlier) !== 0 && this.#isKept(index, DownReason.outlier)) return 'ejected'
    return down !== 0 && this.#isKept(index, down) ? 'circuit_open' : 'failed'
  }

  /** Somebody would be eligible but for max_conns. After a look at everybody in vain. */
  get full(): boolean {
    for (let index = 0; this.limited && index < this.length; index++) if (this.#mayGet(index)) return true
    return false
  }

  /** How much of its weight a peer is worth, 0 to 1. */
  ramp(index: number): number {
    const since = this.#words[this.#at[index]! + peer.since]!
    const whole = this.slowStartMs[index]!
    if (since === 0 || whole === 0) return 1
    if (since === JUST_BACK) return 0
    // The clock tells seconds: on average it is half of one later.
    return Math.min(1, ((this.#now - since) * 1000 + 500) / whole)
  }

  inflight(index: number): number {
    const columns = this.#rows.columns
    let at = this.#tallyAt[index]!
    let sum = 0
    for (let column = 0; column < columns; column++, at += this.#stride) sum += this.#words[at]!
    return sum
  }

  inflights(candidates: Int32Array, count: number, into: Float64Array): void {
    const words = this.#words
    const tallyAt = this.#tallyAt
    const columns = this.#rows.columns
    for (let one = 0; one < count; one++) into[one] = words[tallyAt[candidates[one]!]!]!
    for (let column = 1; column < columns; column++) {
      const offset = column * this.#stride
      for (let one = 0; one < count; one++) into[one]! += words[tallyAt[candidates[one]!]! + offset]!
    }
  }

  #all(into: Int32Array): number {
    this.#refresh()
    this.ramping = this.#upRamping
    const up = this.#up
    const tried = this.#tried
    if (tried === null && !this.limited) {
      into.set(up)
      return this.#upCount
    }
    let count = 0
    for (let at = 0; at < this.#upCount; at++) {
      const index = up[at]!
      if ((tried === null || tried[index] === 0) && !this.#isFull(index)) into[count++] = index
    }
    return count
  }

  #refresh(): void {
    const troubles = this.#group.troubles
    if (troubles === this.#upTroubles && this.#now === this.#upNow) return
    this.#panic = false
    this.#lookUp(troubles)
    if (this.#upCount >= this.#panicShare * this.length) return
    this.#panic = true
    this.#lookUp(troubles)
  }

  #lookUp(troubles: number): void {
    const words = this.#words
    let count = 0
    this.#upRamping = false
    for (let index = 0; index < this.length; index++) {
      if (this.down[index] !== 0) continue
      const at = this.#at[index]!
      if ((words[at + peer.fails]! | words[at + peer.down]!) !== 0 && this.#isOut(index, at)) continue
      if (words[at + peer.since] !== 0 && this.slowStartMs[index]! > 0) {
        if (words[at + peer.since] === JUST_BACK) words[at + peer.since] = this.#now
        this.#upRamping = true
      }
      this.#up[count++] = index
    }
    this.#upCount = count
    this.#upTroubles = troubles
    this.#upNow = this.#now
  }

  #mayGet(index: number): boolean {
    if (this.down[index] !== 0 || (this.#tried !== null && this.#tried[index] !== 0)) return false
    const at = this.#at[index]!
    return (this.#words[at + peer.fails]! | this.#words[at + peer.down]!) === 0 || !this.#isOut(index, at)
  }

  #isFull(index: number): boolean {
    const maxConns = this.#maxConns[index]!
    return maxConns !== 0 && this.inflight(index) >= maxConns
  }

  /** Some reasons end by themselves: an ejection with its time, an open circuit by letting probes through. */
  #isKept(index: number, down: number): boolean {
    if ((down & ~(DownReason.outlier | DownReason.circuit)) !== 0) return true
    const at = this.#conductAt[index]!
    if ((down & DownReason.outlier) !== 0 && this.#now < this.#words[at + conduct.until]!) return true
    if ((down & DownReason.circuit) === 0) return false
    return this.#now < this.#words[at + conduct.open]! || this.inflight(index) >= this.#probes
  }

  /** Taken out, or failed as often as it may within its window. */
  #isOut(index: number, at: number, reasons = -1): boolean {
    const down = this.#words[at + peer.down]! & reasons
    if (this.#panic) return (down & (DownReason.told | DownReason.drain)) !== 0
    if (down !== 0 && this.#isKept(index, down)) return true
    const maxFails = this.maxFails[index]!
    if (maxFails === 0 || this.#words[at + peer.fails]! < maxFails) return false
    return this.#now - this.#words[at + peer.checked]! <= this.failTimeout[index]!
  }
}
