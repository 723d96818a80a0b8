/**
 * What workers share about one upstream: its lock, whether it is calm, and what its policies remember.
 *
 * The lock and the number of troubles belong to the upstream and outlive its changes, since an older and a newer
 * shape of it may be in use at once and hold the same peers. Weights and positions belong to one shape (a list of
 * peers with their weights) and start anew with it.
 */
import { block, blockCells, blockLists, home, type Layout, LINE } from './layout.ts'
import { Lock } from './lock.ts'

export class GroupRow {
  readonly #words: Int32Array
  readonly #block: number
  readonly #home: number
  readonly #cells: number
  readonly #peers: number
  readonly #lock: Lock

  constructor(layout: Layout, index: number, peers: number, owner: number) {
    this.#words = layout.words
    this.#block = layout.block(index)
    this.#home = layout.home(this.#words[this.#block + block.home]!)
    this.#cells = this.#block + blockCells * LINE
    this.#peers = peers
    this.#lock = new Lock(this.#words, this.#home + home.lock, owner)
  }

  lock(): void {
    this.#lock.take()
  }

  unlock(): void {
    this.#lock.give()
  }

  /** Something happened to a peer: nobody is calm before a scan said so. Under the lock. */
  trouble(): void {
    Atomics.add(this.#words, this.#home + home.troubles, 1)
  }

  /** No trouble since a scan found none: what makes an upstream of a thousand peers as cheap as one of three. */
  get calm(): boolean {
    // A scan leaves the number of troubles so far plus one; a fresh block says 0: not scanned.
    const troubles = Atomics.load(this.#words, this.#home + home.troubles)
    return Atomics.load(this.#words, this.#block + block.calm) === ((troubles + 1) | 0)
  }

  /** Whether a scan is due: one a second. Tells others that it is being done. Under the lock. */
  scanDue(now: number): boolean {
    if (this.#words[this.#block + block.scanned] === now + 1) return false
    this.#words[this.#block + block.scanned] = now + 1
    return true
  }

  /** The second of the last scan plus one; read without the lock, to see whether taking it is worth while. */
  get scanned(): number {
    return Atomics.load(this.#words, this.#block + block.scanned)
  }

  /** A scan found no trouble. Under the lock. */
  setCalm(): void {
    const troubles = Atomics.load(this.#words, this.#home + home.troubles)
    Atomics.store(this.#words, this.#block + block.calm, (troubles + 1) | 0)
  }

  /** What the policy of one list remembers; `from` and `length` say which of the group's peers are in it. */
  list(which: 'primary' | 'backup', from: number, length: number): ListRow {
    const line = this.#block + (blockLists + (which === 'primary' ? 0 : 1)) * LINE
    const current = this.#cells + from
    const lost = this.#cells + this.#peers + from
    return new ListRow(
      this.#lock,
      this.#words.subarray(line, line + LINE),
      this.#words.subarray(current, current + length),
      this.#words.subarray(lost, lost + length),
    )
  }
}

/** PolicyState over shared memory. */
export class ListRow {
  readonly #lock: Lock
  readonly words: Int32Array
  readonly current: Int32Array
  readonly lost: Int32Array

  constructor(lock: Lock, words: Int32Array, current: Int32Array, lost: Int32Array) {
    this.#lock = lock
    this.words = words
    this.current = current
    this.lost = lost
  }

  lock(): void {
    this.#lock.take()
  }

  unlock(): void {
    this.#lock.give()
  }
}
