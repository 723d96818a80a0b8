/**
 * What happened between two snapshots: counters made into rates. A counter that has fallen belongs to a balancer that
 * was started anew, so what it shows has happened since.
 */
import type { Histogram, Peer, Snapshot, Upstream } from './snapshot.ts'

/** Of one peer, of an upstream, or of all. */
export interface Traffic {
  readonly perSecond: number
  /** 1xx to 5xx, per second. */
  readonly classes: readonly number[]
  /** Ms; null: nothing was measured. */
  readonly averageMs: number | null
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

export const noTraffic: Traffic = { perSecond: 0, classes: [0, 0, 0, 0, 0], averageMs: null, p50Ms: null, p99Ms: null }

/** `before` null: the first snapshot tells of no rate. */
export function peerTraffic(now: Peer, before: Peer | undefined, seconds: number): Traffic {
  if (before === undefined || seconds <= 0) return { ...noTraffic, averageMs: now.responseMs }
  return trafficOf([{ now, before }], seconds)
}

export function upstreamTraffic(now: Upstream, before: Upstream | undefined, seconds: number): Traffic {
  return before === undefined || seconds <= 0 ? noTraffic : trafficOf(pairs(now, before), seconds)
}

/** Of all upstreams of HTTP together. */
export function wholeTraffic(now: Snapshot, before: Snapshot | null): Traffic {
  const seconds = secondsBetween(now, before)
  if (before === null || seconds <= 0) return noTraffic
  const earlier = upstreamsByKey(before)
  const all = now.upstreams
    .filter(({ kind }) => kind === 'http')
    .flatMap(upstream => {
      const old = earlier.get(upstreamKey(upstream))
      return old === undefined ? [] : pairs(upstream, old)
    })
  return trafficOf(all, seconds)
}

export function secondsBetween(now: Snapshot, before: Snapshot | null): number {
  return before === null ? 0 : (now.atMs - before.atMs) / 1000
}

/** How much a counter has grown. */
export function growth(now: number, before: number): number {
  return now >= before ? now - before : now
}

export function upstreamKey({ kind, name }: Pick<Upstream, 'kind' | 'name'>): string {
  return `${kind} ${name}`
}

export function upstreamsByKey({ upstreams }: Snapshot): Map<string, Upstream> {
  return new Map(upstreams.map(upstream => [upstreamKey(upstream), upstream]))
}

/** A server line may stand for several addresses, and several lines for one. */
export function peerKey({ id, server }: Pick<Peer, 'id' | 'server'>): string {
  return `${id} ${server}`
}

/** The time that this share of what was measured did not take longer than; inside a bucket times are spread evenly. */
export function quantile({ boundsMs, counts }: Histogram, share: number): number | null {
  const all = counts.reduce((sum, count) => sum + count, 0)
  if (all === 0) return null
  const wanted = share * all
  let below = 0
  for (const [bucket, count] of counts.entries()) {
    if (count > 0 && below + count >= wanted) {
      const from = bucket === 0 ? 0 : boundsMs[bucket - 1]!
      const to = boundsMs[bucket]
      // Of what is slower than the last bound no more is known.
      return to === undefined ? from : from + ((wanted - below) / count) * (to - from)
    }
    below += count
  }
  return boundsMs.at(-1) ?? null
}

interface Pair {
  readonly now: Peer
  readonly before: Peer
}

function pairs(now: Upstream, before: Upstream): Pair[] {
  const earlier = new Map(before.peers.map(peer => [peerKey(peer), peer]))
  return now.peers.flatMap(peer => {
    const old = earlier.get(peerKey(peer))
    return old === undefined ? [] : [{ now: peer, before: old }]
  })
}

function trafficOf(all: readonly Pair[], seconds: number): Traffic {
  let requests = 0
  const classes = [0, 0, 0, 0, 0]
  let timed = 0
  let ms = 0
  let histogram: { boundsMs: readonly number[]; counts: number[] } | null = null
  for (const { now, before } of all) {
    const more = growth(now.requests, before.requests)
    requests += more
    for (const index of classes.keys()) classes[index]! += growth(now.classes[index] ?? 0, before.classes[index] ?? 0)
    if (now.responseMs !== null && more > 0) {
      timed += more
      ms += more * now.responseMs
    }
    if (now.histogram !== null && before.histogram !== null) {
      histogram ??= { boundsMs: now.histogram.boundsMs, counts: now.histogram.counts.map(() => 0) }
      for (const [bucket, count] of now.histogram.counts.entries()) {
        histogram.counts[bucket]! += growth(count, before.histogram.counts[bucket] ?? 0)
      }
    }
  }
  return {
    perSecond: requests / seconds,
    classes: classes.map(count => count / seconds),
    averageMs: timed === 0 ? (all.length === 1 ? all[0]!.now.responseMs : null) : ms / timed,
    p50Ms: histogram === null ? null : quantile(histogram, 0.5),
    p99Ms: histogram === null ? null : quantile(histogram, 0.99),
  }
}
