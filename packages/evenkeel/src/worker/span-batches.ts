/**
 * Spans of one worker on their way to the main thread, which posts them: gathered to a batch, or for an interval, so that
 * a request costs no message of its own. No more batches are under way than the configuration says: when the collector
 * is slow or gone, spans are dropped and counted, and traffic does not notice.
 */
import type { TraceExporter } from '../model/tracing.ts'

export interface SpanBatch {
  /** Comma between them, as in a list of JSON. */
  readonly spans: string
  readonly count: number
  /** Dropped since the batch before. */
  readonly dropped: number
}

export class SpanBatches {
  readonly #send: (batch: SpanBatch) => void
  #exporter: TraceExporter | null = null
  #spans: string[] = []
  #dropped = 0
  #underWay = 0
  #timer: NodeJS.Timeout | null = null

  constructor(send: (batch: SpanBatch) => void) {
    this.#send = send
  }

  /** null: spans go nowhere from now on. */
  configure(exporter: TraceExporter | null): void {
    if (exporter === null) this.flush()
    this.#exporter = exporter
  }

  offer(spans: readonly string[]): void {
    if (this.#exporter === null) return
    const { batchSize, batchCount, intervalMs } = this.#exporter
    if (this.#underWay >= batchCount && this.#spans.length + spans.length > batchSize) {
      this.#dropped += spans.length
      return
    }
    this.#spans.push(...spans)
    if (this.#spans.length >= batchSize) return this.flush()
    this.#timer ??= setTimeout(() => this.flush(), intervalMs).unref()
  }

  /** A batch has arrived, or was given up. */
  settled(): void {
    this.#underWay--
    if (this.#exporter !== null && this.#spans.length >= this.#exporter.batchSize) this.flush()
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#exporter === null || this.#spans.length === 0 || this.#underWay >= this.#exporter.batchCount) return
    this.#underWay++
    const batch = { spans: this.#spans.join(','), count: this.#spans.length, dropped: this.#dropped }
    this.#spans = []
    this.#dropped = 0
    this.#send(batch)
  }
}
