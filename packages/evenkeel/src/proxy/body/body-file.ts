/**
 * A request body on disk: written while it comes, read as often as it is sent.
 *
 * It keeps its name until it is closed, since $request_body_file may hand that on. One write or read is under way at a
 * time; the client (or the origin) waits for the disk rather than memory filling up.
 */
import { randomUUID } from 'node:crypto'
import { closeSync, mkdirSync, openSync, read, unlink, write } from 'node:fs'
import { join } from 'node:path'
import { failure, type Failure } from '../../exchange/failure.ts'
import type { RequestHead } from '../../exchange/head.ts'
import type { Sink, Source } from '../../exchange/sink.ts'

/** Bytes waiting for the disk before the client is paused. */
const ENOUGH = 256 * 1024
const READ_SIZE = 64 * 1024

export class BodyFile {
  readonly path: string
  #fd: number
  /** Told when there is room again, or that the disk failed. */
  readonly #room: (problem: Failure | null) => void
  #queue: Uint8Array[] = []
  #queued = 0
  #busy = false
  #readers = 0
  #closed = false
  #failed: Failure | null = null
  #finished: ((problem: Failure | null) => void) | null = null

  private constructor(path: string, fd: number, problem: Failure | null, room: (problem: Failure | null) => void) {
    this.path = path
    this.#fd = fd
    this.#failed = problem
    this.#room = room
    if (problem !== null) setImmediate(() => this.#closed || room(problem))
  }

  static open(folder: string, room: (problem: Failure | null) => void): BodyFile {
    const path = join(folder, randomUUID())
    try {
      mkdirSync(Buffer.from(folder, 'latin1'), { recursive: true, mode: 0o700 })
      const fd = openSync(Buffer.from(path, 'latin1'), 'wx+', 0o600)
      return new BodyFile(path, fd, null, room)
    } catch (cause) {
      return new BodyFile(path, -1, failure('body_not_buffered', cause), room)
    }
  }

  /** Keeps the bytes (they are the file's from here on). False: enough is waiting, `room` will be called. */
  write(bytes: Uint8Array): boolean {
    if (this.#failed !== null || this.#closed) return true
    this.#queue.push(bytes)
    this.#queued += bytes.length
    this.#step()
    return this.#queued < ENOUGH
  }

  /** Everything was given: calls back once it is all on disk. */
  finish(done: (problem: Failure | null) => void): void {
    if (this.#failed !== null) return done(this.#failed)
    this.#finished = done
    this.#step()
  }

  /** Sends it from the start. */
  sendTo(sink: Sink<RequestHead>): Source {
    this.#readers++
    return new FileSender(this.#fd, sink, () => {
      this.#readers--
      this.#release()
    })
  }

  /** `stays`: whoever reads the file later removes it. */
  close(stays = false): void {
    if (this.#closed) return
    this.#closed = true
    this.#queue = []
    if (this.#fd >= 0 && !stays) unlink(Buffer.from(this.path, 'latin1'), () => {})
    this.#release()
  }

  /** The descriptor goes when nobody reads or writes: a number closed too early may already be somebody else's. */
  #release(): void {
    if (!this.#closed || this.#busy || this.#readers > 0 || this.#fd < 0) return
    closeSync(this.#fd)
    this.#fd = -1
  }

  #step(): void {
    if (this.#busy || this.#closed) return
    // Together, since a write costs the same for a byte as for all that waits.
    if (this.#queue.length > 1) this.#queue = [Buffer.concat(this.#queue)]
    const bytes = this.#queue[0]
    if (bytes === undefined) {
      const finished = this.#finished
      this.#finished = null
      finished?.(null)
      return
    }
    this.#busy = true
    write(this.#fd, bytes, 0, bytes.length, null, (error, written) => {
      this.#busy = false
      if (error !== null) this.#fail(failure('body_not_buffered', error))
      else this.#wrote(bytes, written)
      this.#release()
    })
  }

  #wrote(bytes: Uint8Array, written: number): void {
    const before = this.#queued
    this.#queued -= written
    if (written === bytes.length) this.#queue.shift()
    else this.#queue[0] = bytes.subarray(written)
    if (before >= ENOUGH && this.#queued < ENOUGH && !this.#closed) this.#room(null)
    this.#step()
  }

  #fail(problem: Failure): void {
    this.#failed = problem
    this.#queue = []
    const finished = this.#finished
    this.#finished = null
    if (this.#closed) return
    if (finished !== null) finished(problem)
    else this.#room(problem)
  }
}

/** One pass over the file. */
class FileSender implements Source {
  readonly #fd: number
  readonly #sink: Sink<RequestHead>
  readonly #done: () => void
  readonly #buffer = Buffer.allocUnsafeSlow(READ_SIZE)
  #at = 0
  #paused = false
  #reading = false
  #over = false

  constructor(fd: number, sink: Sink<RequestHead>, done: () => void) {
    this.#fd = fd
    this.#sink = sink
    this.#done = done
    this.#read()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#read()
  }

  cancel(): void {
    this.#end()
  }

  #read(): void {
    if (this.#paused || this.#reading || this.#over) return
    this.#reading = true
    read(this.#fd, this.#buffer, 0, READ_SIZE, this.#at, (error, size) => {
      this.#reading = false
      if (this.#over) return this.#done()
      if (error !== null) return (this.#end(), this.#sink.abort(failure('body_not_buffered', error)))
      if (size === 0) return (this.#end(), this.#sink.end())
      this.#at += size
      if (!this.#sink.body(Buffer.from(this.#buffer.subarray(0, size)))) this.#paused = true
      this.#sink.flush()
      this.#read()
    })
  }

  #end(): void {
    if (this.#over) return
    this.#over = true
    if (!this.#reading) this.#done()
  }
}
