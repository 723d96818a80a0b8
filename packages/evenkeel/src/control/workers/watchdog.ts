/**
 * Finds workers whose event loop has stopped turning. Asked once a second; counts its own looks rather than time, so
 * that a machine that slept, or a main thread that was held up itself, condemns nobody.
 */
import type { Beats } from '../../shared/beats.ts'

interface Seen {
  count: number
  looks: number
}

export class Watchdog {
  readonly #beats: Beats
  readonly #patience: number
  readonly #seen = new Map<number, Seen>()

  /** `patience`: looks without a beat after which a worker counts as stuck. */
  constructor(beats: Beats, patience: number) {
    this.#beats = beats
    this.#patience = patience
  }

  /** Workers with these numbers are watched; answers those that are stuck, each once. */
  look(columns: Iterable<number>): number[] {
    const stuck: number[] = []
    for (const column of columns) {
      const count = this.#beats.count(column)
      const seen = this.#seen.get(column)
      if (seen === undefined || seen.count !== count) this.#seen.set(column, { count, looks: 0 })
      else if (++seen.looks === this.#patience) stuck.push(column)
    }
    return stuck
  }
}
