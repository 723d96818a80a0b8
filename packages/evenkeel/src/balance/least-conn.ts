/** `least_conn`: the peer with the fewest requests in flight for its weight. */
import { inflights } from './everybody.ts'
import { leastBy } from './least.ts'
import type { PeerTable, Picker, PolicyState } from './policy.ts'

export function leastConn(peers: PeerTable, state: PolicyState): Picker {
  return leastBy(peers, state, (candidates, count, into) => inflights(peers, candidates, count, into))
}
