/**
 * What workers share about one upstream: its lock, whether it is calm, and what its policies remember.
 *
 * The lock and the number of troubles belong to the upstream and outlive its changes, since an older and a newer
 * shape of it may be in use at once and hold the same peers. Weights and positions belong to one shape (a list of
 * peers with their weights) and start anew with it.
 */
import { block, blockListLines, blockLists, home, type Layout, LINE } from './layout.ts'
import { Lock } from './lock.ts'
import { RunningPercentile } from './running-percentile.ts'

/** What is earned in a quiet hour must not all be spent in a bad minute: thousandths of retries that are kept. */
const MOST_EARNED = 100_000
const EARNED_SECONDS = 10

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
    this.#cells = this.#block + (blockLists + blockListLines(peers)) * LINE
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

  /** How often something happened to a peer; wraps. Who is out does not change but with it, or with the second. */
  get troubles(): number {
    return Atomics.load(this.#words, this.#home + home.troubles)
  }

  /** No trouble since a scan found none: what makes an upstream of a thousand peers as cheap as one of three. */
  get calm(): boolean {
    // A scan leaves the number of troubles so far plus one; a fresh block says 0: not scanned.
    return Atomics.load(this.#words, this.#block + block.calm) === ((this.troubles + 1) | 0)
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
    Atomics.store(this.#words, this.#block + block.calm, (this.troubles + 1) | 0)
  }

  /** Whether so many seconds have passed since the last time this said so, which it does once for all. Under the lock. */
  sweepDue(now: number, seconds: number): boolean {
    const at = this.#home + home.swept
    const last = this.#words[at]!
    if (last === 0) this.#words[at] = now
    if (last === 0 || now - last < seconds) return false
    this.#words[at] = now
    return true
  }

  /** A request has begun: so many thousandths of a retry are earned, and `minimum` whole ones with each second. */
  earn(thousandths: number, minimum: number, now: number): void {
    const words = this.#words
    const at = this.#home + home.budget
    const second = Atomics.load(words, this.#home + home.budgetSecond)
    const most = EARNED_SECONDS * 1000 * Math.max(minimum, 1) + MOST_EARNED
    if (Atomics.load(words, at) < most) Atomics.add(words, at, thousandths)
    if (second === now || Atomics.compareExchange(words, this.#home + home.budgetSecond, second, now) !== second) return
    const floor = minimum * 1000
    if (Atomics.load(words, at) < floor) Atomics.store(words, at, floor)
  }

  /** Takes one retry; false: none is left. */
  spend(): boolean {
    const at = this.#home + home.budget
    if (Atomics.sub(this.#words, at, 1000) >= 1000) return true
    Atomics.add(this.#words, at, 1000)
    return false
  }

  /** A retry that was taken is not needed. */
  giveBack(): void {
    Atomics.add(this.#words, this.#home + home.budget, 1000)
  }

  /** Of how long answers take, as all workers see them. */
  percentile(percent: number): RunningPercentile {
    return new RunningPercentile(this.#words, this.#home + home.percentile, percent)
  }

  /** What all workers know of how many requests are well at a time: words for ConcurrencyLimit. */
  get limitWords(): Int32Array {
    return this.#words.subarray(this.#home + home.limit, this.#home + LINE)
  }

  /** A place has become free: wakes who waits for one, in any worker. */
  free(): void {
    Atomics.add(this.#words, this.#home + home.freed, 1)
    Atomics.notify(this.#words, this.#home + home.freed)
  }

  /** Resolves when a place has become free since `seen`, or when the time is up. */
  whenFree(seen: number, timeoutMs: number): Promise<unknown> | null {
    const { async, value } = Atomics.waitAsync(this.#words, this.#home + home.freed, seen, timeoutMs)
    return async ? value : null
  }

  /** How often a place has become free; wraps. */
  get freed(): number {
    return Atomics.load(this.#words, this.#home + home.freed)
  }

  /** What the policy of one list remembers; `from` and `length` say which of the group's peers are in it. */
  list(index: number, from: number, length: number): ListRow {
    const line = this.#block + (blockLists + index) * LINE
    const cells = (kind: number): Int32Array => {
      const at = this.#cells + kind * this.#peers + from
      return this.#words.subarray(at, at + length)
    }
    return new ListRow(this.#lock, this.#words.subarray(line, line + LINE), cells(0), cells(1), cells(2))
  }
}

/** PolicyState over shared memory. */
export class ListRow {
  readonly #lock: Lock
  readonly words: Int32Array
  readonly current: Int32Array
  readonly lost: Int32Array
  readonly rest: Int32Array

  constructor(lock: Lock, words: Int32Array, current: Int32Array, lost: Int32Array, rest: Int32Array) {
    this.#lock = lock
    this.words = words
    this.current = current
    this.lost = lost
    this.rest = rest
  }

  lock(): void {
    this.#lock.take()
  }

  unlock(): void {
    this.#lock.give()
  }
}
