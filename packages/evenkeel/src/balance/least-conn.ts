/**
 * The peer with the fewest requests in flight for its weight; among equals, their turn.
 *
 * Looking and counting are not one step, so two workers may choose the same peer at the same moment; nginx without a
 * zone would never have seen the other worker's requests at all.
 */
import type { PeerTable, Picker, PolicyState } from './policy.ts'
import { weightsOf } from './smooth.ts'
import { Turns } from './turns.ts'

export function leastConn(peers: PeerTable, state: PolicyState): Picker {
  const turns = new Turns(peers, state)
  const weights = weightsOf(peers)
  const tied = new Int32Array(peers.length)

  return (_input, eligible) => {
    let count = 0
    let bestLoad = 0
    let bestWeight = 0
    for (let index = 0; index < weights.length; index++) {
      if (!eligible(index)) continue
      const load = peers.inflight(index)
      const weight = weights[index]!
      // load / weight compared without dividing, so that equal is equal
      const left = load * bestWeight
      const right = bestLoad * weight
      if (count === 0 || left < right) {
        bestLoad = load
        bestWeight = weight
        tied[0] = index
        count = 1
      } else if (left === right) {
        tied[count++] = index
      }
    }
    if (count === 0) return -1
    // Who is alone does not take a turn.
    return count === 1 ? tied[0]! : turns.among(tied, count)
  }
}
