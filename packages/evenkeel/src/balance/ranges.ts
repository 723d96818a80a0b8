/**
 * A number below the total weight to the peer whose share it falls in. Peers that are down keep their share, so that
 * who goes where does not change when one leaves.
 */
import type { PeerTable } from './policy.ts'

/** After more misses than this, hashing and drawing give way to turns. */
export const MOST_MISSES = 20

export class Ranges {
  readonly total: number
  /** Where each peer's share begins. */
  readonly #starts: Float64Array

  constructor(peers: PeerTable) {
    this.#starts = new Float64Array(peers.length)
    let total = 0
    for (let index = 0; index < peers.length; index++) {
      this.#starts[index] = total
      total += peers.weight(index)
    }
    this.total = total
  }

  find(value: number): number {
    let low = 0
    let high = this.#starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (value < this.#starts[middle]!) high = middle
      else low = middle
    }
    return low
  }
}
