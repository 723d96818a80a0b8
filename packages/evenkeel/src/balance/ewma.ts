/**
 * `ewma`: the better of two by what an answer costs at a peer (peak EWMA) times the requests it would have.
 *
 * The cost jumps with one slow answer and sinks again as time goes by, so a peer that stalls is left alone sooner than
 * any average would tell; drawing two keeps everybody from running to the same one. As in Finagle.
 */
import type { PeerTable, Picker, PolicyState } from './policy.ts'
import { betterOfTwo } from './two.ts'

/** Expected of a peer that has not answered yet: it gets a request at once, and many only when it has. */
const UNKNOWN_MS = 1000

export function ewma(peers: PeerTable, state: PolicyState, draw: () => number): Picker {
  return betterOfTwo(peers, state, draw, index => {
    const inflight = peers.inflight(index)
    const cost = peers.times?.cost(index) ?? 0
    if (cost > 0) return cost * (1 + inflight)
    return inflight === 0 ? 0 : UNKNOWN_MS * (1 + inflight)
  })
}
