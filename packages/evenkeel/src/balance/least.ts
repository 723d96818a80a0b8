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
  const fixed = weightsOf(peers)
  const equal = fixed.every(weight => weight === fixed[0])
  const weights = new Float64Array(peers.length)
  const candidates = new Int32Array(peers.length)
  const measured = new Float64Array(peers.length)

  return (_input, eligible) => {
    const count = gather(peers.length, eligible, candidates)
    if (count === 0) return -1
    measure(candidates, count, measured)
    const ramping = peers.ramping === true
    let tied: number
    if (equal && !ramping) tied = keepLeast(candidates, measured, count)
    else {
      for (let at = 0; at < count; at++) {
        weights[at] = ramping ? worth(peers, candidates[at]!) : fixed[candidates[at]!]!
      }
      tied = keepLeastByWeight(candidates, measured, weights, count)
    }
    // Who is alone does not take a turn.
    return tied === 1 ? candidates[0]! : turns.among(candidates, tied)
  }
}

/** Moves those who have least to the front, in order; answers how many they are. */
function keepLeast(candidates: Int32Array, measured: Float64Array, count: number): number {
  let best = measured[0]!
  for (let at = 1; at < count; at++) if (measured[at]! < best) best = measured[at]!
  let tied = 0
  for (let at = 0; at < count; at++) if (measured[at] === best) candidates[tied++] = candidates[at]!
  return tied
}

function keepLeastByWeight(
  candidates: Int32Array,
  measured: Float64Array,
  weights: Float64Array,
  count: number,
): number {
  let best = measured[0]!
  let weight = weights[0]!
  let tied = 1
  for (let at = 1; at < count; at++) {
    // have / weight compared without dividing, so that equal is equal
    const left = measured[at]! * weight
    const right = best * weights[at]!
    if (left > right) continue
    if (left < right) {
      best = measured[at]!
      weight = weights[at]!
      tied = 0
    }
    // Never ahead of what is still to be read.
    candidates[tied++] = candidates[at]!
  }
  return tied
}
