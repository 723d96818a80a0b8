/**
 * Keeps a response while it passes: a small one in memory until it is whole, a large one in a temporary file beside
 * the place where it is to stand, with a bounded number of bytes under way. Only what is whole is renamed into place.
 *
 * What was kept can be read again from any offset while it is still being written: a slow client is served from here,
 * so that the origin, and everybody who waits for the entry, is done as fast as the disk is.
 */
import { close, mkdir, open, read, rename, unlink, write, writev } from 'node:fs'
import { dirname } from 'node:path'
import { systemPath } from '../files/path-test.ts'
import { encodeEntry, type Entry } from './entry.ts'
import { SMALL_BYTES } from './memory-tier.ts'
import type { CacheZone } from './zone.ts'

/** Bytes that may wait for the disk before whoever sends them has to. */
const MOST_PENDING = 1024 * 1024

export interface WriterEvents {
  /** Less waits for the disk than may, and more can be read. */
  drained(): void
  /** It can't be kept: the disk said `error`, an errno name. */
  failed(error: string): void
}

export class EntryWriter {
  readonly #zone: CacheZone
  readonly #entry: Omit<Entry, 'length'>
  readonly #name: string
  readonly #events: WriterEvents
  readonly #now: () => number
  /** Where the body begins in the file. */
  readonly #bodyStart: number
  /** Not written yet; all of it as long as there is no file. */
  #pending: Buffer[] = []
  #pendingBytes = 0
  /** A small one, once it is whole. */
  #body: Buffer | null = null
  #written = 0
  #path = ''
  #fd = -1
  #busy = false
  #finishing: (() => void) | null = null
  #over = false
  #unread = false
  /** The disk refused: what it has taken and what waited for it can still be read. */
  #broken = false
  total = 0
  /** There is an entry of it. */
  stored = false

  constructor(zone: CacheZone, name: string, entry: Omit<Entry, 'length'>, now: () => number, events: WriterEvents) {
    this.#zone = zone
    this.#name = name
    this.#entry = entry
    this.#now = now
    this.#events = events
    this.#bodyStart = encodeEntry({ ...entry, length: 0 }, null)!.length
  }

  /** Nothing is kept any more. */
  get over(): boolean {
    return this.#over
  }

