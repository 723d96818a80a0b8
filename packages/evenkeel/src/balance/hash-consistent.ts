/**
 * `hash key consistent`: ketama. Each server text has 160 points a weight on a ring of 2^32, a key goes to the first
 * point after its checksum, so a change of peers moves only the keys of those who changed. Points are bit for bit
 * those of nginx and Cache::Memcached::Fast, so that caches stay warm when one replaces the other.
 */
import { CRC_START, crc32, crcByte, crcEnd, crcText } from './crc32.ts'
import type { PeerTable, Picker, PolicyState } from './policy.ts'
import { MOST_MISSES } from './ranges.ts'
import { Turns } from './turns.ts'

const POINTS_A_WEIGHT = 160

/** What a request remembers. */
const POSITION = 0
const MISSES = 1

export function hashConsistent(peers: PeerTable, state: PolicyState): Picker {
  const turns = new Turns(peers, state)
  const ring = ringOf(peers)
  const candidates = new Int32Array(peers.length)

  return (input, eligible) => {
    const key = input.hashKey()
    if (peers.length < 2 || key === '') return turns.pick(input, eligible)
    const memory = (input.memory ??= [ring.find(crc32(key)), 0])
    while (memory[MISSES]! <= MOST_MISSES) {
      let count = 0
      for (const index of ring.peersAt(memory[POSITION]!)) {
        if (eligible(index)) candidates[count++] = index
      }
      // A text with several addresses: their turn. With one there is nothing to share, and its weight comes out even.
      if (count === 1 && state.lost[candidates[0]!] === 0) return candidates[0]!
      if (count > 0) return turns.among(candidates, count)
      memory[POSITION]!++
      memory[MISSES]!++
    }
    return turns.pick(input, eligible)
  }
}

export class Ring {
  readonly points: Uint32Array
  /** For each point, which text owns it. */
  readonly #texts: Uint32Array
  /** For each text, its peers. */
  readonly #peers: readonly Int32Array[]

  constructor(points: Uint32Array, texts: Uint32Array, peers: readonly Int32Array[]) {
    this.points = points
    this.#texts = texts
    this.#peers = peers
  }

  /** The first point that is not below the value; one past the last if there is none. */
  find(value: number): number {
    let low = 0
    let high = this.points.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.points[middle]! < value) low = middle + 1
      else high = middle
    }
    return low
  }

  peersAt(position: number): Int32Array {
    return this.#peers[this.#texts[position % this.points.length]!]!
  }
}

export function ringOf(peers: PeerTable): Ring {
  const texts = new Map<string, number[]>()
  for (let index = 0; index < peers.length; index++) {
    const same = texts.get(peers.name(index))
    if (same === undefined) texts.set(peers.name(index), [index])
    else same.push(index)
  }
  const groups = [...texts]
  const weightOf = (indices: readonly number[]): number => Math.max(...indices.map(index => peers.weight(index)))

  // Value and owner in one float64 (32 bits, then 21), so that sorting needs no comparison function.
  const OWNERS = 2 ** 21
  const size = groups.reduce((sum, [, indices]) => sum + POINTS_A_WEIGHT * weightOf(indices), 0)
  const sorted = new Float64Array(size)
  let filled = 0
  groups.forEach(([text, indices], owner) => {
    const base = stateOf(text)
    let point = 0
    for (let made = POINTS_A_WEIGHT * weightOf(indices); made > 0; made--) {
      point = nextPoint(base, point)
      sorted[filled++] = point * OWNERS + owner
    }
  })
  sorted.sort()

  const points = new Uint32Array(size)
  const owners = new Uint32Array(size)
  let count = 0
  for (const both of sorted) {
    const point = Math.floor(both / OWNERS)
    if (count > 0 && points[count - 1] === point) continue
    points[count] = point
    owners[count++] = both % OWNERS
  }
  return new Ring(
    points.slice(0, count),
    owners.slice(0, count),
    groups.map(([, indices]) => Int32Array.from(indices)),
  )
}

/** Checksum state over host, a zero byte, and port. */
function stateOf(text: string): number {
  const unix = /^unix:/i.test(text)
  const split = unix ? null : /^(.*):(\d*)$/s.exec(text)
  const host = unix ? text.slice(5) : (split?.[1] ?? text)
  return crcText(crcByte(crcText(CRC_START, host), 0), split?.[2] ?? '')
}

/** The checksum that goes on with the point before, least significant byte first. */
function nextPoint(base: number, before: number): number {
  let state = base
  for (let shift = 0; shift < 32; shift += 8) state = crcByte(state, (before >>> shift) & 0xff)
  return crcEnd(state)
}
