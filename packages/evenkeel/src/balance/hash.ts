/**
 * `hash key`: the same key to the same peer, by CRC-32 over the weights. Adding a peer moves most keys; see
 * hash-consistent for the other way. A miss adds another checksum, of the number of the try and the key.
 */
import { CRC_START, crcEnd, crcText } from './crc32.ts'
import type { PeerTable, Picker, PolicyState } from './policy.ts'
import { MOST_MISSES, Ranges } from './ranges.ts'
import { Turns } from './turns.ts'

/** What a request remembers. */
const SUM = 0
const ROUND = 1
const MISSES = 2

export function hash(peers: PeerTable, state: PolicyState): Picker {
  const turns = new Turns(peers, state)
  const ranges = new Ranges(peers)

  return (input, eligible) => {
    const key = input.hashKey()
    const memory = (input.memory ??= [0, 0, 0])
    if (peers.length < 2 || key === '' || memory[MISSES]! > MOST_MISSES) return turns.pick(input, eligible)
    for (;;) {
      const round = memory[ROUND]!++
      const prefix = round === 0 ? CRC_START : crcText(CRC_START, String(round))
      memory[SUM]! += (crcEnd(crcText(prefix, key)) >>> 16) & 0x7fff
      const index = ranges.find(memory[SUM]! % ranges.total)
      if (eligible(index)) return index
      if (++memory[MISSES]! > MOST_MISSES) return turns.pick(input, eligible)
    }
  }
}
