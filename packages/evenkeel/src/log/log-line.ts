/** The line of a log format: literals as written, values escaped as the format says. */
import type { Exchange } from '../exchange/exchange.ts'
import type { LogFormatModel } from '../model/model.ts'
import type { Captured } from '../route/pattern.ts'
import { toByteText } from '../route/byte-text.ts'
import type { Evaluator, RouteScope, TextOf } from '../route/ports.ts'
import { joinParts, type CompiledPart } from '../route/template.ts'
import { compileVariable } from '../route/variables/variables.ts'
import type { VariableTable } from '../route/variables/variable-table.ts'
import { escapeDefault, escapeJson } from './escape.ts'

export function compileLine<Subject extends Captured = Exchange>(
  format: LogFormatModel,
  table: VariableTable<Subject>,
  scope: RouteScope,
): TextOf<Subject> {
  const escape: <Of>(value: Evaluator<Of>) => Evaluator<Of> = escapes[format.escape]
  return joinParts(
    format.template.map((part): CompiledPart<Subject> => {
      if (typeof part === 'string') return toByteText(part)
      if ('capture' in part) return escape((exchange: Subject) => exchange.captures?.[part.capture])
      const value = compileVariable(part.variable, table, scope)
      return harmless.has(part.variable) ? value : escape(value)
    }),
  )
}

/** Digits and our own words: nothing to escape, and never without a value. */
const harmless: ReadonlySet<string> = new Set([
  'body_bytes_sent',
  'bytes_sent',
  'msec',
  'pipe',
  'request_length',
  'request_time',
  'status',
  'time_iso8601',
  'time_local',
])

const escapes: Readonly<Record<LogFormatModel['escape'], <Of>(value: Evaluator<Of>) => Evaluator<Of>>> = {
  default: value => exchange => {
    const text = value(exchange)
    return text === undefined ? '-' : escapeDefault(text)
  },
  json: value => exchange => {
    const text = value(exchange)
    return text === undefined ? '' : escapeJson(text)
  },
  none: value => value,
}
