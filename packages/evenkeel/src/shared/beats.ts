/**
 * A number for each worker that the worker makes grow while its event loop turns, and that the main thread looks at:
 * one that stands still belongs to a worker that is stuck, in a regular expression or in a call of the system.
 */

/** What the process is short of. */
export const StrainBit = { descriptors: 1, memory: 2 } as const

export class Beats {
  readonly #cells: Int32Array

  constructor(buffer: SharedArrayBuffer) {
    this.#cells = new Int32Array(buffer)
  }

  beat(column: number): void {
    Atomics.add(this.#cells, column, 1)
  }

  /** What the main thread says of the whole process, as bits of StrainBit. */
  tell(strain: number): void {
    Atomics.store(this.#cells, this.#cells.length - 1, strain)
  }

  get told(): number {
    return Atomics.load(this.#cells, this.#cells.length - 1)
  }

  count(column: number): number {
    return Atomics.load(this.#cells, column)
  }
}

export function createBeats(columns: number): SharedArrayBuffer {
  return new SharedArrayBuffer((columns + 1) * Int32Array.BYTES_PER_ELEMENT)
}
