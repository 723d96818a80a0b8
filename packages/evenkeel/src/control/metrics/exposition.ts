/**
 * Writes the text format of Prometheus (0.0.4): families one after the other, each with its help and type, and all of its
 * samples together, as the format wants it.
 */
import { latencyBoundsMs } from '../../shared/latency.ts'

export type Labels = Readonly<Record<string, string>>

export interface Sample {
  readonly labels?: Labels
  readonly value: number
}

/** Times as they were counted: how many in each bucket of shared/latency, and all of them added up. */
export interface Times {
  readonly labels?: Labels
  readonly buckets: readonly number[]
  readonly sumMs: number
}

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export class Exposition {
  #text = ''

  get text(): string {
    return this.#text
  }

  gauge(name: string, help: string, samples: readonly Sample[]): void {
    this.#family(name, 'gauge', help, samples)
  }

  /** Its name ends in `_total`. */
  counter(name: string, help: string, samples: readonly Sample[]): void {
    this.#family(name, 'counter', help, samples)
  }

  /** In seconds. */
  histogram(name: string, help: string, series: readonly Times[]): void {
    if (series.length === 0) return
    this.#head(name, 'histogram', help)
    for (const { labels = {}, buckets, sumMs } of series) {
      let count = 0
      for (const [index, more] of buckets.entries()) {
        count += more
        const bound = latencyBoundsMs[index]
        this.#sample(`${name}_bucket`, { ...labels, le: bound === undefined ? '+Inf' : String(bound / 1000) }, count)
      }
      this.#sample(`${name}_sum`, labels, sumMs / 1000)
      this.#sample(`${name}_count`, labels, count)
    }
  }

  #family(name: string, type: string, help: string, samples: readonly Sample[]): void {
    if (samples.length === 0) return
    this.#head(name, type, help)
    for (const { labels = {}, value } of samples) this.#sample(name, labels, value)
  }

  #head(name: string, type: string, help: string): void {
    this.#text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
  }

  #sample(name: string, labels: Labels, value: number): void {
    const list = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
    this.#text += `${name}${list.length === 0 ? '' : `{${list.join(',')}}`} ${value}\n`
  }
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

/** Counts of 1xx to 5xx, each under its class. */
export function byClass(labels: Labels, classes: readonly number[]): Sample[] {
  return classes.map((value, index) => ({ labels: { ...labels, code: `${index + 1}xx` }, value }))
}
