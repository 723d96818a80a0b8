/**
 * Smooth weighted round robin, the step that all methods share.
 *
 * Every candidate gains what it is effectively worth, the one that has most wins and pays what all have gained. A
 * peer that lost weight by failing regains one after it was counted, so it comes back over as many passes as it lost.
 */

/** Chooses among the first `count` candidates, which are in the order of the configuration; -1: there are none. */
export function smoothStep(
  weights: Int32Array,
  current: Int32Array,
  lost: Int32Array,
  candidates: Int32Array,
  count: number,
): number {
  let best = -1
  let most = 0
  let total = 0
  for (let at = 0; at < count; at++) {
    const index = candidates[at]!
    const missing = lost[index]!
    const effective = weights[index]! - missing
    const value = current[index]! + effective
    current[index] = value
    total += effective
    if (missing > 0) lost[index] = missing - 1
    if (best < 0 || value > most) {
      best = index
      most = value
    }
  }
  if (best >= 0) current[best] = most - total
  return best
}

/** Thousandths in which the weight of who comes back is given out. */
const PARTS = 1000

/**
 * The same while somebody comes back and is worth only a part of its weight. Weights are whole numbers, and a peer may
 * weigh 1: what it earns is put by until it makes a whole one.
 */
export function smoothRampStep(
  weights: Int32Array,
  current: Int32Array,
  lost: Int32Array,
  rest: Int32Array,
  candidates: Int32Array,
  count: number,
  ramp: (index: number) => number,
): number {
  let best = -1
  let most = 0
  let total = 0
  for (let at = 0; at < count; at++) {
    const index = candidates[at]!
    const missing = lost[index]!
    const earned = rest[index]! + Math.round((weights[index]! - missing) * PARTS * ramp(index))
    const given = Math.floor(earned / PARTS)
    rest[index] = earned - given * PARTS
    const value = current[index]! + given
    current[index] = value
    total += given
    if (missing > 0) lost[index] = missing - 1
    if (best < 0 || value > most) {
      best = index
      most = value
    }
  }
  if (best >= 0) current[best] = most - total
  return best
}

/** Weights of a table as an array that loops can be fast over. */
export function weightsOf(peers: { readonly length: number; weight(index: number): number }): Int32Array {
  return Int32Array.from({ length: peers.length }, (_, index) => peers.weight(index))
}
