/** Traces on their way through: what an origin is told, and what a collector gets. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { ask, get } from '../scenario/ask.ts'
import { httpOrigin } from '../scenario/origin.ts'
import { startProxy } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

interface Span {
  traceId: string
  spanId: string
  parentSpanId: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: { key: string; value: { stringValue?: string; intValue?: string } }[]
  status: { code?: number }
}

const origin = await httpOrigin('hello')
let refuses = false
const collector = await httpOrigin(() => (refuses ? { status: 400, body: 'no such thing' } : {}))
const proxy = await startProxy({
  workers: 2,
  config: ports => `
otel_exporter { endpoint ${collector.address}; interval 20ms; header X-Key secret; }
otel_service_name shop;
otel_resource_attr deployment.environment test;
log_format traced '$otel_trace_id $otel_span_id $otel_parent_id $otel_parent_sampled';
access_log access.log traced;
upstream app { server 127.0.0.1:${ports['dead']}; server ${origin.address}; }
server {
  listen 127.0.0.1:${ports['main']};
  listen 127.0.0.1:${ports['other']};
  location / { otel_trace on; otel_trace_context propagate; proxy_pass http://${origin.address}; }
  location /fresh { otel_trace on; otel_trace_context inject; proxy_pass http://${origin.address}; }
  location /sampled { otel_trace $otel_parent_sampled; otel_trace_context propagate; proxy_pass http://${origin.address}; }
  location /round { otel_trace $otel_trace_id; return 204; }
  location /off { proxy_pass http://${origin.address}; }
  location /retried { otel_trace on; proxy_pass http://app; }
  location /named {
    otel_trace on; otel_span_name "my $request_method"; otel_span_attr tenant $arg_tenant; return 503;
  }
}`,
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
  await collector[Symbol.asyncDispose]()
})

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const send = (target: string, ...lines: readonly string[]) =>
  ask(proxy.port('main'), get(target, 'Connection: close', ...lines))

/** Spans that a collector was given whose path, or whose request's, is this one. */
async function spansOf(path: string, count: number): Promise<Span[]> {
  return until(
    () => `${count} spans of ${path}`,
    () => {
      const all = collector.requests.flatMap(({ body }) => spansIn(body.toString()))
      const traces = new Set(all.filter(span => attribute(span, 'url.path') === path).map(span => span.traceId))
      const found = all.filter(span => traces.has(span.traceId))
      return found.length >= count ? found : undefined
    },
  )
}

function spansIn(body: string): Span[] {
  const { resourceSpans } = JSON.parse(body)
  return resourceSpans[0].scopeSpans[0].spans
}

function attribute(span: Span, name: string): string | undefined {
  const value = span.attributes.find(({ key }) => key === name)?.value
  return value?.stringValue ?? value?.intValue
}

const toldTo = (path: string): string | undefined =>
  origin.requests.findLast(({ target }) => target === path)?.get('traceparent')

test('a request belongs to the trace it came with, and the origin is told which span sent it', async () => {
  await send('/propagated', `traceparent: ${PARENT}`, 'tracestate: a=b')
  const [server, client] = await spansOf('/propagated', 2)
  assert.equal(server!.traceId, '0af7651916cd43dd8448eb211c80319c')
  assert.equal(server!.parentSpanId, 'b7ad6b7169203331')
  assert.equal(toldTo('/propagated'), `00-${server!.traceId}-${server!.spanId}-01`)
  assert.equal(origin.requests.findLast(({ target }) => target === '/propagated')?.get('tracestate'), 'a=b')
  assert.deepEqual([server!.kind, client!.kind, client!.parentSpanId], [2, 3, server!.spanId])
  assert.ok(BigInt(server!.endTimeUnixNano) >= BigInt(server!.startTimeUnixNano))
  const shown = ['http.request.method', 'http.response.status_code', 'http.route', 'url.scheme', 'client.address']
  assert.deepEqual(
    shown.map(name => attribute(server!, name)),
    ['GET', '200', '/', 'http', '127.0.0.1'],
  )
  assert.equal(attribute(client!, 'evenkeel.peer'), origin.address)
})

