/**
 * Older generations of a worker as the main thread hears of them: how long they are on their way out, and what they wait
 * for. Counted once a second, and only while there are any.
 */
import type { Doing } from '../proxy/listener-runtime.ts'
import type { FromWorker } from './messages.ts'
import type { Runtime } from './runtime.ts'

export interface OldRuntime {
  readonly generation: number
  readonly sinceMs: number
  /** When `worker_shutdown_timeout` cuts what is left of it; 0: never. */
  readonly cutMs: number
  readonly connections: Readonly<Record<Doing, number>>
}

export class Retirement {
  readonly #runtimes: () => Iterable<Runtime>
  readonly #tell: (message: FromWorker) => void
  readonly #timer: NodeJS.Timeout
  #told = 0

  constructor(runtimes: () => Iterable<Runtime>, tell: (message: FromWorker) => void) {
    this.#runtimes = runtimes
    this.#tell = tell
    this.#timer = setInterval(() => this.#report(), REPORT_MS).unref()
  }

  /** That generation is on its way out. */
  begin(runtime: Runtime, shutdownTimeoutMs: number): void {
    const nowMs = Date.now()
    if (runtime.retiredMs === 0) runtime.retiredMs = nowMs
    if (shutdownTimeoutMs > 0 && runtime.cutMs === 0) runtime.cutMs = nowMs + shutdownTimeoutMs
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #report(): void {
    const runtimes = [...this.#runtimes()].map(runtime => ({
      generation: runtime.generation,
      sinceMs: runtime.retiredMs,
      cutMs: runtime.cutMs,
      connections: runtime.count(),
    }))
    if (runtimes.length > 0 || this.#told > 0) this.#tell({ kind: 'retiring', runtimes })
    this.#told = runtimes.length
  }
}

const REPORT_MS = 1_000
