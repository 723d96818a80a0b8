/**
 * A policy of the user with a net under it: whatever it throws or chooses, somebody who may be chosen is, and no lock is
 * left held. What falls takes turns, in this worker alone: the shared words are the policy's, and may say anything.
 */
import type { PolicyState, TimedPolicy } from '../../balance/policy.ts'
import { roundRobin } from '../../balance/round-robin.ts'
import type { CodeUnit } from '../../exchange/code.ts'

export function codePolicy(unit: CodeUnit): TimedPolicy {
  return (peers, state, random, now) => {
    const locks = new CountedLocks(state)
    const inTurn = roundRobin(peers, new OwnState(peers.length))
    const picker = build(unit, () => (unit.code as TimedPolicy)(peers, locks, random, now))
    locks.release()
    if (picker === null) return inTurn
    return (input, eligible) => {
      const entered = unit.enter()
      try {
        const index = picker(input, eligible)
        if (index === -1 || (Number.isInteger(index) && index >= 0 && index < peers.length && eligible(index)))
          return index
        unit.failed(new RangeError(`it chose ${String(index)}, which is nobody who may be chosen`))
      } catch (error) {
        unit.failed(error)
      } finally {
        unit.leave(entered)
        locks.release()
      }
      return inTurn(input, eligible)
    }
  }
}

function build<T>(unit: CodeUnit, make: () => T): T | null {
  const entered = unit.enter()
  try {
    const picker = make()
    if (typeof picker === 'function') return picker
    unit.failed(new TypeError(`it makes no picker but ${typeof picker}`))
  } catch (error) {
    unit.failed(error)
  } finally {
    unit.leave(entered)
  }
  return null
}

class CountedLocks implements PolicyState {
  readonly words: Int32Array
  readonly current: Int32Array
  readonly lost: Int32Array
  readonly rest: Int32Array
  readonly #state: PolicyState
  #held = 0

  constructor(state: PolicyState) {
    this.#state = state
    this.words = state.words
    this.current = state.current
    this.lost = state.lost
    this.rest = state.rest
  }

  lock(): void {
    this.#state.lock()
    this.#held++
  }

  /** More often than it was locked: somebody else holds what it would open. */
  unlock(): void {
    if (this.#held === 0) return
    this.#held--
    this.#state.unlock()
  }

  release(): void {
    while (this.#held > 0) this.unlock()
  }
}

class OwnState implements PolicyState {
  readonly words: Int32Array = new Int32Array(16)
  readonly current: Int32Array
  readonly lost: Int32Array
  readonly rest: Int32Array

  constructor(length: number) {
    this.current = new Int32Array(length)
    this.lost = new Int32Array(length)
    this.rest = new Int32Array(length)
  }

  lock(): void {}

  unlock(): void {}
}
