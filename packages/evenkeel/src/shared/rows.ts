/**
 * What all workers know of each peer: requests in flight, failures, whether it is down.
 *
 * What a worker holds or has done stands in its own column, which it alone writes; sums are read. So nothing is lost
 * when workers count at once, and a dead worker's requests in flight vanish with its column. Failures are few and are
 * written under the lock of their upstream (GroupRow). Reads are plain ones: the lock orders them where order matters,
 * and an atomic load is a call that costs more than all else when a thousand peers are looked at.
 */
import { GroupRow } from './group-row.ts'
import { head, home, JUST_BACK, Layout, peer, tally } from './layout.ts'
import { freeDeadLock, Lock } from './lock.ts'

/** The main thread has no column to count in; this stands in for it as an owner of locks. */
export const mainColumn = 0xfffe

/** Why a peer is down beyond what its configuration says; several may hold at once. */
export const DownReason = { told: 1, probe: 2, drain: 4, outlier: 8, circuit: 16 } as const
export type DownReason = (typeof DownReason)[keyof typeof DownReason]

export interface RowsSize {
  /** Peers there may be, over all upstreams and the generations still alive. */
  readonly capacity?: number
  /** Workers there may ever be at once. */
  readonly columns: number
}

/** Reserving is cheap: only rows in use take memory. */
export function createRows(size: RowsSize): SharedArrayBuffer {
  const capacity = size.capacity ?? 65_536
  const buffer = new SharedArrayBuffer(Layout.bytes(capacity, size.columns))
  const words = new Int32Array(buffer)
  words[head.capacity] = capacity
  words[head.columns] = size.columns
  return buffer
}

export class Rows {
  readonly column: number
  /** Offsets for the other views of this folder and the registry. */
  readonly layout: Layout
  readonly #words: Int32Array
  readonly #floats: Float64Array

