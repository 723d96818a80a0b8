/**
 * The same client address to the same peer: the first three bytes of IPv4, so that a network stays together, all of
 * IPv6. A miss hashes on from where it stands, over the tries of a request too.
 */
import type { PeerTable, Picker, PolicyState } from './policy.ts'
import { MOST_MISSES, Ranges } from './ranges.ts'
import { Turns } from './turns.ts'

const START = 89
const FACTOR = 113
const MODULUS = 6271
const IPV4_BYTES = 3
/** Clients on Unix sockets have no address, and all go the same way. */
const NO_ADDRESS = new Uint8Array(IPV4_BYTES)

/** What a request remembers. */
const HASH = 0
const MISSES = 1

export function ipHash(peers: PeerTable, state: PolicyState): Picker {
  const turns = new Turns(peers, state)
  const ranges = new Ranges(peers)

  return (input, eligible) => {
    const memory = (input.memory ??= [START, 0])
    if (peers.length < 2 || memory[MISSES]! > MOST_MISSES) return turns.pick(input, eligible)
    const given = input.address()
    const address = given.length === 0 ? NO_ADDRESS : given
    const length = address.length === 16 ? 16 : IPV4_BYTES
    for (;;) {
      let hash = memory[HASH]!
      for (let at = 0; at < length; at++) hash = (hash * FACTOR + address[at]!) % MODULUS
      memory[HASH] = hash
      const index = ranges.find(hash % ranges.total)
      if (eligible(index)) return index
      if (++memory[MISSES]! > MOST_MISSES) return turns.pick(input, eligible)
    }
  }
}
