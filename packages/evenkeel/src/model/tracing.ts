/**
 * Traces (OpenTelemetry): where spans go, for a whole process, and what a location tells of its requests. The words are
 * those of nginx's own module.
 */
import type { Template } from './template.ts'

export interface TraceExporter {
  /** OTLP over HTTP: where batches are posted, path included. */
  readonly url: string
  readonly fields: readonly { readonly name: string; readonly value: string }[]
  /** PEM file of who may vouch for an https endpoint; null: whom the system trusts. */
  readonly trustedCertificate: string | null
  /** Longest time a span waits for company. Ms. */
  readonly intervalMs: number
  /** Spans of a batch at most. */
  readonly batchSize: number
  /** Batches a worker has under way at most: what comes beyond is dropped and counted. */
  readonly batchCount: number
}

export interface TracingModel {
  /** null: traces are passed on, and go nowhere themselves. */
  exporter: TraceExporter | null
  serviceName: string
  resource: readonly { readonly name: string; readonly value: string }[]
}

export type TraceContext = 'ignore' | 'extract' | 'inject' | 'propagate'

export interface TracingSettings {
  /** Texts that are neither empty nor `0` nor `off` trace a request; null: none is. */
  otelTrace: Template | null
  otelTraceContext: TraceContext
  /** null: the location. */
  otelSpanName: Template | null
  otelSpanAttr: readonly { readonly name: string; readonly value: Template }[]
}

/** The same settings, whose proxied requests tell an origin which span they come from. */
export function withTraceFields<
  S extends TracingSettings & { proxySetHeader: readonly { readonly name: string; readonly value: Template }[] },
>(settings: S): S {
  const { otelTrace, otelTraceContext: context, proxySetHeader } = settings
  if (otelTrace === null || (context !== 'inject' && context !== 'propagate')) return settings
  const own = { name: 'traceparent', value: [{ variable: 'otel_traceparent' }] }
  // Who begins a trace of its own has nothing to say of the state of another one.
  const state = context === 'inject' ? [{ name: 'tracestate', value: [] }] : []
  return { ...settings, proxySetHeader: [...proxySetHeader, own, ...state] }
}

export const tracingDefaults: TracingSettings = {
  otelTrace: null,
  otelTraceContext: 'ignore',
  otelSpanName: null,
  otelSpanAttr: [],
}
