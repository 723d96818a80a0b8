/** When a process sheds work rather than break: `overload`. */
export interface OverloadModel {
  /** An event loop that is late by that much, turn after turn. */
  readonly lagMs: number
  /** Per cent of the memory that it may have: of its control group, or of a worker's heap. */
  readonly memory: number
  /** Descriptors that have to be left; null: a tenth of all, and 64 at least. */
  readonly descriptors: number | null
}

export const overloadDefaults: OverloadModel = { lagMs: 500, memory: 92, descriptors: null }
