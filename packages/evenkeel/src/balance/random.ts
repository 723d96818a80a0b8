/** `random`: drawn by weight, or the better of two by their requests in flight or the time they take. */
import { expectedMs, type Until } from './least-time.ts'
import type { PeerTable, Picker, Policy, PolicyState } from './policy.ts'
import { MOST_MISSES, Ranges } from './ranges.ts'
import { Turns } from './turns.ts'
import { betterOfTwo } from './two.ts'

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
  return betterOfTwo(peers, state, draw, index => peers.inflight(index))
}

export function randomTwoByTime(until: Until): Policy {
  return (peers, state, draw) =>
    betterOfTwo(peers, state, draw, index => expectedMs(peers, index, until, false) * (1 + peers.inflight(index)))
}
