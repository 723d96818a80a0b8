/**
 * Posts the spans of all workers to a collector: OTLP over HTTP, in JSON (OpenTelemetry Protocol 1, "OTLP/HTTP"). A batch
 * is tried again as the protocol says, and then given up: who collects traces is not worth the traffic they tell of.
 */
import { readFileSync } from 'node:fs'
import type { Model } from '../model/model.ts'
import type { TraceExporter, TracingModel } from '../model/tracing.ts'
import type { SpanBatch } from '../worker/span-batches.ts'
import { under } from './files/paths.ts'

export interface TraceSenderParts {
  readonly confPrefix: string
  readonly version: string
  readonly log: (level: 'error' | 'notice', text: string) => void
  readonly nowMs: () => number
}

const TIMEOUT_MS = 10_000
const TRIES = 3
/** How long an ending process waits for its last spans. */
const PATIENCE_MS = 2_000
const PAUSE_MS = 1_000
const MINUTE = 60_000
/** An answer's body is told in the log: no more of it is read. */
const LONGEST_ANSWER = 512

export class TraceSender {
  readonly #parts: TraceSenderParts
  #model: TracingModel | null = null
  readonly #underWay = new Set<Promise<void>>()
  #lost = 0
  #toldMs = Number.NEGATIVE_INFINITY
  #failing = false

  constructor(parts: TraceSenderParts) {
    this.#parts = parts
  }

  /** Where spans go from now on. */
  keep(model: Model): void {
    this.#model = model.http?.tracing ?? null
  }

  /** Spans that nobody got. */
  get lost(): number {
    return this.#lost
  }

  /** Resolves when it has arrived or was given up. */
  send(batch: SpanBatch): Promise<void> {
    const sending = this.#send(batch).finally(() => this.#underWay.delete(sending))
    this.#underWay.add(sending)
    return sending
  }

  /** Waits for what is under way, but not for long. */
  async close(): Promise<void> {
    if (this.#underWay.size === 0) return
    await Promise.race([Promise.all(this.#underWay), new Promise(resolve => setTimeout(resolve, PATIENCE_MS).unref())])
  }

  async #send(batch: SpanBatch): Promise<void> {
    if (batch.dropped > 0) this.#lose(batch.dropped, 'the collector is too slow')
    const model = this.#model
    if (model === null || model.exporter === null) return
    const body = this.#envelope(batch.spans, model)
    for (let left = TRIES; ; left--) {
      const answer = await post(model.exporter, body, this.#parts.confPrefix)
      if (answer.kind === 'taken') return this.#recovered()
      if (answer.kind === 'refused' || left === 1) return this.#lose(batch.count, answer.why)
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS).unref())
    }
  }

  #envelope(spans: string, { serviceName, resource }: TracingModel): string {
    const said = [{ name: 'service.name', value: serviceName }, ...resource]
    const attributes = said.map(({ name, value }) => ({ key: name, value: { stringValue: value } }))
    const scope = JSON.stringify({ name: 'evenkeel', version: this.#parts.version })
    return `{"resourceSpans":[{"resource":{"attributes":${JSON.stringify(attributes)}},"scopeSpans":[{"scope":${scope},"spans":[${spans}]}]}]}`
  }

  #lose(count: number, why: string): void {
    this.#lost += count
    this.#failing = true
    const now = this.#parts.nowMs()
    if (now - this.#toldMs < MINUTE) return
    this.#toldMs = now
    this.#parts.log('error', `spans could not be exported (${why}), ${this.#lost} lost so far`)
  }

  #recovered(): void {
    if (!this.#failing) return
    this.#failing = false
    this.#toldMs = Number.NEGATIVE_INFINITY
    this.#parts.log('notice', 'spans are exported again')
  }
}

type Answer = { readonly kind: 'taken' } | { readonly kind: 'refused' | 'failed'; readonly why: string }

/** Statuses after which the protocol has a batch tried again. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504])

async function post(
  { url, fields, trustedCertificate }: TraceExporter,
  body: string,
  confPrefix: string,
): Promise<Answer> {
  const secure = url.startsWith('https:')
  // Loaded by who exports alone: Node's HTTP takes a tenth of a start.
  const { request: open } = await (secure ? import('node:https') : import('node:http'))
  return new Promise(resolve => {
    const failed = (error: Error): void => resolve({ kind: 'failed', why: error.message })
    try {
      const target = new URL(url)
      const ca = trustedCertificate === null ? {} : { ca: readFileSync(under(confPrefix, trustedCertificate)) }
      const request = open(target, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(body),
          ...Object.fromEntries(fields.map(({ name, value }) => [name, value])),
        },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...ca,
      })
      request.on('error', failed)
      request.on('response', response => {
        const status = response.statusCode ?? 0
        let text = ''
        response.setEncoding('latin1')
        response.on('data', (part: string) => {
          if (text.length < LONGEST_ANSWER) text += part
        })
        response.on('error', failed)
        response.on('end', () => {
          if (status >= 200 && status < 300) return resolve({ kind: 'taken' })
          const why = `status ${status} ${text.slice(0, LONGEST_ANSWER).replaceAll(/[^ -~]+/g, ' ')}`.trim()
          resolve({ kind: PASSING.has(status) ? 'failed' : 'refused', why })
        })
      })
      request.end(body)
    } catch (error) {
      failed(error instanceof Error ? error : new Error(String(error)))
    }
  })
}
