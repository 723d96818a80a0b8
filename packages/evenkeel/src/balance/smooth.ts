/**
 * Smooth weighted round robin, the step that all methods share.
 *
 * Every candidate gains what it is effectively worth, the one that has most wins and pays what all have gained. A
 * peer that lost weight by failing regains one after it was counted, so it comes back over as many passes as it lost.
 */

/**
 * Chooses among the first `count` candidates, which are in the order of the configuration; -1: there are none.
 * `preferred` is taken in any case, if it is one, and pays as any choice does.
 */
export function smoothStep(
  weights: Int32Array,
  current: Int32Array,
  lost: Int32Array,
  candidates: Int32Array,
  count: number,
  preferred = -1,
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
  if (preferred >= 0) {
    current[preferred] = current[preferred]! - total
    return preferred
  }
  if (best >= 0) current[best] = most - total
  return best
}

/** What a weight is divided into while somebody is worth only a part of it. */
const PARTS = 1000

/**
 * The same while somebody comes back and is worth only a part of its weight. Weights are whole numbers, and a peer may
 * weigh 1: current weights are then reckoned in thousandths, of which `rest` keeps what makes no whole one.
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
    const earned = Math.round((weights[index]! - missing) * PARTS * ramp(index))
    const value = current[index]! * PARTS + rest[index]! + earned
    put(current, rest, index, value)
    total += earned
    if (missing > 0) lost[index] = missing - 1
    if (best < 0 || value > most) {
      best = index
      most = value
    }
  }
  if (best >= 0) put(current, rest, best, most - total)
  return best
}

function put(current: Int32Array, rest: Int32Array, index: number, value: number): void {
  const whole = Math.floor(value / PARTS)
  current[index] = whole
  rest[index] = value - whole * PARTS
}

/** Weights of a table as an array that loops can be fast over. */
export function weightsOf(peers: { readonly length: number; weight(index: number): number }): Int32Array {
  return Int32Array.from({ length: peers.length }, (_, index) => peers.weight(index))
}
