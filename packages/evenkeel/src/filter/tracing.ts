/**
 * Spans of requests, as OpenTelemetry wants them: one for the request and one for each attempt at a server, made when
 * the request has ended and given away as text. Names of attributes are those of its conventions for HTTP.
 */
import type { Attempt } from '../exchange/attempt.ts'
import type { Exchange } from '../exchange/exchange.ts'
import type { ExchangeLog } from '../exchange/route.ts'
import type { Settings } from '../model/settings.ts'
import type { Template } from '../model/template.ts'
import { randomId, type SpanContext, type SpanContextOf } from '../route/variables/tracing-variables.ts'

export interface TracingPorts {
  readonly contextOf: SpanContextOf
  readonly random32: () => number
  readonly nowMs: () => number
  text(template: Template): (exchange: Exchange) => string
  /** Takes spans in OTLP's JSON, or drops them: it never waits. */
  offer(spans: readonly string[]): void
}

const SERVER = 2
const CLIENT = 3
const ERROR = 2
const SPAN = 16
/** Of a field that a client wrote: a span is no place for kilobytes of it. */
const LONGEST = 1024

/** null: nothing is traced here. */
export function compileTracing(settings: Settings, route: string, ports: TracingPorts): ExchangeLog | null {
  if (settings.otelTrace === null) return null
  const name = settings.otelSpanName === null ? null : ports.text(settings.otelSpanName)
  const own = settings.otelSpanAttr.map(({ name: key, value }) => ({ key, text: ports.text(value) }))
  return exchange => {
    const context = ports.contextOf(exchange)
    if (context === undefined) return
    const attributes = requestAttributes(exchange, route)
    for (const { key, text } of own) attributes.push(said(key, text(exchange)))
    const request = {
      traceId: context.trace,
      spanId: context.span,
      parentSpanId: context.parent,
      name: name === null ? `${exchange.request.method} ${route}`.trim() : name(exchange),
      kind: SERVER,
      startTimeUnixNano: nanos(exchange.startedMs),
      endTimeUnixNano: nanos(ports.nowMs()),
      attributes,
      // What a client did wrong is no error of the server that tells it so.
      status: exchange.status >= 500 || exchange.failure?.code === 'truncated_response' ? { code: ERROR } : {},
    }
    ports.offer([
      JSON.stringify(request),
      ...exchange.attempts.map(attempt => JSON.stringify(attemptSpan(exchange, attempt, context, ports))),
    ])
  }
}

function requestAttributes(exchange: Exchange, route: string): Attribute[] {
  const { request, connection, status, failure } = exchange
  const list = [
    said('http.request.method', request.method),
    said('url.path', request.path),
    said('url.scheme', connection.secure ? 'https' : 'http'),
    said('http.route', route),
    said('network.protocol.version', VERSIONS[request.version] ?? '1.1'),
    said('server.address', exchange.host),
    counted('server.port', connection.localPort),
    said('client.address', exchange.remoteAddress),
    said('network.peer.address', connection.remoteAddress),
    counted('network.peer.port', connection.remotePort),
    counted('http.response.status_code', status),
    counted('http.response.body.size', exchange.bodyBytesSent),
  ]
  if (request.hasQuery) list.push(said('url.query', request.query))
  if (request.length > 0) list.push(counted('http.request.body.size', request.length))
  const agent = request.fields.get('user-agent')
  if (agent !== undefined) list.push(said('user_agent.original', agent))
  if (failure !== null) list.push(said('error.type', failure.code))
  if (exchange.upstream !== '') list.push(said('evenkeel.upstream', exchange.upstream))
  return list
}

function attemptSpan(
  { request, upstream }: Exchange,
  attempt: Attempt,
  context: SpanContext,
  ports: TracingPorts,
): object {
  const { address, status, failure, startedMs } = attempt
  const lastedMs = Math.max(0, attempt.queueMs, attempt.connectMs, attempt.headerMs, attempt.responseMs)
  const attributes = [said('http.request.method', request.method), said('evenkeel.peer', address)]
  if (upstream !== '') attributes.push(said('evenkeel.upstream', upstream))
  if (status > 0) attributes.push(counted('http.response.status_code', status))
  if (failure !== null) attributes.push(said('error.type', failure.code))
  for (const [name, ms] of [
    ['evenkeel.connect_ms', attempt.connectMs],
    ['evenkeel.header_ms', attempt.headerMs],
  ] as const) {
    if (ms >= 0) attributes.push(counted(name, Math.round(ms)))
  }
  return {
    traceId: context.trace,
    spanId: randomId(SPAN, ports.random32),
    parentSpanId: context.span,
    name: request.method,
    kind: CLIENT,
    startTimeUnixNano: nanos(startedMs),
    endTimeUnixNano: nanos(startedMs + lastedMs),
    attributes,
    status: failure !== null || status >= 500 ? { code: ERROR } : {},
  }
}

type Attribute = { key: string; value: { stringValue: string } | { intValue: string } }

/** Texts here are one character a byte, and JSON is to be UTF-8: what is no UTF-8 shows a sign for that. */
function said(key: string, text: string): Attribute {
  const short = text.length > LONGEST ? text.slice(0, LONGEST) : text
  // oxlint-disable-next-line no-control-regex
  return { key, value: { stringValue: /[^\0-\x7f]/.test(short) ? Buffer.from(short, 'latin1').toString() : short } }
}

function counted(key: string, number: number): Attribute {
  return { key, value: { intValue: String(Math.trunc(number)) } }
}

/** As text: a double does not hold so many digits. */
function nanos(ms: number): string {
  const whole = Math.floor(ms)
  return `${whole}${String(Math.round((ms - whole) * 1e6)).padStart(6, '0')}`
}

const VERSIONS: Readonly<Record<number, string>> = { 10: '1.0', 11: '1.1', 20: '2' }
