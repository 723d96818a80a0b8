/**
 * Among whom a peer was chosen, told after the choice: who could have been, and why the others could not. It looks at
 * everybody, so it is made where a log shows it, and where nobody was to be had.
 */
import type { Candidate, Choice } from '../exchange/attempt.ts'
import type { PeerList } from './peer-list.ts'

/** `last`: who was chosen of that tier, -1: nobody of any. `tried`: those of it that the request had tried before. */
export function explainChoice(
  tiers: readonly PeerList[],
  last: number,
  tier: number,
  tried: Uint8Array | null,
  now: number,
): Choice {
  const candidates: Candidate[] = []
  let picked = -1
  for (const [index, list] of tiers.entries()) {
    const chosenHere = last >= 0 && index === tier
    if (chosenHere) picked = candidates.length + last
    const found = list.candidates(index === tier ? tried : null, chosenHere ? last : -1, now)
    const spare = last >= 0 && index > tier
    // Who looks in the next tier has been through this one: whoever could have been chosen was tried.
    const past = index < tier
    for (const one of found) {
      const skipped = spare ? 'spare' : past ? (one.skipped ?? 'tried') : one.skipped
      candidates.push({ peer: one.peer, skipped })
    }
  }
  return { candidates, picked }
}
