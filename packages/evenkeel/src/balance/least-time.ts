/**
 * `least_time`: the peer that is expected to be done soonest, by how long it takes on average and how much it has to do.
 *
 * Averages are taken in steps of 20 ms, so that peers that are about as quick take turns, and capped, so that peers that
 * are all hopelessly slow are told apart by their requests in flight. What is known of a peer nobody has looked at for
 * long is halved for each window of it, so that a slow one is given another chance. All numbers are nginx's.
 */
import { inflights } from './everybody.ts'
import { leastBy } from './least.ts'
import type { PeerTable, Picker, Policy, PolicyState } from './policy.ts'

const STEP_MS = 20
const MOST_MS = 5000

export type Until = 'header' | 'last_byte'

/** `inflight`: a peer whose unanswered requests wait longer than its average counts as that slow. */
export function leastTime(until: Until, inflight: boolean): Policy {
  return (peers, state) => {
    const pick = leastBy(peers, state, (candidates, count, into) => {
      inflights(peers, candidates, count, into)
      for (let at = 0; at < count; at++) {
        into[at] = expectedMs(peers, candidates[at]!, until, inflight) * (1 + into[at]!)
      }
    })
    return inflight ? locked(pick, state) : pick
  }
}

/** What a peer is expected to take for one request. */
export function expectedMs(peers: PeerTable, index: number, until: Until, inflight: boolean): number {
  const { times } = peers
  if (times === undefined) return STEP_MS
  const windows = times.windows(index)
  let ms = times.average(index, until)
  if (windows > 0) ms = windows > 31 ? 0 : ms >>> windows
  if (inflight) ms = Math.max(ms, times.sampleWait(index))
  return ms > MOST_MS ? MOST_MS : ms + STEP_MS - (ms % STEP_MS)
}

/** Every pick moves the averages of who waits. */
function locked(pick: Picker, state: PolicyState): Picker {
  return (input, eligible) => {
    state.lock()
    try {
      return pick(input, eligible)
    } finally {
      state.unlock()
    }
  }
}
