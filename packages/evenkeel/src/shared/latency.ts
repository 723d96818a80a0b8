/**
 * Times in buckets, as histograms of Prometheus have them: bounds from a cached answer to a patient upload. The same for
 * everything that is measured, so that times of zones and of peers can be laid over each other.
 */

/** Upper bounds in ms, each inclusive; what is slower than the last falls into one bucket more. */
export const latencyBoundsMs: readonly number[] = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000]

/** Buckets in all. */
export const LATENCY_BUCKETS = 12

/** Which one a time falls into. */
export function latencyBucket(ms: number): number {
  let bucket = 0
  while (bucket < LATENCY_BUCKETS - 1 && ms > latencyBoundsMs[bucket]!) bucket++
  return bucket
}
