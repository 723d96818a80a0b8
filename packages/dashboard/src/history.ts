/**
 * The last half hour, kept in the page: what charts draw, and snapshots to go back to.
 *
 * Points of charts are small and all kept. Snapshots are kept as text, which is a tenth of what the same is as objects,
 * and within a budget: past it every second one of the older half is let go, so that the past gets coarser instead of
 * shorter, and a balancer of ten thousand servers does not fill the memory of a phone.
 */
import { upstreamKey, upstreamsByKey, upstreamTraffic, wholeTraffic, secondsBetween, type Traffic } from './rates.ts'
import type { Snapshot } from './snapshot.ts'

export const HISTORY_MS: number = 30 * 60_000

/** Characters. */
const BUDGET = 32_000_000
/** Upstreams whose traffic is drawn by itself. */
const MOST_SERIES = 40

export interface Point {
  readonly atMs: number
  readonly whole: Traffic
  readonly byUpstream: ReadonlyMap<string, Traffic>
}

/** A snapshot with the one before it, which its rates need. */
export interface Moment {
  readonly now: Snapshot
  readonly before: Snapshot | null
}

interface Kept {
  readonly atMs: number
  readonly text: string
}

export class History {
  readonly #budget: number
  #points: Point[] = []
  #kept: Kept[] = []
  #size = 0
  #latest: Moment | null = null

  constructor(budget: number = BUDGET) {
    this.#budget = budget
  }

  get points(): readonly Point[] {
    return this.#points
  }

  get latest(): Moment | null {
    return this.#latest
  }

  /** How many moments can be gone back to. */
  get depth(): number {
    return this.#kept.length
  }

  add(now: Snapshot): void {
    const before = this.#latest?.now ?? null
    this.#latest = { now, before }
    this.#points.push(pointOf(now, before))
    const text = JSON.stringify(now)
    this.#kept.push({ atMs: now.atMs, text })
    this.#size += text.length
    const oldest = now.atMs - HISTORY_MS
    while ((this.#points[0]?.atMs ?? oldest) < oldest) this.#points.shift()
    while ((this.#kept[0]?.atMs ?? oldest) < oldest) this.#size -= this.#kept.shift()!.text.length
    if (this.#size > this.#budget) this.#thin()
  }

  /** As it was then: the moment nearest to it. null: nothing is known. */
  at(atMs: number): Moment | null {
    let best = -1
    for (const [index, kept] of this.#kept.entries()) {
      if (best < 0 || Math.abs(kept.atMs - atMs) <= Math.abs(this.#kept[best]!.atMs - atMs)) best = index
    }
    const now = this.#kept[best]
    if (now === undefined) return null
    const before = this.#kept[best - 1]
    return { now: JSON.parse(now.text), before: before === undefined ? null : JSON.parse(before.text) }
  }

  #thin(): void {
    const middle = Math.floor(this.#kept.length / 2)
    this.#kept = this.#kept.filter((_, index) => index >= middle || index % 2 === 0)
    // One snapshot larger than all there may be is kept all the same: the present is not given up.
    while (this.#kept.length > 1 && sizeOf(this.#kept) > this.#budget) this.#kept.shift()
    this.#size = sizeOf(this.#kept)
  }
}

function sizeOf(kept: readonly Kept[]): number {
  return kept.reduce((sum, { text }) => sum + text.length, 0)
}

function pointOf(now: Snapshot, before: Snapshot | null): Point {
  const earlier = before === null ? new Map() : upstreamsByKey(before)
  const seconds = secondsBetween(now, before)
  const byUpstream = new Map(
    now.upstreams.slice(0, MOST_SERIES).map(upstream => {
      const key = upstreamKey(upstream)
      return [key, upstreamTraffic(upstream, earlier.get(key), seconds)]
    }),
  )
  return { atMs: now.atMs, whole: wholeTraffic(now, before), byUpstream }
}