test('one that came without a trace begins one, and so does one whose trace is not believed', async () => {
  await send('/first')
  await send('/fresh', `traceparent: ${PARENT}`, 'tracestate: a=b')
  const [first] = await spansOf('/first', 2)
  const [fresh] = await spansOf('/fresh', 2)
  for (const span of [first!, fresh!]) {
    assert.match(span.traceId, /^(?!0{32})[0-9a-f]{32}$/)
    assert.equal(span.parentSpanId, '')
  }
  assert.notEqual(fresh!.traceId, PARENT.slice(3, 35))
  assert.equal(toldTo('/fresh'), `00-${fresh!.traceId}-${fresh!.spanId}-01`)
  assert.equal(origin.requests.findLast(({ target }) => target === '/fresh')?.get('tracestate'), undefined)
})

test('what is no trace context is not taken for one', async () => {
  const wrong = [
    PARENT.toUpperCase(),
    `${PARENT}-more`,
    PARENT.replace('00-', 'ff-'),
    PARENT.replace(/b7\w+/, '0'.repeat(16)),
  ]
  for (const [index, said] of wrong.entries()) {
    await send(`/wrong${index}`, `traceparent: ${said}`)
    const [span] = await spansOf(`/wrong${index}`, 2)
    assert.equal(span!.parentSpanId, '', said)
  }
})

test('a variable decides which requests are traced; the others pass by as they came', async () => {
  const unsampled = PARENT.replace(/1$/, '0')
  await send('/sampled/no', `traceparent: ${unsampled}`)
  await send('/sampled/yes', `traceparent: ${PARENT}`)
  await spansOf('/sampled/yes', 2)
  assert.equal(toldTo('/sampled/no'), unsampled)
  await send('/off', `traceparent: ${PARENT}`)
  assert.equal(toldTo('/off'), PARENT)
  const all = collector.requests.flatMap(({ body }) => spansIn(body.toString()))
  for (const path of ['/sampled/no', '/off']) assert.ok(!all.some(span => attribute(span, 'url.path') === path))
})

test('what decides by the trace that it decides about finds none', async () => {
  assert.equal((await send('/round')).status, 204)
})

test('every attempt has a span of its own, and one that failed says why', async () => {
  let spans: Span[] = []
  for (let i = 0; i < 2; i++) await send(`/retried/${i}`)
  for (let i = 0; i < 2 && spans.length < 3; i++) spans = await spansOf(`/retried/${i}`, 2)
  const failed = spans.find(span => attribute(span, 'error.type') === 'connect_refused' && span.kind === 3)
  assert.equal(failed!.status.code, 2)
  assert.equal(spans.filter(span => span.kind === 3).length, 2)
  assert.equal(spans.find(span => span.kind === 2)!.status.code, undefined)
})

test('a span has the name and attributes that the location gives it, and 5xx is an error', async () => {
  await send('/named?tenant=a%C3%A4')
  const [span] = await spansOf('/named', 1)
  assert.deepEqual(
    [span!.name, attribute(span!, 'tenant'), attribute(span!, 'url.query')],
    ['my GET', 'a%C3%A4', 'tenant=a%C3%A4'],
  )
  assert.equal(span!.status.code, 2)
})

test('a batch says whose spans they are, with the fields asked for', async () => {
  const { body, get: field, target } = collector.requests[0]!
  assert.deepEqual([target, field('x-key'), field('content-type')], ['/v1/traces', 'secret', 'application/json'])
  const { resource, scopeSpans } = JSON.parse(body.toString()).resourceSpans[0]
  assert.deepEqual(resource.attributes, [
    { key: 'service.name', value: { stringValue: 'shop' } },
    { key: 'deployment.environment', value: { stringValue: 'test' } },
  ])
  assert.equal(scopeSpans[0].scope.name, 'evenkeel')
})

test('logs have the ids', async () => {
  await send('/logged', `traceparent: ${PARENT}`)
  const [span] = await spansOf('/logged', 2)
  await until(
    () => 'the line',
    () =>
      readFileSync(`${proxy.prefix}/access.log`, 'latin1').includes(
        `${span!.traceId} ${span!.spanId} b7ad6b7169203331 1\n`,
      ) || undefined,
  )
})

test('a collector that refuses is told in the log, and traffic goes on', async () => {
  refuses = true
  assert.equal((await send('/refused')).status, 200)
  await until(
    () => 'the log to say so',
    () =>
      /\[error\] .*spans could not be exported \(status 400 no such thing\), \d+ lost so far/.test(
        readFileSync(`${proxy.prefix}/error.log`, 'latin1'),
      ) || undefined,
  )
  refuses = false
})
