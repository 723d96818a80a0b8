/** Round robin by weight: nginx's default, and what most other methods fall back to. */
import type { PeerTable, Picker, PolicyState } from './policy.ts'
import { Turns } from './turns.ts'

export function roundRobin(peers: PeerTable, state: PolicyState): Picker {
  const turns = new Turns(peers, state)
  return (input, eligible) => turns.pick(input, eligible)
}

/** The same for an upstream whose requests may be bound to a peer. */
export function boundRoundRobin(peers: PeerTable, state: PolicyState): Picker {
  const turns = new Turns(peers, state)
  return (input, eligible) => {
    const { preferred = -1 } = input
    return preferred >= 0 ? turns.prefer(preferred, eligible) : turns.pick(input, eligible)
  }
}
