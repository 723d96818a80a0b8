/**
 * `first`: fills one server up to its max_conns before the next is used, in the order written. What is not needed stays
 * idle and may be turned off; without max_conns everything goes to the first that is up.
 */
import type { PeerTable, Picker } from './policy.ts'

export function first(peers: PeerTable): Picker {
  return (_input, eligible) => {
    for (let index = 0; index < peers.length; index++) if (eligible(index)) return index
    return -1
  }
}
