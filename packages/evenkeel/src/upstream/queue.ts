/**
 * Requests that wait for a place while all servers that could serve them are at max_conns (`queue`).
 *
 * First come, first served within a worker. Places become free in any worker: a shared word is counted up then, and
 * who waits is woken by it; nobody is handed a place directly, so that a worker with much traffic does not keep all
 * places to itself. Not on the hot path: who does not have to wait never comes here.
 */
import { failure, type Failure } from '../exchange/failure.ts'
import { Deadline, type TimerWheel } from '../net/timer-wheel.ts'
import type { GroupRow } from '../shared/group-row.ts'
import type { Selection } from './selection.ts'
import type { Lease } from './upstream.ts'

/** What is not told by the word (a peer came back, a window ended) is noticed this often. */
const RECHECK_MS = 500

export interface QueueOptions {
  /** Requests that may wait. */
  readonly size: number
  readonly timeoutMs: number
}

/** Tries to lease; null: still nobody has room. */
export type Attempted = (selection: Selection) => Lease | Failure | null

export class Queue {
  readonly #options: QueueOptions
  readonly #wheel: TimerWheel
  readonly #row: GroupRow
  readonly #attempt: Attempted
  readonly #waiting = new Set<Waiter>()
  #watching = false

  constructor(options: QueueOptions, wheel: TimerWheel, row: GroupRow, attempt: Attempted) {
    this.#options = options
    this.#wheel = wheel
    this.#row = row
    this.#attempt = attempt
  }

  get length(): number {
    return this.#waiting.size
  }

  /** Somebody waits who could go to any peer: nobody new may overtake. */
  get blocked(): boolean {
    for (const waiter of this.#waiting) if (waiter.isFresh) return true
    return false
  }

  join(selection: Selection): Promise<Lease | Failure> | Failure {
    if (this.#waiting.size >= this.#options.size) return failure('queue_full')
    const waiter = new Waiter(selection, this.#wheel.touch(), gone => this.#remove(gone))
    this.#waiting.add(waiter)
    selection.waiting = waiter
    this.#wheel.arm(waiter, this.#options.timeoutMs)
    this.#watch()
    return waiter.promise
  }

  #remove(waiter: Waiter): void {
    this.#waiting.delete(waiter)
    this.#wheel.disarm(waiter)
    waiter.selection.waiting = null
    waiter.selection.queuedMs = this.#wheel.touch() - waiter.sinceMs
  }

  /** Gives places to those in front; one that can only go to some peers does not hold up who can go to any. */
  #serve(): void {
    for (const waiter of this.#waiting) {
      const found = this.#attempt(waiter.selection)
      if (found !== null) {
        this.#remove(waiter)
        waiter.resolve(found)
      } else if (waiter.isFresh) return
    }
  }

  #watch(): void {
    if (this.#watching) return
    while (this.#waiting.size > 0) {
      // Read before trying: what becomes free in between ends the wait at once.
      const seen = this.#row.freed
      this.#serve()
      if (this.#waiting.size === 0) return
      const free = this.#row.whenFree(seen, RECHECK_MS)
      if (free === null) continue
      this.#watching = true
      void free.then(() => {
        this.#watching = false
        this.#watch()
      })
      return
    }
  }
}

class Waiter extends Deadline {
  readonly selection: Selection
  readonly sinceMs: number
  readonly promise: Promise<Lease | Failure>
  readonly resolve: (found: Lease | Failure) => void
  readonly #remove: (waiter: Waiter) => void

  constructor(selection: Selection, sinceMs: number, remove: (waiter: Waiter) => void) {
    super()
    this.selection = selection
    this.sinceMs = sinceMs
    this.#remove = remove
    const { promise, resolve } = Promise.withResolvers<Lease | Failure>()
    this.promise = promise
    this.resolve = resolve
  }

  /** It was tried nowhere yet. */
  get isFresh(): boolean {
    return this.selection.last < 0 && this.selection.tried === null
  }

  leave(): void {
    this.#remove(this)
  }

  override expired(): void {
    this.#remove(this)
    this.resolve(failure('queue_timeout'))
  }
}
