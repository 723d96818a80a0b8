/**
 * A cache zone as one worker sees it: the shared index, its files, and what it keeps in memory.
 *
 * The file system is asked by callbacks only, and what it answers is believed only as far as it is whole: a file that is
 * missing, cut short or of another key is no entry, whatever the index says.
 */
import { close, open, read, unlink, write } from 'node:fs'
import { entryPath } from '../../shared/cache-path.ts'
import type { CacheIndex, Found } from '../../shared/cache-index.ts'
import { systemPath } from '../files/path-test.ts'
import { decodeEntry, encodeEntry, FIXED_BYTES, type Entry } from './entry.ts'
import { EntryWriter } from './entry-writer.ts'
import { MemoryTier, SMALL_BYTES } from './memory-tier.ts'

export interface ZoneParts {
  readonly name: string
  readonly index: CacheIndex
  /** Folder of its files; ends in a slash. */
  readonly path: string
  readonly levels: readonly number[]
  /** 0: no limit. */
  readonly maxBytes: number
  readonly memoryBytes: number
  /** Tells workers apart in names of temporary files. */
  readonly owner: number
  readonly purgeable: boolean
}

/** An entry that was found: in memory, or behind a descriptor that whoever holds it closes. */
export interface OpenEntry {
  readonly entry: Entry
  /** null: in the file. */
  readonly body: Buffer | null
  /** -1: none. */
  readonly fd: number
  readonly path: string
  readonly bodyStart: number
}

/** Read at once: a small entry is there with its body. */
const FIRST_BYTES = SMALL_BYTES + 8 * 1024

export class CacheZone {
  readonly name: string
  readonly index: CacheIndex
  readonly maxBytes: number
  readonly purgeable: boolean
  readonly #parts: ZoneParts
  readonly #memory: MemoryTier
  /** Who waits for an entry that this worker is filling. */
  readonly #waiting = new Map<string, Set<() => void>>()
  #serial = 0

  constructor(parts: ZoneParts) {
    this.name = parts.name
    this.index = parts.index
    this.maxBytes = parts.maxBytes
    this.purgeable = parts.purgeable
    this.#parts = parts
    this.#memory = new MemoryTier(parts.memoryBytes)
  }

