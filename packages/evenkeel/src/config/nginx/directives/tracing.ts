/** Traces, in the words of nginx's OpenTelemetry module; the exporter speaks OTLP over HTTP rather than gRPC. */
import type { TraceExporter, TracingModel } from '../../../model/tracing.ts'
import type { Statement } from '../parser.ts'
import type { Draft, Place } from '../place.ts'
import { choice, everywhere, once, row, type Directive } from '../table.ts'
import { readMilliseconds, readNumber } from '../values.ts'

export const tracingDirectives: readonly Directive[] = [
  {
    ...row(
      'otel_exporter',
      ['http'],
      '{ endpoint ...; interval ...; batch_size ...; ... }',
      null,
      'Where spans are posted, as OTLP over HTTP: endpoint, header, trusted_certificate, interval, batch_size, batch_count.',
    ),
    arguments: [0, 0],
    block: true,
    apply: readExporter,
  },
  {
    ...row('otel_service_name', ['http'], 'name', 'evenkeel', 'Name of this service in traces.'),
    apply: (place, statement) => {
      const tracing = tracingOf(place)
      if (tracing !== null && place.once(statement)) tracing.serviceName = statement.words[1] ?? ''
    },
  },
  {
    ...row('otel_resource_attr', ['http'], 'name value', null, 'Told with every batch of spans.'),
    arguments: [2, 2],
    apply: (place, statement) => {
      const tracing = tracingOf(place)
      const [, name = '', value = ''] = statement.words
      if (tracing !== null) tracing.resource = [...tracing.resource, { name, value }]
    },
  },
  {
    ...row('otel_trace', everywhere, 'on | off | $variable', 'off', 'Whether requests are traced.'),
    apply: (place, statement) => {
      if (!once(place, statement, 'otelTrace')) return
      const written = statement.words[1] ?? ''
      if (written === 'on' || written === 'off') {
        return place.put(statement, 'otelTrace', written === 'on' ? ['on'] : null)
      }
      if (!written.includes('$')) {
        return place.fail(statement, 1, `invalid value "${written}"`, 'it may be on, off or a variable')
      }
      const value = place.template(statement, 1)
      if (value !== null) place.put(statement, 'otelTrace', value)
    },
  },
  choice(
    'otel_trace_context',
    'otelTraceContext',
    { extract: 'extract', inject: 'inject', propagate: 'propagate', ignore: 'ignore' },
    'ignore',
    'Whether `traceparent` of a request counts (extract), is set for origins (inject), or both (propagate).',
  ),
  {
    ...row(
      'otel_span_name',
      everywhere,
      'name',
      'the method and the location',
      'What the span of a request is called.',
    ),
    apply: (place, statement) => {
      const value = once(place, statement, 'otelSpanName') ? place.template(statement, 1) : null
      if (value !== null) place.put(statement, 'otelSpanName', value)
    },
  },
  {
    ...row('otel_span_attr', everywhere, 'name value', null, 'Told with the span of a request.'),
    arguments: [2, 2],
    apply: (place, statement) => {
      const value = place.template(statement, 2)
      if (value !== null) place.append(statement, 'otelSpanAttr', { name: statement.words[1] ?? '', value })
    },
  },
]

function tracingOf({ reading: { http } }: Place): Draft<TracingModel> | null {
  if (http === null) return null
  return (http.tracing ??= { exporter: null, serviceName: 'evenkeel', resource: [] })
}

function readExporter(place: Place, statement: Statement): void {
  const tracing = tracingOf(place)
  if (tracing === null) return
  if (tracing.exporter !== null) return place.failDirective(statement, 'is duplicate')
  const exporter: Draft<TraceExporter> = {
    url: '',
    fields: [],
    trustedCertificate: null,
    intervalMs: 5000,
    batchSize: 512,
    batchCount: 4,
  }
  for (const line of statement.block ?? []) {
    const [name = '', ...words] = line.words
    const read = Object.hasOwn(lines, name) ? lines[name] : undefined
    if (line.block !== null) place.fail(line, 0, 'unexpected "{"')
    else if (read === undefined) {
      const known = Object.keys(lines).join(', ')
      place.fail(line, 0, `unknown directive "${name}" in "otel_exporter"`, `it may be ${known}`)
    } else if (words.length !== (name === 'header' ? 2 : 1)) {
      place.fail(line, 0, `invalid number of arguments in "${name}" directive`)
    } else {
      const wrong = read(exporter, words)
      if (wrong !== undefined) place.fail(line, 1, `invalid value "${words[0]}"`, wrong)
    }
  }
  if (exporter.url === '') {
    return place.fail(statement, 0, '"otel_exporter" requires "endpoint"', 'endpoint http://localhost:4318;')
  }
  tracing.exporter = exporter
}

/** A text is what would be right. */
type Read = (exporter: Draft<TraceExporter>, words: readonly string[]) => string | undefined

const lines: Readonly<Record<string, Read>> = {
  endpoint(exporter, [text = '']) {
    const url = /^https?:\/\//i.test(text) ? text : `http://${text}`
    if (!URL.canParse(url) || new URL(url).hostname === '') return 'a URL such as http://localhost:4318'
    const target = new URL(url)
    // The path that the protocol knows, unless another is said.
    if (target.pathname === '/') target.pathname = '/v1/traces'
    exporter.url = target.href
    return undefined
  },
  header(exporter, [name = '', value = '']) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[\r\n\0]/.test(value)) return 'a name and a value of a field'
    exporter.fields = [...exporter.fields, { name, value }]
    return undefined
  },
  trusted_certificate(exporter, [path = '']) {
    exporter.trustedCertificate = path
    return path === '' ? 'a file' : undefined
  },
  interval(exporter, [text = '']) {
    const ms = readMilliseconds(text)
    if (ms === null || ms < 1 || ms > DAY_MS) return 'a time such as 5s, at most a day'
    exporter.intervalMs = ms
    return undefined
  },
  batch_size: (exporter, [text = '']) => {
    const count = readCount(text, 10_000)
    if (count !== null) exporter.batchSize = count
    return count === null ? 'a number from 1 to 10000' : undefined
  },
  batch_count: (exporter, [text = '']) => {
    const count = readCount(text, 1000)
    if (count !== null) exporter.batchCount = count
    return count === null ? 'a number from 1 to 1000' : undefined
  },
}

const DAY_MS = 86_400_000

function readCount(text: string, most: number): number | null {
  const count = readNumber(text)
  return count !== null && count >= 1 && count <= most ? count : null
}
