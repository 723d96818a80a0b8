/** Drawn by weight; with `two`, the less busy of two that differ, which evens out load without looking at everybody. */
import type { PeerTable, Picker, PolicyState } from './policy.ts'
import { MOST_MISSES, Ranges } from './ranges.ts'
import { Turns } from './turns.ts'

/** What a request remembers. */
const MISSES = 0

export function random(peers: PeerTable, state: PolicyState, draw: () => number): Picker {
  const turns = new Turns(peers, state)
  const ranges = new Ranges(peers)

  return (input, eligible) => {
    const memory = (input.memory ??= [0])
    while (peers.length >= 2 && memory[MISSES]! <= MOST_MISSES) {
      const index = ranges.find(Math.floor(draw() * ranges.total))
      if (eligible(index)) return index
      memory[MISSES]!++
    }
    return turns.pick(input, eligible)
  }
}

export function randomTwo(peers: PeerTable, state: PolicyState, draw: () => number): Picker {
  const turns = new Turns(peers, state)
  const ranges = new Ranges(peers)

  return (input, eligible) => {
    const memory = (input.memory ??= [0])
    let first = -1
    while (peers.length >= 2 && memory[MISSES]! <= MOST_MISSES) {
      const index = ranges.find(Math.floor(draw() * ranges.total))
      if (index === first || !eligible(index)) {
        memory[MISSES]!++
      } else if (first < 0) {
        first = index
      } else {
        const busier = peers.inflight(index) * peers.weight(first) > peers.inflight(first) * peers.weight(index)
        return busier ? first : index
      }
    }
    return turns.pick(input, eligible)
  }
}
