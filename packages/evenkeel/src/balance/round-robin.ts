/** Round robin by weight: nginx's default, and what most other methods fall back to. */
import type { PeerTable, Picker, PolicyState } from './policy.ts'
import { Turns } from './turns.ts'

export function roundRobin(peers: PeerTable, state: PolicyState): Picker {
  const turns = new Turns(peers, state)
  return (input, eligible) => turns.pick(input, eligible)
}
