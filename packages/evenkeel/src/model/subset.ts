/**
 * Which servers of a large group one balancer of many uses: so many connections less, and still all servers get the same
 * (deterministic subsetting, Site Reliability Engineering, chapter 20).
 *
 * Balancers are numbered. So many of them as there are whole subsets deal the servers out among themselves, shuffled in
 * an order of their round, and the next so many deal them out in another one.
 */

export interface SubsetModel {
  readonly size: number
  /** This balancer's number among its like; null: made from the name of the machine, which is even only on average. */
  readonly index: number | null
}

/** The chosen of `names`, by their places in it, in order. */
export function subsetOf(names: readonly string[], size: number, index: number): number[] {
  if (names.length <= size) return names.map((_, at) => at)
  const subsets = Math.floor(names.length / size)
  const round = Math.floor(index / subsets)
  // By name: every balancer has to shuffle the same list, however its configuration or its DNS orders it.
  const order = names.map((_, at) => at).toSorted((a, b) => (names[a]! < names[b]! ? -1 : 1))
  const random = randomFrom(round + 1)
  for (let last = order.length - 1; last > 0; last--) {
    const other = random() % (last + 1)
    ;[order[last], order[other]] = [order[other]!, order[last]!]
  }
  const from = (index % subsets) * size
  return order.slice(from, from + size).toSorted((a, b) => a - b)
}

/** A number from a text that is the same on every machine (FNV-1a), for who is not numbered. */
export function numberOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return (hash ^ (hash >>> 15)) >>> 8
}

function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    // Xorshift, after a multiplication that takes neighbouring seeds apart.
    state = Math.imul(state ^ (state >>> 16), 0x45d9f3b) + 0x9e3779b9
    return (state ^ (state >>> 13)) >>> 0
  }
}
