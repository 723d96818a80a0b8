/**
 * How many requests at a time are well for a group of peers, by how long its answers take compared with when nobody
 * waited: the gradient of Envoy's and Netflix's concurrency limits. A limit in use grows by its square root while answers
 * are as fast as then, which is the room for bursts, and shrinks in the proportion in which they are slower.
 */

const LEAST_GRADIENT = 0.5
const MOST_GRADIENT = 2

export interface Gradient {
  /** Mean time of answers when nobody waited, and lately, in ms. */
  readonly fastestMs: number
  readonly tookMs: number
  /** Slower by so many percent is no sign of a queue. */
  readonly bufferPercent: number
  /** The limit was in use: if not, it says nothing that all went well. */
  readonly used: boolean
  readonly minimum: number
  readonly maximum: number
}

export function nextLimit(limit: number, given: Gradient): number {
  const { fastestMs, tookMs, bufferPercent, used, minimum, maximum } = given
  const ratio = (fastestMs * (1 + bufferPercent / 100)) / Math.max(tookMs, Number.MIN_VALUE)
  const gradient = Math.min(MOST_GRADIENT, Math.max(LEAST_GRADIENT, ratio))
  const next = Math.round(limit * gradient + Math.sqrt(limit * gradient))
  return Math.min(maximum, Math.max(minimum, next > limit && !used ? limit : next))
}
