/**
 * A text that one thread writes, seldom, and others read when they need it, whole: no message has to arrive first, and a
 * worker that is born later sees it too.
 *
 * One buffer: a number that is odd while the text is being written, the length, the bytes.
 */
const HEAD_BYTES = 8

/** For texts of at most so many bytes of UTF-8. */
export function createBoard(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD_BYTES + bytes)
}

export class Board {
  readonly #head: Int32Array
  readonly #bytes: Uint8Array

  constructor(buffer: SharedArrayBuffer) {
    this.#head = new Int32Array(buffer, 0, 2)
    this.#bytes = new Uint8Array(buffer, HEAD_BYTES)
  }

  /** Another number: another text. */
  get version(): number {
    return Atomics.load(this.#head, 0)
  }

  /** By one thread alone; false: it is too long, and nothing changes. */
  write(text: string): boolean {
    const bytes = new TextEncoder().encode(text)
    if (bytes.length > this.#bytes.length) return false
    Atomics.add(this.#head, 0, 1)
    Atomics.store(this.#head, 1, bytes.length)
    this.#bytes.set(bytes)
    Atomics.add(this.#head, 0, 1)
    return true
  }

  /** undefined: it is being written again and again; ask later. */
  read(): string | undefined {
    for (let tries = 0; tries < TRIES; tries++) {
      const version = this.version
      if ((version & 1) !== 0) continue
      const copy = this.#bytes.slice(0, Atomics.load(this.#head, 1))
      if (this.version === version) return new TextDecoder().decode(copy)
    }
    return undefined
  }
}

/** Writing takes microseconds. */
const TRIES = 10_000