  pathOf(name: string): string {
    return entryPath(this.#parts.path, this.#parts.levels, name)
  }

  /** Beside the file it is to become, so that renaming it is one step that cannot fall apart. */
  temporaryPath(name: string): string {
    return `${this.pathOf(name)}.${this.#parts.owner}-${process.pid}-${++this.#serial}.tmp`
  }

  use(name: string, now: number): Found {
    const evicted: string[] = []
    const found = this.index.use(name, now, evicted)
    this.#deleteAll(evicted)
    return found
  }

  /** What is in memory at that version. */
  recall(name: string, version: number): OpenEntry | null {
    const kept = this.#memory.get(name, version)
    return kept === undefined ? null : { entry: kept.entry, body: kept.body, fd: -1, path: '', bodyStart: 0 }
  }

  /** From disk; null: there is no such entry. Never at once. */
  open(name: string, key: string, version: number, done: (entry: OpenEntry | null) => void): void {
    const path = this.pathOf(name)
    open(systemPath(path), 'r', (error, fd) => {
      if (error !== null) return done(null)
      this.#readHead(fd, Buffer.allocUnsafe(FIRST_BYTES), 0, (bytes, all) => {
        const decoded = bytes === null ? null : decodeEntry(bytes)
        if (bytes === null || decoded === null || typeof decoded === 'number' || decoded.entry.key !== key) {
          close(fd, ignore)
          return done(null)
        }
        const { entry, bodyStart } = decoded
        if (bodyStart + entry.length <= bytes.length) {
          close(fd, ignore)
          // What stands behind it was not written by us.
          if (!all || bodyStart + entry.length !== bytes.length) return done(null)
          const body = Buffer.from(bytes.subarray(bodyStart))
          this.#memory.set(name, { version, entry, body })
          return done({ entry, body, fd: -1, path, bodyStart })
        }
        this.#checkLength(fd, bodyStart + entry.length, whole => {
          if (whole) return done({ entry, body: null, fd, path, bodyStart })
          close(fd, ignore)
          done(null)
        })
      })
    })
  }

  /** An entry is whole, in memory only or in its file already: from now on everybody has it. */
  commit(name: string, entry: Entry, body: Buffer | null, bytes: number, now: number): number {
    const evicted: string[] = []
    const version = this.index.commit(name, bytes, now, evicted, body === null)
    this.#deleteAll(evicted)
    if (body !== null) this.#memory.set(name, { version, entry, body })
    if (this.maxBytes > 0) this.#deleteAll(this.index.shrink(this.maxBytes, MOST_AT_ONCE))
    return version
  }

  /** The same response with another head (a 304 said so). */
  refresh(name: string, entry: Entry, body: Buffer | null, now: () => number): void {
    if (body === null) return this.#rewriteHead(name, entry)
    const writer = new EntryWriter(this, name, entry, now, { drained: ignore, failed: ignore })
    writer.write(body)
    writer.finish(ignore)
  }

  /** Of a large entry, in its place: there is room for a head that is a little longer. */
  #rewriteHead(name: string, entry: Entry): void {
    open(systemPath(this.pathOf(name)), 'r+', (error, fd) => {
      if (error !== null) {
        this.drop(name)
        return
      }
      this.#readHead(fd, Buffer.allocUnsafe(FIRST_BYTES), 0, bytes => {
        const decoded = bytes === null ? null : decodeEntry(bytes)
        // The file may have been replaced by now: then it is not this response's.
        const fits = decoded !== null && typeof decoded !== 'number' && decoded.entry.length === entry.length
        const head = fits ? encodeEntry(entry, decoded.bodyStart - FIXED_BYTES) : null
        if (head === null) {
          close(fd, ignore)
          this.drop(name)
          return
        }
        write(fd, head, 0, head.length, 0, problem => {
          close(fd, ignore)
          if (problem !== null) this.drop(name)
          else this.index.touch(name)
        })
      })
    })
  }

  /** Takes an entry out. Answers whether there was one. */
  drop(name: string): boolean {
    const had = this.index.drop(name)
    this.#memory.delete(name)
    if (had || !this.index.loaded) unlink(systemPath(this.pathOf(name)), ignore)
    return had
  }

  /** Takes out every entry whose key begins like that; `done` gets how many there were. */
  dropPrefix(prefix: string, done: (count: number) => void): void {
    const names = this.index.names()
    let count = 0
    const next = (): void => {
      const name = names.pop()
      if (name === undefined) return done(count)
      open(systemPath(this.pathOf(name)), 'r', (error, fd) => {
        if (error !== null) return next()
        this.#readHead(fd, Buffer.allocUnsafe(4096), 0, bytes => {
          close(fd, ignore)
          const decoded = bytes === null ? null : decodeEntry(bytes)
          const key = decoded === null || typeof decoded === 'number' ? null : decoded.entry.key
          if (key !== null && key.startsWith(prefix) && this.drop(name)) count++
          next()
        })
      })
    }
    next()
  }

  /** Is called when the entry is there, or whoever fills it in this worker gives up. */
  wait(name: string, wake: () => void): void {
    const waiting = this.#waiting.get(name)
    if (waiting === undefined) this.#waiting.set(name, new Set([wake]))
    else waiting.add(wake)
  }

  leave(name: string, wake: () => void): void {
    const waiting = this.#waiting.get(name)
    if (waiting === undefined) return
    waiting.delete(wake)
    if (waiting.size === 0) this.#waiting.delete(name)
  }

  wake(name: string): void {
    const waiting = this.#waiting.get(name)
    if (waiting === undefined) return
    this.#waiting.delete(name)
    for (const wake of waiting) wake()
  }

  #deleteAll(names: readonly string[]): void {
    for (const name of names) {
      this.#memory.delete(name)
      unlink(systemPath(this.pathOf(name)), ignore)
    }
  }

  /** Reads from the start of the file until the head is there; `all`: to its end. */
  #readHead(fd: number, buffer: Buffer, from: number, done: (bytes: Buffer | null, all: boolean) => void): void {
    read(fd, buffer, from, buffer.length - from, from, (error, count) => {
      if (error !== null) return done(null, false)
      const end = from + count
      const wanted = decodeEntry(buffer.subarray(0, end))
      if (count === 0 || typeof wanted !== 'number') return done(buffer.subarray(0, end), end < buffer.length)
      if (wanted > LARGEST_HEAD) return done(null, false)
      const larger = wanted <= buffer.length ? buffer : Buffer.allocUnsafe(wanted)
      if (larger !== buffer) buffer.copy(larger, 0, 0, end)
      this.#readHead(fd, larger, end, done)
    })
  }

  #checkLength(fd: number, length: number, done: (whole: boolean) => void): void {
    const two = Buffer.allocUnsafe(2)
    // Its last byte is there and none follows.
    read(fd, two, 0, 2, length - 1, (error, count) => done(error === null && count === 1))
  }
}

const LARGEST_HEAD = 1024 * 1024
/** Files deleted for one that came: the rest waits for the next. */
const MOST_AT_ONCE = 64

function ignore(): void {}
