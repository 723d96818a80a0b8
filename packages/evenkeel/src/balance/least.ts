/**
 * Whoever has least of something for its weight; among equals, their turn.
 *
 * Looking and counting are not one step, so two workers may choose the same peer at the same moment; nginx without a
 * zone would never have seen the other worker's requests at all.
 */
import { gather, worth } from './everybody.ts'
import type { PeerTable, Picker, PolicyState } from './policy.ts'
import { weightsOf } from './smooth.ts'
import { Turns } from './turns.ts'

/** Writes what the first `count` candidates have. */
export type Measure = (candidates: Int32Array, count: number, into: Float64Array) => void

export function leastBy(peers: PeerTable, state: PolicyState, measure: Measure): Picker {
  const turns = new Turns(peers, state)
  const weights = weightsOf(peers)
  const candidates = new Int32Array(peers.length)
  const measured = new Float64Array(peers.length)

  return (_input, eligible) => {
    const count = gather(peers.length, eligible, candidates)
    if (count === 0) return -1
    measure(candidates, count, measured)
    const ramping = peers.ramping === true
    let tied = 0
    let best = 0
    let bestWeight = 0
    for (let at = 0; at < count; at++) {
      const index = candidates[at]!
      const weight = ramping ? worth(peers, index) : weights[index]!
      // have / weight compared without dividing, so that equal is equal
      const left = measured[at]! * bestWeight
      const right = best * weight
      if (tied === 0 || left < right) {
        best = measured[at]!
        bestWeight = weight
        candidates[0] = index
        tied = 1
      } else if (left === right) {
        // Never ahead of what is still to be read.
        candidates[tied++] = index
      }
    }
    // Who is alone does not take a turn.
    return tied === 1 ? candidates[0]! : turns.among(candidates, tied)
  }
}
