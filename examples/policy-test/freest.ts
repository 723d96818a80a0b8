import type { Picker, Policy } from 'evenkeel'

/** A way of balancing of one's own: the peer with the fewest requests in flight, the first of equals. */
export const freest: Policy = (peers): Picker => {
  return (_request, eligible) => {
    let best = -1
    for (let index = 0; index < peers.length; index++) {
      if (eligible(index) && (best < 0 || peers.inflight(index) < peers.inflight(best))) best = index
    }
    return best
  }
}
