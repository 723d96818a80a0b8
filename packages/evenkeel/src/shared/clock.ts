/**
 * The cell of whole seconds that the main thread ticks and all workers read.
 *
 * Failures are counted in whole seconds, as nginx does, and all workers have to agree on the second. Which moment is
 * zero does not matter as long as it only grows.
 */
export class ClockCell {
  readonly #cell: Int32Array

  constructor(buffer: SharedArrayBuffer) {
    this.#cell = new Int32Array(buffer)
  }

  get seconds(): number {
    return Atomics.load(this.#cell, 0)
  }

  /** By the main thread, or a test. */
  set(seconds: number): void {
    Atomics.store(this.#cell, 0, seconds)
  }
}

export function createClock(): SharedArrayBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
}
