/**
 * Small entries that are asked for often, kept in a worker's memory: answered without a look at the disk. What is here
 * counts only as long as the shared index still has the version it was read at.
 */
import type { Entry } from './entry.ts'

export interface Kept {
  readonly version: number
  readonly entry: Entry
  readonly body: Buffer
}

/** Larger ones go from disk to client without being held. */
export const SMALL_BYTES: number = 64 * 1024
/** What an entry costs besides its body: head, marks, map. */
const OVERHEAD = 2048

export class MemoryTier {
  readonly #limit: number
  /** In order of use. */
  readonly #kept = new Map<string, Kept>()
  #bytes = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get bytes(): number {
    return this.#bytes
  }

  get(name: string, version: number): Kept | undefined {
    const kept = this.#kept.get(name)
    if (kept === undefined) return undefined
    if (kept.version !== version) {
      this.delete(name)
      return undefined
    }
    this.#kept.delete(name)
    this.#kept.set(name, kept)
    return kept
  }

  set(name: string, kept: Kept): void {
    this.delete(name)
    const cost = kept.body.length + OVERHEAD
    if (kept.body.length > SMALL_BYTES || cost > this.#limit) return
    this.#kept.set(name, kept)
    this.#bytes += cost
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#limit) return
      this.delete(oldest)
    }
  }

  delete(name: string): void {
    const kept = this.#kept.get(name)
    if (kept === undefined) return
    this.#kept.delete(name)
    this.#bytes -= kept.body.length + OVERHEAD
  }
}
