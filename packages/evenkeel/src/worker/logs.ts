/**
 * The logs of one worker: its files, shared by all locations and generations, and the error logs made of them.
 *
 * Problems with a log never stop traffic: what can't be opened when a configuration is made live refuses that
 * configuration; what fails later is counted and said once.
 */
import { hostname } from 'node:os'
import type { Exchange } from '../exchange/exchange.ts'
import type { ErrorLog } from '../exchange/route.ts'
import { ALERT, CRIT } from '../exchange/log-level.ts'
import { compileAccessLogs } from '../log/access-log.ts'
import { openErrorLog, silentErrorLog, type ErrorLogPorts } from '../log/error-log.ts'
import { LogFiles } from '../log/files.ts'
import { readSyslogTarget } from '../log/syslog-target.ts'
import { Syslog } from '../log/syslog.ts'
import type { LogFileCacheModel } from '../model/settings/log-settings.ts'
import type { ErrorLogModel, LogFormatModel, Model } from '../model/model.ts'
import type { AccessLogModel } from '../model/settings.ts'
import type { Captured } from '../route/pattern.ts'
import type { RouteScope } from '../route/ports.ts'
import { TimeText } from '../route/time-text.ts'
import type { VariableTable } from '../route/variables/variable-table.ts'

export interface LogPorts {
  readonly now: () => number
  readonly hostname: string
  readonly pid: number
  readonly tid: number
  readonly prefix: string
}

export class Logs {
  readonly #files: LogFiles
  readonly #ports: ErrorLogPorts
  #main: ErrorLog = silentErrorLog
  /** One error log for all levels that name the same targets. */
  #opened = new Map<string, ErrorLog>()

  constructor(ports: LogPorts) {
    const time = new TimeText(ports.now, ms => new Date(ms))
    this.#ports = { time, pid: ports.pid, tid: ports.tid, prefix: ports.prefix }
    this.#files = new LogFiles({
      time,
      hostname: ports.hostname,
      now: ports.now,
      onTrouble: text => this.#main.write(CRIT, text),
    })
  }

  /** Problems that belong to no location. */
  get main(): ErrorLog {
    return this.#main
  }

  /** Before a runtime is compiled. Throws what can't be opened. */
  configure(model: Model): void {
    this.#files.begin()
    this.#opened = new Map()
    this.#main = this.errorLog(model.process.errorLogs)
  }

  /** When no older runtime is left. */
  sweep(): void {
    this.#files.sweep()
  }

  /** An empty list is the main one. Throws what can't be opened: the configuration is refused. */
  errorLog(models: readonly ErrorLogModel[]): ErrorLog {
    if (models.length === 0) return this.#main
    const key = JSON.stringify(models)
    let log = this.#opened.get(key)
    if (log !== undefined) return log
    const opened = openErrorLog(models, this.#files, this.#ports)
    if (typeof opened === 'string') throw new Error(opened)
    this.#opened.set(key, (log = opened))
    return log
  }

  accessLogs<Subject extends Captured = Exchange>(
    models: readonly AccessLogModel[],
    formats: readonly LogFormatModel[],
    table: VariableTable<Subject>,
    scope: RouteScope,
    cache: LogFileCacheModel | null = null,
  ): readonly ((subject: Subject) => void)[] {
    const logs = compileAccessLogs(models, formats, table, scope, this.#files, cache)
    if (typeof logs === 'string') throw new Error(logs)
    return logs
  }

  /** An exception where none may be: a bug, contained to its connection. */
  bug(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#main.write(ALERT, `bug: ${text.replaceAll('\n', ' ')}`)
  }

  reopen(): void {
    for (const problem of this.#files.reopenAll()) this.#main.write(CRIT, problem)
  }

  async flush(): Promise<void> {
    await this.#files.flush()
  }

  /** At once: the thread is about to end. */
  close(): void {
    this.#files.flushSync()
  }
}

/** For the main thread, which has few lines to tell: where a target `syslog:…` leads; a string says what is wrong with it. */
export interface SyslogLines {
  send(severity: number, line: string): void
  close(): void
}

export function openSyslog(written: string, onTrouble: (text: string) => void): SyslogLines | string {
  const target = readSyslogTarget(written)
  if (typeof target === 'string') return target
  const time = new TimeText(Date.now, ms => new Date(ms))
  return new Syslog(target, { time, hostname: hostname(), now: Date.now, onTrouble })
}
