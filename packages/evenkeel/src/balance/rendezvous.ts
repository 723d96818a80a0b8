/**
 * `rendezvous key`: every peer draws a number from the key and itself, the highest wins (highest random weight). Shares
 * are exact by weight, and of a change nobody but the changed one's keys move; it looks at every peer for that.
 */
import { gather } from './everybody.ts'
import { mix, mixedHash, peerHashes } from './mix.ts'
import type { PeerTable, Picker, PolicyState } from './policy.ts'
import { weightsOf } from './smooth.ts'
import { Turns } from './turns.ts'

export function rendezvous(peers: PeerTable, state: PolicyState): Picker {
  const turns = new Turns(peers, state)
  const weights = weightsOf(peers)
  const hashes = peerHashes(peers)
  const equal = weights.every(weight => weight === weights[0])
  const candidates = new Int32Array(peers.length)

  return (input, eligible) => {
    const key = input.hashKey()
    if (peers.length < 2 || key === '') return turns.pick(input, eligible)
    const count = gather(peers.length, eligible, candidates)
    const hash = mixedHash(key)
    let best = -1
    let most = -Infinity
    for (let at = 0; at < count; at++) {
      const index = candidates[at]!
      const drawn = mix(hash ^ hashes[index]!)
      // -weight / ln(u) makes the chance of being highest proportional to weight; equal ones need no logarithm.
      const score = equal ? drawn : -weights[index]! / Math.log((drawn + 0.5) / 2 ** 32)
      if (score <= most) continue
      most = score
      best = index
    }
    return best
  }
}
