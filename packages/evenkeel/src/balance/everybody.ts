/** Looking at everybody, at once where the table knows how, else one by one. */
import type { Eligible, PeerTable } from './policy.ts'

/** Writes who is eligible, in order; answers how many. */
export function gather(length: number, eligible: Eligible, into: Int32Array): number {
  if (eligible.all !== undefined) return eligible.all(into)
  let count = 0
  for (let index = 0; index < length; index++) {
    if (eligible(index)) into[count++] = index
  }
  return count
}

/** Writes how many requests the first `count` candidates have in flight. */
export function inflights(peers: PeerTable, candidates: Int32Array, count: number, into: Float64Array): void {
  if (peers.inflights !== undefined) return peers.inflights(candidates, count, into)
  for (let at = 0; at < count; at++) into[at] = peers.inflight(candidates[at]!)
}

/** What a peer's weight is worth now: less than configured while it comes back. */
export function worth(peers: PeerTable, index: number): number {
  const weight = peers.weight(index)
  return peers.ramping === true ? weight * (peers.ramp?.(index) ?? 1) : weight
}
