/**
 * Log files whose names hold variables, each open while it is in use: opening one for every line costs more than the
 * line. `open_log_file_cache` says how many and for how long; without it a few are kept for a second, so that a file that
 * was moved away or removed is soon made anew.
 */
import type { LogFileCacheModel } from '../model/settings/log-settings.ts'
import { LogWriter, openLog, type WriterOptions } from './writer.ts'

interface Entry {
  readonly writer: LogWriter | null
  readonly openedMs: number
  usedMs: number
  uses: number
}

/** What is kept when nothing is said. */
const STANDARD: LogFileCacheModel = { max: 64, inactiveMs: 1000, validMs: 1000, minUses: 1 }
/** There may be many of them: each holds less. */
const LIMIT_BYTES = 1024 * 1024

export class VariableFiles {
  readonly #options: WriterOptions
  readonly #cache: LogFileCacheModel
  readonly #retire: (writer: LogWriter) => void
  readonly #problem: (text: string) => void
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>()

  /** `retire` closes a writer that nobody writes to any more. */
  constructor(
    options: WriterOptions,
    cache: LogFileCacheModel | null,
    retire: (writer: LogWriter) => void,
    problem: (text: string) => void,
  ) {
    this.#options = { ...options, limitBytes: LIMIT_BYTES }
    this.#cache = cache ?? STANDARD
    this.#retire = retire
    this.#problem = problem
  }

  write(path: string, line: string): void {
    const now = this.#options.now()
    const known = this.#entries.get(path)
    this.#entries.delete(path)
    const fresh = known !== undefined && now - known.usedMs < this.#cache.inactiveMs
    const uses = (fresh ? known.uses : 0) + 1
    if (fresh && known.writer !== null && !known.writer.closed && now - known.openedMs < this.#cache.validMs) {
      known.uses = uses
      known.usedMs = now
      this.#entries.set(path, known)
      known.writer.write(line)
      return
    }
    this.#let(known)
    this.#open(path, uses, now, line)
  }

  /** Who moves files away says so: the next line opens its file anew. */
  closeAll(): void {
    for (const entry of this.#entries.values()) this.#let(entry)
    this.#entries.clear()
  }

  writers(): LogWriter[] {
    return [...this.#entries.values()].map(({ writer }) => writer).filter(writer => writer !== null)
  }

  /** A file that can't be opened takes nobody's place. */
  #open(path: string, uses: number, now: number, line: string): void {
    const fd = openLog(path)
    if (typeof fd === 'string') return this.#problem(fd)
    for (const [oldest, entry] of this.#entries) {
      if (this.#entries.size < this.#cache.max) break
      this.#entries.delete(oldest)
      this.#let(entry)
    }
    const writer = new LogWriter(path, fd, this.#options)
    const kept = uses >= this.#cache.minUses
    this.#entries.set(path, { writer: kept ? writer : null, openedMs: now, usedMs: now, uses })
    writer.write(line)
    if (!kept) this.#retire(writer)
  }

  #let(entry: Entry | undefined): void {
    if (entry !== undefined && entry.writer !== null) this.#retire(entry.writer)
  }
}