  /** Answers false when it was taken but enough waits for the disk: `drained` follows. */
  write(part: Uint8Array): boolean {
    this.total += part.length
    if (this.#over && (this.#unread || !this.#broken)) return true
    this.#pending.push(Buffer.from(part))
    this.#pendingBytes += part.length
    if (this.#over) return false
    if (this.#path === '' && this.total > SMALL_BYTES) this.#open()
    else if (this.#path !== '') this.#flush()
    return this.#pendingBytes <= MOST_PENDING
  }

  /** The response is whole: `done` is called once everybody can have it, or when it could not be kept. */
  finish(done: () => void): void {
    if (this.#over) return done()
    if (this.#path !== '') {
      this.#finishing = done
      return this.#flush()
    }
    // A small one is there for this worker now, and for the others when its file is.
    const body = Buffer.concat(this.#pending)
    this.#body = body
    const entry = { ...this.#entry, length: body.length }
    const bytes = this.#bodyStart + body.length
    const version = this.#zone.commit(this.#name, entry, body, bytes, this.#now())
    this.stored = true
    this.#finishing = () => this.#zone.index.written(this.#name, version)
    done()
    this.#open()
  }

  abandon(): void {
    if (this.#over) return
    this.#over = true
    this.#finishing = null
    this.#cleanUp()
  }

  /**
   * Bytes from an offset below `total`; null: they could not be read. Answers false when they are still on their way to
   * the disk: `drained` follows.
   */
  readAt(offset: number, done: (bytes: Buffer | null) => void): boolean {
    if (this.#body !== null || this.total <= SMALL_BYTES) {
      const body = this.#body ?? Buffer.concat(this.#pending)
      done(body.length > offset ? body.subarray(offset) : null)
      return true
    }
    if (this.#broken && offset >= this.#written) {
      done(Buffer.concat(this.#pending).subarray(offset - this.#written))
      return true
    }
    const length = Math.min(SMALL_BYTES, this.#written - offset)
    if (length <= 0 || this.#fd < 0) return false
    const buffer = Buffer.allocUnsafe(length)
    read(this.#fd, buffer, 0, length, this.#bodyStart + offset, (error, count) => {
      done(error !== null || count === 0 ? null : buffer.subarray(0, count))
    })
    return true
  }

  #open(): void {
    this.#path = this.#zone.temporaryPath(this.#name)
    this.#busy = true
    this.#create(error => {
      if (error?.code !== 'ENOENT') return this.#opened(error)
      mkdir(systemPath(dirname(this.#path)), { recursive: true, mode: 0o700 }, problem => {
        if (problem !== null) this.#opened(problem)
        else this.#create(again => this.#opened(again))
      })
    })
  }

  #create(done: (error: NodeJS.ErrnoException | null) => void): void {
    open(systemPath(this.#path), 'wx+', 0o600, (error, fd) => {
      if (error === null) this.#fd = fd
      done(error)
    })
  }

  #opened(error: NodeJS.ErrnoException | null): void {
    this.#busy = false
    if (error !== null) return this.#fail(error)
    if (this.#over) return this.#cleanUp()
    this.#flush()
  }

  #flush(): void {
    if (this.#busy || this.#over) return
    if (this.#pending.length === 0) {
      if (this.#finishing !== null) this.#seal()
      return
    }
    const parts = this.#pending
    const bytes = this.#pendingBytes
    this.#busy = true
    writev(this.#fd, parts, this.#bodyStart + this.#written, (error, count) => {
      this.#busy = false
      if (error !== null) return this.#fail(error)
      if (this.#over) return this.#cleanUp()
      this.#written += count
      this.#pendingBytes -= count
      // What came meanwhile stands behind; a disk that took only a part of it is asked again.
      const rest = count < bytes ? [Buffer.concat(parts).subarray(count)] : []
      this.#pending = [...rest, ...this.#pending.slice(parts.length)]
      this.#flush()
      this.#events.drained()
    })
    // A list of its own for what comes meanwhile.
    this.#pending = parts.slice()
  }

  /** The head that says the body is whole comes last; then the file gets its name. */
  #seal(): void {
    this.#busy = true
    const entry = { ...this.#entry, length: this.total }
    const head = encodeEntry(entry, null)!
    // The number of the length has a fixed size: the head is as long as it was.
    write(this.#fd, head, 0, head.length, 0, error => {
      if (error !== null) {
        this.#busy = false
        return this.#fail(error)
      }
      rename(systemPath(this.#path), systemPath(this.#zone.pathOf(this.#name)), problem => {
        this.#busy = false
        if (problem !== null) return this.#fail(problem)
        this.#path = ''
        const done = this.#finishing
        this.#finishing = null
        this.#over = true
        if (this.#body === null) {
          this.stored = true
          this.#zone.commit(this.#name, entry, null, this.#bodyStart + this.total, this.#now())
        }
        done?.()
        if (this.#unread || this.#body !== null) this.#closeFile()
      })
    })
  }

  #fail(error: NodeJS.ErrnoException): void {
    const done = this.#finishing
    this.#finishing = null
    if (this.#over) return this.#cleanUp()
    this.#over = true
    this.#broken = true
    if (this.#path !== '') unlink(systemPath(this.#path), ignore)
    this.#path = ''
    // A small one is in memory: without its file only this worker would have it.
    const small = this.#body !== null
    if (small) {
      this.#zone.drop(this.#name)
      this.#closeFile()
    }
    this.#events.failed(error.code ?? 'unknown')
    if (!small) done?.()
    if (this.#unread) this.#closeFile()
  }

  /** Closes; what has not got its name is deleted. */
  #cleanUp(): void {
    if (this.#busy) return
    this.#closeFile()
    if (this.#path === '') return
    unlink(systemPath(this.#path), ignore)
    this.#path = ''
  }

  /** Nothing is read from it any more: it is closed as soon as nothing is written, either. */
  close(): void {
    this.#unread = true
    if (this.#broken) this.#pending = []
    if (this.#over && !this.#busy) this.#closeFile()
  }

  #closeFile(): void {
    if (this.#fd >= 0) close(this.#fd, ignore)
    this.#fd = -1
  }
}

function ignore(): void {}
