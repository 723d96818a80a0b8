/**
 * Whose turn it is: smooth weighted round robin over all workers, as a method of its own and as what others fall
 * back to.
 *
 * Two ways of going on share the same weights. *Cycling*, the current weights in shared memory stand still as the
 * start of a precomputed cycle, and a pick is one addition to the position. *Stepping*, a pass under the lock does
 * the arithmetic on them. The first pass that is disturbed steps off the cycle where it stands; after a whole cycle of
 * undisturbed passes, with all weight regained, a new cycle begins at the weights as they then are. So the order of
 * choices is the same as if every pick had been a step.
 */
import { type Cycle, cycleFrom, cycleLength } from './cycle.ts'
import { gather } from './everybody.ts'
import type { Eligible, PeerTable, PickInput, PolicyState } from './policy.ts'
import { smoothRampStep, smoothStep, weightsOf } from './smooth.ts'

/** Words of PolicyState. An even era is cycling, an odd one stepping; every change of the two counts it up. */
const POSITION = 0
const ERA = 1
const QUIET = 2

export class Turns {
  readonly #peers: PeerTable
  readonly #state: PolicyState
  readonly #weights: Int32Array
  /** Those who are not down. */
  readonly #live: Int32Array
  readonly #length: number
  readonly #candidates: Int32Array
  #cycle: Cycle | null = null
  #cycleEra = -1

  constructor(peers: PeerTable, state: PolicyState) {
    this.#peers = peers
    this.#state = state
    this.#weights = weightsOf(peers)
    this.#live = Int32Array.from({ length: peers.length }, (_, index) => index).filter(index => !peers.down(index))
    this.#length = cycleLength(this.#weights, this.#live)
    this.#candidates = new Int32Array(peers.length)
  }

  /** The next among the eligible. */
  pick(input: PickInput, eligible: Eligible): number {
    if (input.undisturbed && this.#cycleEra === Atomics.load(this.#state.words, ERA)) return this.#turn(this.#cycle!)
    this.#state.lock()
    try {
      return this.#pickLocked(input, eligible)
    } finally {
      this.#state.unlock()
    }
  }

  /** The next among the first `count` candidates, all eligible, in order. */
  among(candidates: Int32Array, count: number): number {
    this.#state.lock()
    try {
      this.#stepOff()
      this.#state.words[QUIET] = 0
      return this.#step(candidates, count)
    } finally {
      this.#state.unlock()
    }
  }

  /**
   * A request that is bound to a peer takes its place in the order, so that others are sent elsewhere for it. One that
   * has had more than its turn is chosen without that, or it would be out of turn for ever (nginx's limit).
   */
  prefer(index: number, eligible: Eligible): number {
    this.#state.lock()
    try {
      this.#stepOff()
      this.#state.words[QUIET] = 0
      const { current, lost } = this.#state
      const weights = this.#weights
      const others = weights.reduce((sum, weight) => sum + weight, 0) - weights[index]!
      if (current[index]! <= -others) return index
      const candidates = this.#candidates
      return smoothStep(weights, current, lost, candidates, gather(candidates.length, eligible, candidates), index)
    } finally {
      this.#state.unlock()
    }
  }

  #turn(cycle: Cycle): number {
    const position = Atomics.add(this.#state.words, POSITION, 1)
    // Exactly one pick sees the limit itself, and takes the position back for all.
    if (position === cycle.limit) Atomics.sub(this.#state.words, POSITION, cycle.limit)
    return cycle.sequence[position % cycle.sequence.length]!
  }

  #pickLocked(input: PickInput, eligible: Eligible): number {
    const { words } = this.#state
    if (input.undisturbed && this.#length > 0) {
      if ((words[ERA]! & 1) === 1 && ++words[QUIET]! > this.#length) this.#settle()
      const cycle = this.#cycleNow()
      if (cycle !== null) return this.#turn(cycle)
    } else {
      words[QUIET] = 0
    }
    this.#stepOff()
    const candidates = this.#candidates
    return this.#step(candidates, gather(candidates.length, eligible, candidates))
  }

  #step(candidates: Int32Array, count: number): number {
    const peers = this.#peers
    const { current, lost, rest } = this.#state
    if (peers.ramping !== true) return smoothStep(this.#weights, current, lost, candidates, count)
    return smoothRampStep(this.#weights, current, lost, rest, candidates, count, index => peers.ramp?.(index) ?? 1)
  }

  /** The cycle that is going on, which another worker may have begun. */
  #cycleNow(): Cycle | null {
    const era = this.#state.words[ERA]!
    if ((era & 1) === 1) return null
    if (this.#cycleEra !== era) {
      this.#cycle = cycleFrom(this.#weights, this.#live, this.#state.current)
      if (this.#cycle !== null) this.#cycleEra = era
    }
    return this.#cycle
  }

  /** From cycling to stepping: makes the current weights what they are at this position. */
  #stepOff(): void {
    const { words, current } = this.#state
    if ((words[ERA]! & 1) === 1) return
    const cycle = this.#cycleNow()
    // The era first: whoever still turns the cycle after this has to be quicker than one addition to be lost count of.
    Atomics.add(words, ERA, 1)
    words[QUIET] = 0
    cycle?.advance(this.#weights, current, this.#live, Atomics.load(words, POSITION))
  }

  /** From stepping to cycling, if all weight is regained and the weights are such that a cycle returns to them. */
  #settle(): void {
    const { words, current, lost } = this.#state
    words[QUIET] = 0
    if (this.#live.some(index => lost[index] !== 0)) return
    const cycle = cycleFrom(this.#weights, this.#live, current)
    if (cycle === null) return
    Atomics.store(words, POSITION, 0)
    this.#cycle = cycle
    this.#cycleEra = Atomics.add(words, ERA, 1) + 1
  }
}
