/**
 * `hash key consistent bounded=c`: consistent hashing with bounded loads (Mirrokni and others, 2016). Nobody has more
 * than c times its share of all requests in flight; what would be more goes on along the ring. So keys stay where their
 * cache is warm until one of them gets too popular for a single server.
 */
import { crc32 } from './crc32.ts'
import { gather, inflights } from './everybody.ts'
import { ringOf } from './hash-consistent.ts'
import type { Policy } from './policy.ts'
import { Turns } from './turns.ts'

/** `factor` is more than 1: how far above its share a peer may get. */
export function hashBounded(factor: number): Policy {
  return (peers, state) => {
    const turns = new Turns(peers, state)
    const ring = ringOf(peers)
    const candidates = new Int32Array(peers.length)
    const busy = new Float64Array(peers.length)
    /** How many more requests each may take; 0 for those who may not be chosen. */
    const room = new Float64Array(peers.length)

    return (input, eligible) => {
      const key = input.hashKey()
      if (peers.length < 2 || key === '') return turns.pick(input, eligible)
      const count = gather(peers.length, eligible, candidates)
      if (count === 0) return -1
      inflights(peers, candidates, count, busy)
      // Shares are of those who can be chosen: together they always have room for one more.
      let total = 1
      let weight = 0
      for (let at = 0; at < count; at++) {
        total += busy[at]!
        weight += peers.weight(candidates[at]!)
      }
      room.fill(0)
      for (let at = 0; at < count; at++) {
        const index = candidates[at]!
        room[index] = Math.ceil((factor * total * peers.weight(index)) / weight) - busy[at]!
      }
      const from = ring.find(crc32(key))
      for (let step = 0; step < ring.points.length; step++) {
        let best = -1
        // A text with several addresses: whoever has most room.
        for (const index of ring.peersAt(from + step)) {
          if (room[index]! > 0 && (best < 0 || room[index]! > room[best]!)) best = index
        }
        if (best >= 0) return best
      }
      return turns.pick(input, eligible)
    }
  }
}
