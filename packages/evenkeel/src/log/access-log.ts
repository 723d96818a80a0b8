/** Access logs of one location, compiled: a condition, a line, and where it goes. */
import type { Exchange } from '../exchange/exchange.ts'
import type { ExchangeLog } from '../exchange/route.ts'
import type { LogFormatModel } from '../model/model.ts'
import { builtInLogFormats } from '../model/names.ts'
import type { AccessLogModel } from '../model/settings.ts'
import type { Template } from '../model/template.ts'
import { isTrue } from '../route/condition.ts'
import { fullPath } from '../route/file-variables.ts'
import type { RouteScope, TextOf } from '../route/ports.ts'
import { compileTemplate, constantText } from '../route/template.ts'
import { toByteText } from '../route/byte-text.ts'
import type { VariableTable } from '../route/variable-table.ts'
import type { LogFiles } from './files.ts'
import { compileLine } from './log-line.ts'
import type { LineSink } from './writer.ts'

/** What writes the line of an ended exchange into each of the logs; a string says what is wrong with one of them. */
export function compileAccessLogs(
  models: readonly AccessLogModel[],
  formats: readonly LogFormatModel[],
  table: VariableTable,
  scope: RouteScope,
  files: LogFiles,
): ExchangeLog[] | string {
  const logs: ExchangeLog[] = []
  for (const model of models) {
    const log = compileLog(model, formats, table, scope, files)
    if (typeof log === 'string') return log
    logs.push(log)
  }
  return logs
}

function compileLog(
  model: AccessLogModel,
  formats: readonly LogFormatModel[],
  table: VariableTable,
  scope: RouteScope,
  files: LogFiles,
): ExchangeLog | string {
  const format = [...formats, ...builtInLogFormats].find(({ name }) => name === model.format)
  if (format === undefined) return `unknown log format "${model.format}", define it with log_format`
  const line = compileLine(format, table, scope)
  const sinkOf = compileTarget(model, table, scope, files)
  if (typeof sinkOf === 'string') return sinkOf
  if (model.condition === null) return exchange => sinkOf(exchange)?.write(line(exchange))
  const condition = compileTemplate(model.condition, table, scope)
  return exchange => {
    if (isTrue(condition(exchange))) sinkOf(exchange)?.write(line(exchange))
  }
}

type SinkOf = (exchange: Exchange) => LineSink | undefined

function compileTarget(
  model: AccessLogModel,
  table: VariableTable,
  scope: RouteScope,
  files: LogFiles,
): SinkOf | string {
  const prefix = toByteText(table.ports.prefix)
  const written = constantText(model.target)
  if (written === undefined)
    return variablePath(model.target, compileTemplate(model.target, table, scope), prefix, files)
  const sink = written.startsWith('syslog:')
    ? files.syslog(written)
    : files.writer(fullPath(prefix, written), model.bufferBytes, model.flushMs, model.gzipLevel)
  return typeof sink === 'string' ? sink : () => sink
}

/** A client may choose part of the name, never the folder above: a path that leads upwards is not written to. */
function variablePath(template: Template, text: TextOf, prefix: string, files: LogFiles): SinkOf {
  const upwards = template.filter(part => typeof part === 'string').some(part => UPWARDS.test(part))
  return exchange => {
    const path = text(exchange)
    if (path === '' || path.includes('\0') || (!upwards && UPWARDS.test(path))) return undefined
    return files.variable(fullPath(prefix, path))
  }
}

const UPWARDS = /(?:^|\/)\.\.(?:\/|$)/
