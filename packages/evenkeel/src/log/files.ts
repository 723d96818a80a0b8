/**
 * The log files of one worker, each open once: two logs to one file share a writer, and so do the configurations before and
 * after a reload.
 */
import { LogWriter, openLog, STDERR, type LineSink, type WriterOptions } from './writer.ts'
import { Syslog, type SyslogPorts } from './syslog.ts'
import { readSyslogTarget } from './syslog-target.ts'

export interface LogFilesOptions extends WriterOptions, SyslogPorts {}

/** Files whose names hold variables, open at most; those not used for longest are closed. */
const VARIABLE_FILES = 64
/** There may be many of them: each holds less. */
const VARIABLE_LIMIT = 1024 * 1024

export class LogFiles {
  readonly #options: LogFilesOptions
  readonly #writers = new Map<string, LogWriter>()
  readonly #syslogs = new Map<string, Syslog>()
  /** In the order of their last use. */
  readonly #variable = new Map<string, LogWriter>()
  /** Keys of those asked for by the configuration at hand. */
  #used = new Set<string>()
  /** On their way to being closed, and when each of them is. */
  readonly #retiring = new Map<LogWriter, Promise<void>>()
  #lost = 0

  constructor(options: LogFilesOptions) {
    this.#options = options
  }

  /** A new configuration is about to ask for its files. */
  begin(): void {
    this.#used = new Set()
  }

  /** Closes what the configuration did not ask for: to be called when the one before has no connection left. */
  sweep(): void {
    for (const [key, writer] of this.#writers) if (!this.#used.has(key)) this.#retire(this.#writers, key, writer)
    for (const [key, syslog] of this.#syslogs) {
      if (this.#used.has(key)) continue
      this.#syslogs.delete(key)
      syslog.close()
    }
  }

  /** The writer of an absolute path or of `stderr`, open from now on; a string says what went wrong. */
  writer(path: string, bufferBytes = 0, flushMs = 0, gzipLevel = 0): LogWriter | string {
    let writer = this.#writers.get(path)
    if (writer === undefined) {
      const fd = path === 'stderr' ? STDERR : openLog(path)
      if (typeof fd === 'string') return fd
      this.#writers.set(path, (writer = new LogWriter(path, fd, this.#options)))
    }
    // Of several logs to one file the most impatient decides.
    const first = !this.#used.has(path)
    if (first || bufferBytes < writer.bufferBytes) writer.buffer(bufferBytes, flushMs)
    if (first || gzipLevel > 0) writer.compress(gzipLevel)
    this.#used.add(path)
    return writer
  }

  /** The sender for a target `syslog:…` as written; a string says what is wrong with it. */
  syslog(written: string): Syslog | string {
    let syslog = this.#syslogs.get(written)
    if (syslog === undefined) {
      const target = readSyslogTarget(written)
      if (typeof target === 'string') return target
      this.#syslogs.set(written, (syslog = new Syslog(target, this.#options)))
    }
    this.#used.add(written)
    return syslog
  }

  /** The writer of a path that a request made, opened without waiting for it. */
  variable(path: string): LineSink {
    let writer = this.#variable.get(path)
    if (writer !== undefined && !writer.closed) {
      this.#variable.delete(path)
      this.#variable.set(path, writer)
      return writer
    }
    if (writer !== undefined) this.#retire(this.#variable, path, writer)
    for (const [oldest, old] of this.#variable) {
      if (this.#variable.size < VARIABLE_FILES) break
      this.#retire(this.#variable, oldest, old)
    }
    writer = new LogWriter(path, -1, { ...this.#options, limitBytes: VARIABLE_LIMIT })
    this.#variable.set(path, writer)
    return writer
  }

  /** Opens every file anew; answers what went wrong with which. Those keep writing to the file they have. */
  reopenAll(): string[] {
    for (const [path, writer] of this.#variable) this.#retire(this.#variable, path, writer)
    return [...this.#writers.values()].map(writer => writer.reopen()).filter(problem => problem !== null)
  }

  async flush(): Promise<void> {
    await Promise.all([...this.#all().map(writer => writer.flush()), ...this.#retiring.values()])
  }

  flushSync(): void {
    for (const writer of [...this.#all(), ...this.#retiring.keys()]) writer.flushSync()
  }

  async closeAll(): Promise<void> {
    for (const map of [this.#writers, this.#variable]) for (const [key, writer] of map) this.#retire(map, key, writer)
    for (const syslog of this.#syslogs.values()) syslog.close()
    this.#syslogs.clear()
    await Promise.all(this.#retiring.values())
  }

  /** Lines dropped in all. */
  get lost(): number {
    return [...this.#all(), ...this.#retiring.keys()].reduce((sum, writer) => sum + writer.lost, this.#lost)
  }

  #all(): LogWriter[] {
    return [...this.#writers.values(), ...this.#variable.values()]
  }

  #retire(map: Map<string, LogWriter>, key: string, writer: LogWriter): void {
    map.delete(key)
    const closed = writer.close().then(() => {
      this.#retiring.delete(writer)
      this.#lost += writer.lost
    })
    this.#retiring.set(writer, closed)
  }
}
