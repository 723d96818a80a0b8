/**
 * Bytes of a connection that can't be used yet: a head in pieces, a request sent ahead of its turn.
 *
 * It grows by doubling, so that a head that dribbles in byte by byte is copied a few times rather than once a byte.
 * Who fills it bounds it: the reader refuses a head over its limit, and a connection that is ahead is paused.
 */
const SMALLEST = 1024

export class Stash {
  #bytes: Buffer = nothing
  #start = 0
  #end = 0

  get empty(): boolean {
    return this.#start === this.#end
  }

  get bytes(): Buffer {
    return this.#bytes
  }

  get start(): number {
    return this.#start
  }

  get end(): number {
    return this.#end
  }

  add(bytes: Buffer, start: number, end: number): void {
    const size = end - start
    if (this.#end + size > this.#bytes.length) this.#grow(size)
    bytes.copy(this.#bytes, this.#end, start, end)
    this.#end += size
  }

  /** Forgets everything before `start`, and the memory once nothing is left. */
  consumedTo(start: number): void {
    this.#start = start
    if (start === this.#end) {
      this.#bytes = nothing
      this.#start = this.#end = 0
    }
  }

  #grow(size: number): void {
    const kept = this.#end - this.#start
    const wanted = Math.max(SMALLEST, kept + size, kept * 2)
    const bytes = Buffer.allocUnsafeSlow(wanted)
    this.#bytes.copy(bytes, 0, this.#start, this.#end)
    this.#bytes = bytes
    this.#start = 0
    this.#end = kept
  }
}

const nothing = Buffer.alloc(0)
