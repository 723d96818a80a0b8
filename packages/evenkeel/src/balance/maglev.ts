/**
 * `maglev key`: one look into a table that the peers have filled in turns, each by an order of its own (Google's
 * Maglev). Shares are more even than a ring's and a choice costs the same for any number of peers; when peers change,
 * a few keys more than the necessary move.
 */
import { mix, mixedHash, peerHashes } from './mix.ts'
import type { PeerTable, Picker, PolicyState } from './policy.ts'
import { MOST_MISSES } from './ranges.ts'
import { Turns } from './turns.ts'

/** Primes, so that any step through the table meets every slot. The larger one for more than 655 peers. */
const SIZE = 65_537
const LARGE_SIZE = 655_373
/** Slots a peer, so that no share is off by more than a hundredth of itself. */
const SLOTS_A_PEER = 100
/** Makes a peer's step another number than its offset. */
const STEP_SALT = 0x9e3779b9
/** Mixing leaves 0 as it is. */
const MISS_SALT = 0x7f4a7c15

/** What a request remembers. */
const MISSES = 0

export function maglev(peers: PeerTable, state: PolicyState): Picker {
  const turns = new Turns(peers, state)
  const table = maglevTable(peers)

  return (input, eligible) => {
    const key = input.hashKey()
    if (peers.length < 2 || key === '') return turns.pick(input, eligible)
    const memory = (input.memory ??= [0])
    let hash = mixedHash(key)
    // A look from somewhere else for each miss, so that the keys of one that is out go to all others.
    for (let miss = 0; miss < memory[MISSES]!; miss++) hash = mix(hash + MISS_SALT)
    while (memory[MISSES]! <= MOST_MISSES) {
      const index = table[hash % table.length]!
      if (eligible(index)) return index
      hash = mix(hash + MISS_SALT)
      memory[MISSES]!++
    }
    return turns.pick(input, eligible)
  }
}

export function maglevTable(peers: PeerTable): Int32Array {
  const size = peers.length * SLOTS_A_PEER <= SIZE ? SIZE : LARGE_SIZE
  const table = new Int32Array(size).fill(-1)
  if (peers.length === 0) return table
  const hashes = peerHashes(peers)
  const next = Float64Array.from(hashes, hash => hash % size)
  const step = Float64Array.from(hashes, hash => (mix(hash ^ STEP_SALT) % (size - 1)) + 1)
  let heaviest = 0
  for (let index = 0; index < peers.length; index++) heaviest = Math.max(heaviest, peers.weight(index))
  const earned = new Float64Array(peers.length)

  let filled = 0
  for (;;) {
    for (let index = 0; index < peers.length; index++) {
      // The heaviest fills a slot in every round, others as often as their weight is a part of its.
      earned[index]! += peers.weight(index)
      if (earned[index]! < heaviest) continue
      earned[index]! -= heaviest
      let slot = next[index]!
      while (table[slot] !== -1) slot = (slot + step[index]!) % size
      table[slot] = index
      next[index] = slot
      if (++filled === size) return table
    }
  }
}
