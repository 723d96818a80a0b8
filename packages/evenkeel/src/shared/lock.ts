/**
 * A lock between threads in one word of shared memory.
 *
 * A pass under it takes microseconds, so a waiter spins a little first; then it sleeps, since on fewer cores than
 * threads spinning only keeps the owner from running (measured: 146 ms at worst, against 16 ms). The word holds the
 * owner's number so that the lock of a dead thread can be freed, and one bit saying that somebody sleeps, so that
 * giving it back wakes only when there is somebody to wake.
 */

const SPINS = 100
/** A wake-up can only be missed when an owner died; the timeout bounds what that costs. */
const SLEEP_MS = 5
const WAITED = 1 << 30

/** The bits of a lock's word that hold its owner's number. */
export const OWNER: number = ~WAITED

export class Lock {
  readonly #words: Int32Array
  readonly #at: number
  readonly #owner: number
  #depth = 0

  /** `owner` is 1 or more, and unique to the thread. */
  constructor(words: Int32Array, at: number, owner: number) {
    this.#words = words
    this.#at = at
    this.#owner = owner
  }

  /** May be nested by who holds it. */
  take(): void {
    if (this.#depth++ > 0) return
    if (Atomics.compareExchange(this.#words, this.#at, 0, this.#owner) !== 0) this.#wait()
  }

  give(): void {
    if (--this.#depth > 0) return
    if ((Atomics.exchange(this.#words, this.#at, 0) & WAITED) !== 0) Atomics.notify(this.#words, this.#at, 1)
  }

  #wait(): void {
    const words = this.#words
    const at = this.#at
    for (let spin = 0; spin < SPINS; spin++) {
      if (Atomics.load(words, at) === 0 && Atomics.compareExchange(words, at, 0, this.#owner) === 0) return
    }
    for (;;) {
      const seen = Atomics.load(words, at)
      if (seen === 0) {
        // Who has slept cannot know whether others still do, and says so to be safe.
        if (Atomics.compareExchange(words, at, 0, this.#owner | WAITED) === 0) return
        continue
      }
      const marked = seen | WAITED
      if (seen === marked || Atomics.compareExchange(words, at, seen, marked) === seen) {
        Atomics.wait(words, at, marked, SLEEP_MS)
      }
    }
  }
}

/** Frees the lock if that owner, who has died, holds it. Answers whether it did. */
export function freeDeadLock(words: Int32Array, at: number, owner: number): boolean {
  for (;;) {
    const seen = Atomics.load(words, at)
    if ((seen & OWNER) !== owner) return false
    if (Atomics.compareExchange(words, at, seen, 0) !== seen) continue
    Atomics.notify(words, at)
    return true
  }
}
