/** Access logs of one location, compiled: a condition, a line, and where it goes. */
import type { Exchange } from '../exchange/exchange.ts'
import type { LogFileCacheModel } from '../model/settings/log-settings.ts'
import type { LogFormatModel } from '../model/model.ts'
import { builtInLogFormats } from '../model/names.ts'
import type { AccessLogModel } from '../model/settings.ts'
import type { Template } from '../model/template.ts'
import { isTrue } from '../route/condition.ts'
import type { Captured } from '../route/pattern.ts'
import { fullPath } from '../route/variables/file-variables.ts'
import type { RouteScope, TextOf } from '../route/ports.ts'
import { compileTemplate, constantText } from '../route/template.ts'
import { toByteText } from '../route/byte-text.ts'
import type { VariableTable } from '../route/variables/variable-table.ts'
import type { LogFiles } from './files.ts'
import { compileLine } from './log-line.ts'
import type { VariableFiles } from './variable-files.ts'

/** What writes the line of an ended exchange into each of the logs; a string says what is wrong with one of them. */
export function compileAccessLogs<Subject extends Captured = Exchange>(
  models: readonly AccessLogModel[],
  formats: readonly LogFormatModel[],
  table: VariableTable<Subject>,
  scope: RouteScope,
  files: LogFiles,
  cache: LogFileCacheModel | null = null,
): ((subject: Subject) => void)[] | string {
  const logs: ((subject: Subject) => void)[] = []
  for (const model of models) {
    const log = compileLog(model, formats, table, scope, files, cache)
    if (typeof log === 'string') return log
    logs.push(log)
  }
  return logs
}

function compileLog<Subject extends Captured>(
  model: AccessLogModel,
  formats: readonly LogFormatModel[],
  table: VariableTable<Subject>,
  scope: RouteScope,
  files: LogFiles,
  cache: LogFileCacheModel | null,
): ((subject: Subject) => void) | string {
  const format = [...formats, ...builtInLogFormats].find(({ name }) => name === model.format)
  if (format === undefined) return `unknown log format "${model.format}", define it with log_format`
  const line = compileLine(format, table, scope)
  const write = compileTarget<Subject>(model, table, scope, files, cache)
  if (typeof write === 'string') return write
  if (model.condition === null) return exchange => write(exchange, line(exchange))
  const condition = compileTemplate(model.condition, table, scope)
  return exchange => {
    if (isTrue(condition(exchange))) write(exchange, line(exchange))
  }
}

type Write<Subject> = (exchange: Subject, line: string) => void

function compileTarget<Subject extends Captured>(
  model: AccessLogModel,
  table: VariableTable<Subject>,
  scope: RouteScope,
  files: LogFiles,
  cache: LogFileCacheModel | null,
): Write<Subject> | string {
  const prefix = toByteText(table.ports.prefix)
  const written = constantText(model.target)
  if (written === undefined)
    return variablePath(model.target, compileTemplate(model.target, table, scope), prefix, files.variable(cache))
  const sink = written.startsWith('syslog:')
    ? files.syslog(written)
    : files.writer(fullPath(prefix, written), model.bufferBytes, model.flushMs, model.gzipLevel)
  return typeof sink === 'string' ? sink : (_, line) => sink.write(line)
}

/** A client may choose part of the name, never the folder above: a path that leads upwards is not written to. */
function variablePath<Subject>(
  template: Template,
  text: TextOf<Subject>,
  prefix: string,
  files: VariableFiles,
): Write<Subject> {
  const upwards = template.filter(part => typeof part === 'string').some(part => UPWARDS.test(part))
  return (exchange, line) => {
    const path = text(exchange)
    if (path === '' || path.includes('\0') || (!upwards && UPWARDS.test(path))) return
    files.write(fullPath(prefix, path), line)
  }
}

const UPWARDS = /(?:^|\/)\.\.(?:\/|$)/
