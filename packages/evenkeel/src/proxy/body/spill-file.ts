/**
 * What does not fit in memory of a response that is read ahead of its client: a file without a name, written at its end
 * and read from its start. Once all of it has been read it begins anew, so it never grows beyond its limit.
 */
import { randomUUID } from 'node:crypto'
import { closeSync, mkdirSync, openSync, read, unlink, write } from 'node:fs'
import { join } from 'node:path'

const READ_SIZE = 64 * 1024

export class SpillFile {
  readonly #fd: number
  readonly #buffer: Buffer = Buffer.allocUnsafeSlow(READ_SIZE)
  #readAt = 0
  #writeAt = 0
  #reading = false
  #writing = false
  #closed = false

  private constructor(fd: number) {
    this.#fd = fd
  }

  /** Throws what the system says when it can't be made. */
  static open(folder: string): SpillFile {
    const path = Buffer.from(join(folder, randomUUID()), 'latin1')
    mkdirSync(Buffer.from(folder, 'latin1'), { recursive: true, mode: 0o700 })
    const fd = openSync(path, 'wx+', 0o600)
    // From here on it lives as long as its descriptor, and no crash leaves it behind.
    unlink(path, () => {})
    return new SpillFile(fd)
  }

  get unread(): number {
    return this.#writeAt - this.#readAt
  }

  get size(): number {
    return this.#writeAt
  }

  get reading(): boolean {
    return this.#reading
  }

  get writing(): boolean {
    return this.#writing
  }

  /** `done` gets how much was written, -1: it failed. The bytes must stay as they are until then. */
  append(bytes: Uint8Array, done: (written: number, error: NodeJS.ErrnoException | null) => void): void {
    this.#writing = true
    write(this.#fd, bytes, 0, bytes.length, this.#writeAt, (error, written) => {
      this.#writing = false
      if (this.#closed) return this.#release()
      if (error === null) this.#writeAt += written
      done(error === null ? written : -1, error)
    })
  }

  /** `done` gets the next bytes, valid during the call; null: they can't be read. */
  take(done: (bytes: Uint8Array | null) => void): void {
    this.#reading = true
    read(this.#fd, this.#buffer, 0, Math.min(READ_SIZE, this.unread), this.#readAt, (error, count) => {
      this.#reading = false
      if (this.#closed) return this.#release()
      if (error !== null || count === 0) return done(null)
      this.#readAt += count
      if (this.#readAt === this.#writeAt && !this.#writing) this.#readAt = this.#writeAt = 0
      done(this.#buffer.subarray(0, count))
    })
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#release()
  }

  /** Not while the system works on it: the number may be another file's by then. */
  #release(): void {
    if (!this.#reading && !this.#writing) closeSync(this.#fd)
  }
}