  constructor(buffer: SharedArrayBuffer, column: number) {
    this.column = column
    this.layout = new Layout(buffer)
    this.#words = this.layout.words
    this.#floats = this.layout.floats
    if (column < this.layout.columns) raise(this.#words, head.columnsUsed, column + 1)
  }

  /** Columns that workers have had so far. */
  get columns(): number {
    return this.#used()
  }

  get capacity(): number {
    return this.layout.capacity
  }

  /** One lease at the peer begins, in this worker. */
  begin(row: number): void {
    const at = this.layout.tally(this.column, row)
    this.#words[at + tally.inflight]!++
    this.#floats[(at + tally.requests) >> 1]!++
  }

  end(row: number): void {
    this.#words[this.layout.tally(this.column, row) + tally.inflight]!--
  }

  /** One more for the total of failures; what a failure means for the peer is `fail`. */
  countFailure(row: number): void {
    this.#words[this.layout.tally(this.column, row) + tally.failures]!++
  }

  inflight(row: number): number {
    const columns = this.#words[head.columnsUsed]!
    let sum = 0
    for (let column = 0; column < columns; column++) {
      sum += this.#words[this.layout.tally(column, row) + tally.inflight]!
    }
    return sum
  }

  /** Leases ever begun. */
  requests(row: number): number {
    let sum = 0
    for (let column = 0; column < this.#used(); column++) {
      sum += this.#floats[(this.layout.tally(column, row) + tally.requests) >> 1]!
    }
    return sum
  }

  /** Leases that failed. */
  failures(row: number): number {
    let sum = 0
    for (let column = 0; column < this.#used(); column++) {
      sum += this.#words[this.layout.tally(column, row) + tally.failures]! >>> 0
    }
    return sum
  }

  /** Failures that count now. */
  fails(row: number): number {
    return this.#words[this.layout.peer(row) + peer.fails]!
  }

  /** Nothing has failed that counts now, nothing but its configuration keeps the peer out, and it did not just return. */
  isQuiet(row: number): boolean {
    const at = this.layout.peer(row)
    return (this.#words[at + peer.fails]! | this.#words[at + peer.down]! | this.#words[at + peer.since]!) === 0
  }

  /** The second in which it came back, which is `now` for who sees it first; 0: not lately. Under the upstream's lock. */
  since(row: number, now: number): number {
    const at = this.layout.peer(row) + peer.since
    if (this.#words[at] === JUST_BACK) this.#words[at] = now
    return this.#words[at]!
  }

  /** It came back now, or (0) long ago. Under the upstream's lock. */
  setSince(row: number, now: number): void {
    this.#words[this.layout.peer(row) + peer.since] = now
  }

  /** Second of the last failure. */
  accessed(row: number): number {
    return this.#words[this.layout.peer(row) + peer.accessed]!
  }

  /** Second of the last failure, or of the last time it was chosen after a time without any. */
  checked(row: number): number {
    return this.#words[this.layout.peer(row) + peer.checked]!
  }

  /** Under the upstream's lock, as are the next two. Answers how many count now. */
  fail(row: number, now: number): number {
    const at = this.layout.peer(row)
    this.#words[at + peer.accessed] = now
    this.#words[at + peer.checked] = now
    return Atomics.add(this.#words, at + peer.fails, 1) + 1
  }

  check(row: number, now: number): void {
    this.#words[this.layout.peer(row) + peer.checked] = now
  }

  forgive(row: number): void {
    Atomics.store(this.#words, this.layout.peer(row) + peer.fails, 0)
  }

  /** Whether anything but its configuration keeps the peer out: bits of DownReason. */
  down(row: number): number {
    return this.#words[this.layout.peer(row) + peer.down]!
  }

  /** Takes a peer out, or lets it in again; seen by the next choice in every worker. */
  setDown(row: number, reason: DownReason, on: boolean): void {
    const at = this.layout.peer(row)
    const upstream = this.layout.home(this.#words[at + peer.home]!)
    const lock = new Lock(this.#words, upstream + home.lock, this.column + 1)
    lock.take()
    if (on) Atomics.or(this.#words, at + peer.down, reason)
    else if (Atomics.and(this.#words, at + peer.down, ~reason) === reason) this.#words[at + peer.since] = JUST_BACK
    Atomics.add(this.#words, upstream + home.troubles, 1)
    lock.give()
  }

  /** The same by who holds the upstream's lock, and tells of the trouble. */
  putDown(row: number, reason: DownReason, on: boolean, now: number): void {
    const at = this.layout.peer(row)
    if (on) Atomics.or(this.#words, at + peer.down, reason)
    else if (Atomics.and(this.#words, at + peer.down, ~reason) === reason) this.#words[at + peer.since] = now
  }

  /** The shared state of a group with that many peers. */
  group(index: number, peers: number): GroupRow {
    return new GroupRow(this.layout, index, peers, this.column + 1)
  }

  /** A worker died: what it held in flight is gone. Before another one takes its column. */
  clearColumn(column: number): void {
    for (let row = 0; row < this.#words[head.peersUsed]!; row++) {
      const at = this.layout.tally(column, row) + tally.inflight
      if (this.#words[at] !== 0) this.#words[at] = 0
      this.layout.clearWaits(column, row)
    }
  }

  /** Frees the locks that a dead worker held. Answers how many. */
  freeDead(column: number): number {
    let freed = 0
    for (let index = 0; index < this.#words[head.homesUsed]!; index++) {
      if (freeDeadLock(this.#words, this.layout.home(index) + home.lock, column + 1)) freed++
    }
    return freed
  }

  #used(): number {
    return this.#words[head.columnsUsed]!
  }
}

/** Makes a word at least that. */
function raise(words: Int32Array, at: number, value: number): void {
  for (;;) {
    const seen = Atomics.load(words, at)
    if (seen >= value || Atomics.compareExchange(words, at, seen, value) === seen) return
  }
}
