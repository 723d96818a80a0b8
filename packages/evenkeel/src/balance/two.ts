/**
 * The better of two drawn by weight, which evens out load without looking at everybody, and without the herd that runs
 * to whoever is best of all.
 */
import type { PeerTable, Picker, PolicyState } from './policy.ts'
import { MOST_MISSES, Ranges } from './ranges.ts'
import { Turns } from './turns.ts'

/** What a request remembers. */
const MISSES = 0

/** `load` of a peer, which is compared by weight: the lower one wins, of equals the one drawn second. */
export function betterOfTwo(
  peers: PeerTable,
  state: PolicyState,
  draw: () => number,
  load: (index: number) => number,
): Picker {
  const turns = new Turns(peers, state)
  const ranges = new Ranges(peers)

  return (input, eligible) => {
    const memory = (input.memory ??= [0])
    let first = -1
    while (peers.length >= 2 && memory[MISSES]! <= MOST_MISSES) {
      const index = ranges.find(Math.floor(draw() * ranges.total))
      if (index === first || !eligible(index)) memory[MISSES]!++
      else if (first < 0) first = index
      else return load(index) * peers.weight(first) > load(first) * peers.weight(index) ? first : index
    }
    return turns.pick(input, eligible)
  }
}
