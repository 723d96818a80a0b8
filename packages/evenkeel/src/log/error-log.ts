/**
 * Error logs: one line an event, to every target whose level takes it, in the form of nginx, which people's tools read.
 */
import type { Exchange } from '../exchange/exchange.ts'
import { levelNames } from '../exchange/log-level.ts'
import type { ErrorLog } from '../exchange/route.ts'
import type { ErrorLogModel } from '../model/model.ts'
import { toByteText } from '../route/byte-text.ts'
import { fullPath } from '../route/variables/file-variables.ts'
import type { TimeText } from '../route/time-text.ts'
import { escapeControls } from './escape.ts'
import { exchangeMessage } from './exchange-suffix.ts'
import type { LogFiles } from './files.ts'
import { Syslog } from './syslog.ts'
import type { LineSink } from './writer.ts'

export interface ErrorLogPorts {
  readonly time: TimeText
  readonly pid: number
  /** Which worker. */
  readonly tid: number
  /** What relative paths are relative to; ends in a slash. */
  readonly prefix: string
}

/** As in nginx: what is longer is cut. */
const LONGEST = 2048

/** Opens every target; a string says what is wrong with one of them. Without any, nothing is written. */
export function openErrorLog(
  models: readonly ErrorLogModel[],
  files: LogFiles,
  ports: ErrorLogPorts,
): ErrorLog | string {
  const targets: Target[] = []
  for (const { target, level } of models) {
    const sink = openTarget(target, files, ports.prefix)
    if (typeof sink === 'string') return sink
    targets.push({ level: levelNames.indexOf(level), sink })
  }
  return targets.length === 0 ? silentErrorLog : new ErrorLogWriter(targets, ports)
}

export const silentErrorLog: ErrorLog = { level: 0, write() {}, tell() {} }

interface Target {
  readonly level: number
  readonly sink: LineSink | Syslog
}

export class ErrorLogWriter implements ErrorLog {
  /** The least grave level that any target takes. */
  readonly level: number
  readonly #targets: readonly Target[]
  readonly #time: TimeText
  readonly #process: string

  constructor(targets: readonly Target[], ports: ErrorLogPorts) {
    this.level = Math.max(...targets.map(({ level }) => level))
    this.#targets = targets
    this.#time = ports.time
    this.#process = `${ports.pid}#${ports.tid}: `
  }

  write(level: number, text: string): void {
    if (level > this.level) return
    const line = `${this.#time.error()} [${levelNames[level]}] ${this.#process}${escapeControls(text)}`.slice(
      0,
      LONGEST,
    )
    for (const target of this.#targets) {
      if (target.level < level) continue
      if (target.sink instanceof Syslog) target.sink.send(level - 1, line)
      else target.sink.write(line)
    }
  }

  tell(exchange: Exchange, level: number, text: string): void {
    if (level <= this.level) this.write(level, exchangeMessage(exchange, text))
  }
}

function openTarget(target: string, files: LogFiles, prefix: string): LineSink | Syslog | string {
  if (target.startsWith('syslog:')) return files.syslog(target)
  return files.writer(target === 'stderr' ? target : fullPath(toByteText(prefix), toByteText(target)))
}
