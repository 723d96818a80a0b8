/**
 * $otel_trace_id and its like: which trace a request belongs to, and which span of it this one is (W3C Trace Context).
 *
 * Both are settled when first asked for, by a variable, by the field that goes to an origin or by the span itself, so
 * that all of them are told the same. A subrequest shares them with the request it was made for.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Settings } from '../../model/settings.ts'
import { FieldName, fieldValue } from '../field-value.ts'
import type { TextOf } from '../ports.ts'
import type { Making, VariableMaker } from './variable-maker.ts'

/** What a request is in a trace: ids in lower-case hex; `parent` is '' for the first of a trace. */
export interface SpanContext {
  readonly trace: string
  readonly span: string
  readonly parent: string
}

/** undefined: it is not traced. */
export type SpanContextOf = (exchange: Exchange) => SpanContext | undefined

/** Place among the variables; the space keeps it apart from any that a configuration can name. */
const SETTLED = 'otel span'
const traceparent = new FieldName('traceparent')
const TRACE = 32
const SPAN = 16

export const tracingVariables: Readonly<Record<string, VariableMaker>> = {
  otel_trace_id: making => show(making, ({ trace }) => trace),
  otel_span_id: making => show(making, ({ span }) => span),
  otel_parent_id: making => show(making, ({ parent }) => parent || undefined),
  otel_parent_sampled: () => exchange => {
    const said = parentOf(exchange)
    return said === undefined ? undefined : said.sampled ? '1' : '0'
  },
  // What an origin is told: this span is the parent of its own. What is not traced here is passed by as it came.
  otel_traceparent: making => {
    const contextOf = spanContext(making)
    return exchange => {
      const context = contextOf(exchange)
      return context === undefined
        ? fieldValue(exchange.request.fields, traceparent, ',')
        : `00-${context.trace}-${context.span}-01`
    }
  },
}

function show(making: Making, part: (context: SpanContext) => string | undefined): ReturnType<VariableMaker> {
  const contextOf = spanContext(making)
  return exchange => {
    const context = contextOf(exchange)
    return context === undefined ? undefined : part(context)
  }
}

export function spanContext({ table, scope: { settings }, text }: Making): SpanContextOf {
  if (settings === null || settings.otelTrace === null) return () => undefined
  const { otelTrace } = settings
  // Compiled with the first request, and not before it is settled: what decides may name the trace itself.
  let traced: TextOf | null = null
  const listens = hears(settings)
  const place = table.indexOf(SETTLED)
  const { random32 } = table.ports
  return exchange => {
    let settled = exchange.values?.[place]
    if (settled === undefined) {
      table.write(exchange, place, '')
      traced ??= text(otelTrace)
      settled = isOn(traced(exchange)) ? begin(listens ? parentOf(exchange) : undefined, random32) : ''
      table.write(exchange, place, settled)
    }
    if (settled === '') return undefined
    return {
      trace: settled.slice(0, TRACE),
      span: settled.slice(TRACE, TRACE + SPAN),
      parent: settled.slice(TRACE + SPAN),
    }
  }
}

function begin(parent: Parent | undefined, random32: () => number): string {
  const trace = parent?.trace ?? randomId(TRACE, random32)
  return trace + randomId(SPAN, random32) + (parent?.span ?? '')
}

/** Hex that is not all zeros, which would be no id. */
export function randomId(digits: number, random32: () => number): string {
  let id = ''
  while (id.length < digits) id += (random32() >>> 0).toString(16).padStart(8, '0')
  return /^0+$/.test(id) ? id.slice(1) + '1' : id
}

interface Parent {
  readonly trace: string
  readonly span: string
  readonly sampled: boolean
}

/** Trace Context, 3.2: a later version may say more behind the flags, and no version is called ff. */
function parentOf({ request }: Exchange): Parent | undefined {
  const said = fieldValue(request.fields, traceparent, ',')
  if (said === undefined) return undefined
  const found = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(said)
  if (found === null || (found[1] === '00' && found[5] !== undefined)) return undefined
  return { trace: found[2]!, span: found[3]!, sampled: (Number.parseInt(found[4]!, 16) & 1) === 1 }
}

function hears({ otelTraceContext }: Settings): boolean {
  return otelTraceContext === 'extract' || otelTraceContext === 'propagate'
}

function isOn(text: string): boolean {
  return text !== '' && text !== '0' && text !== 'off'
}
