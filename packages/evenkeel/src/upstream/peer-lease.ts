/** A place at a peer for one attempt, and what it tells when it is over. */
import type { PeerGroup } from './peer-group.ts'
import type { Measurement } from './measures.ts'
import type { PeerList } from './peer-list.ts'
import type { Selection } from './selection.ts'
import type { Lease, LeaseOutcome, Peer } from './upstream.ts'

export class PeerLease implements Lease {
  readonly peer: Peer
  readonly #group: PeerGroup
  readonly #list: PeerList
  readonly #index: number
  readonly #selection: Selection
  /** null: nobody wants to know how long it takes. */
  readonly #measurement: Measurement | null
  /** Of the answer; 0: none came. */
  status = 0
  headerMs = -1
  #ended = false

  constructor(
    group: PeerGroup,
    list: PeerList,
    index: number,
    peer: Peer,
    selection: Selection,
    measurement: Measurement | null,
  ) {
    this.peer = peer
    this.#group = group
    this.#list = list
    this.#index = index
    this.#selection = selection
    this.#measurement = measurement
  }

  responded(headerMs: number, status: number): void {
    if (this.#ended) return
    this.headerMs = headerMs
    this.status = status
    this.#measurement?.responded(headerMs)
    this.#group.answered(headerMs, status)
  }

  connected(): void {
    if (!this.#ended) this.#group.prove(this.#list, this.#index)
  }

  end(outcome: LeaseOutcome, totalMs = -1): boolean {
    if (this.#ended) return false
    this.#ended = true
    this.#measurement?.end(outcome === 'served', totalMs)
    return this.#group.end(this.#list, this.#index, this.#selection, outcome, this)
  }

  blame(): boolean {
    return this.#group.blame(this.#list, this.#index)
  }
}
