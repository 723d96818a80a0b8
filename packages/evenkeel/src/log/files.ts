/**
 * The log files of one worker, each open once: two logs to one file share a writer, and so do the configurations before and
 * after a reload.
 */
import type { LogFileCacheModel } from '../model/settings/log-settings.ts'
import { VariableFiles } from './variable-files.ts'
import { LogWriter, openLog, STDERR, type WriterOptions } from './writer.ts'
import { Syslog, type SyslogPorts } from './syslog.ts'
import { readSyslogTarget } from './syslog-target.ts'

export interface LogFilesOptions extends WriterOptions, SyslogPorts {}

const MINUTE = 60_000

export class LogFiles {
  readonly #options: LogFilesOptions
  readonly #writers = new Map<string, LogWriter>()
  readonly #syslogs = new Map<string, Syslog>()
  /** By how they are kept open. */
  readonly #variable = new Map<string, VariableFiles>()
  /** Keys of those asked for by the configuration at hand. */
  #used = new Set<string>()
  /** On their way to being closed, and when each of them is. */
  readonly #retiring = new Map<LogWriter, Promise<void>>()
  #lost = 0
  #troubleMs = Number.NEGATIVE_INFINITY

  constructor(options: LogFilesOptions) {
    this.#options = options
  }

  /** A new configuration is about to ask for its files. */
  begin(): void {
    this.#used = new Set()
  }

  /** Closes what the configuration did not ask for: to be called when the one before has no connection left. */
  sweep(): void {
    for (const [key, writer] of this.#writers) if (!this.#used.has(key)) this.#retire(key, writer)
    for (const [key, variable] of this.#variable) {
      if (this.#used.has(`variable ${key}`)) continue
      this.#variable.delete(key)
      variable.closeAll()
    }
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

  /** Files of paths that requests make. */
  variable(cache: LogFileCacheModel | null): VariableFiles {
    const key = JSON.stringify(cache)
    let variable = this.#variable.get(key)
    if (variable === undefined) {
      variable = new VariableFiles(this.#options, cache, this.#close, this.#notOpened)
      this.#variable.set(key, variable)
    }
    this.#used.add(`variable ${key}`)
    return variable
  }

  /** Opens every file anew; answers what went wrong with which. Those keep writing to the file they have. */
  reopenAll(): string[] {
    for (const variable of this.#variable.values()) variable.closeAll()
    return [...this.#writers.values()].map(writer => writer.reopen()).filter(problem => problem !== null)
  }

  async flush(): Promise<void> {
    await Promise.all([...this.#all().map(writer => writer.flush()), ...this.#retiring.values()])
  }

  flushSync(): void {
    for (const writer of [...this.#all(), ...this.#retiring.keys()]) writer.flushSync()
  }

  async closeAll(): Promise<void> {
    for (const [key, writer] of this.#writers) this.#retire(key, writer)
    for (const variable of this.#variable.values()) variable.closeAll()
    for (const syslog of this.#syslogs.values()) syslog.close()
    this.#syslogs.clear()
    await Promise.all(this.#retiring.values())
  }

  /** Lines dropped in all. */
  get lost(): number {
    return [...this.#all(), ...this.#retiring.keys()].reduce((sum, writer) => sum + writer.lost, this.#lost)
  }

  #all(): LogWriter[] {
    return [...this.#writers.values(), ...[...this.#variable.values()].flatMap(files => files.writers())]
  }

  #retire(key: string, writer: LogWriter): void {
    this.#writers.delete(key)
    this.#close(writer)
  }

  /** Names come from requests: what can't be opened is told once a minute. */
  readonly #notOpened = (problem: string): void => {
    this.#lost++
    const now = this.#options.now()
    if (now - this.#troubleMs < MINUTE) return
    this.#troubleMs = now
    this.#options.onTrouble(problem)
  }

  readonly #close = (writer: LogWriter): void => {
    const closed = writer.close().then(() => {
      this.#retiring.delete(writer)
      this.#lost += writer.lost
    })
    this.#retiring.set(writer, closed)
  }
}
