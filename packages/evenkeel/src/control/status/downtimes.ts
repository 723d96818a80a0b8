/** How long peers could not be had: looked at once a second, which is as exact as their states are. */
import type { PeerState } from './view.ts'

interface Downtime {
  readonly beforeMs: number
  /** 0: it can be had. */
  readonly sinceMs: number
}

const out: ReadonlySet<PeerState> = new Set(['unavail', 'checking', 'unhealthy'])
const never: Downtime = { beforeMs: 0, sinceMs: 0 }

export class Downtimes {
  #byRow: ReadonlyMap<number, Downtime> = new Map()

  /** All peers there are, by row. */
  look(states: ReadonlyMap<number, PeerState>, nowMs: number): void {
    this.#byRow = new Map([...states].map(([row, state]) => [row, this.#next(row, out.has(state), nowMs)]))
  }

  of(row: number, nowMs: number): { readonly downtimeMs: number; readonly downSinceMs: number } {
    const { beforeMs, sinceMs } = this.#byRow.get(row) ?? never
    return { downtimeMs: beforeMs + (sinceMs === 0 ? 0 : nowMs - sinceMs), downSinceMs: sinceMs }
  }

  #next(row: number, isOut: boolean, nowMs: number): Downtime {
    const before = this.#byRow.get(row) ?? never
    if (isOut === before.sinceMs > 0) return before
    if (isOut) return { ...before, sinceMs: nowMs }
    return { beforeMs: before.beforeMs + nowMs - before.sinceMs, sinceMs: 0 }
  }
}
