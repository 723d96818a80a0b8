/**
 * One worker thread as the main thread sees it: what it was told, which generations it still serves, how it ended.
 */
import { Worker, type Transferable } from 'node:worker_threads'
import type { FromWorker, ToWorker, WorkerBirth } from '../../worker/messages.ts'
import type { OldRuntime } from '../../worker/retirement.ts'

/** What a worker runs in, as the main thread speaks with it: a thread, or the caller's own. */
export interface Carrier {
  postMessage(message: ToWorker, transfer: readonly Transferable[]): void
  terminate(): unknown
  on(event: 'message', listener: (message: FromWorker) => void): unknown
  on(event: 'error', listener: (error: unknown) => void): unknown
  on(event: 'exit', listener: (code: number) => void): unknown
}

export function threadCarrier(url: URL): (birth: WorkerBirth) => Carrier {
  return birth => new Worker(url, { workerData: birth, name: `worker ${birth.index}` })
}

export interface ThreadEvents {
  told(thread: WorkerThread, message: FromWorker): void
  /** Once. `reason` is what it died of, '' when it ended by itself. */
  ended(thread: WorkerThread, reason: string): void
}

export class WorkerThread {
  readonly index: number
  /** Generations it serves: to each the number it has in the log, as each would be a process in nginx. */
  readonly serving: Map<number, number> = new Map()
  /** What it said last of those that are on their way out. */
  retiring: readonly OldRuntime[] = []
  /** It is to end: its end is no accident. */
  leaving = false
  alive = true
  /** It was given a configuration and has not answered: compiling a large one takes its time. */
  busy = false
  readonly bornMs: number
  readonly #worker: Carrier
  readonly #ended: Promise<void>
  #reason = ''

  constructor(birth: WorkerBirth, carrier: (birth: WorkerBirth) => Carrier, events: ThreadEvents) {
    this.index = birth.index
    this.bornMs = performance.now()
    this.#worker = carrier(birth)
    this.#worker.on('message', (message: FromWorker) => events.told(this, message))
    this.#worker.on('error', (error: unknown) => {
      this.#reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    })
    this.#ended = new Promise(resolve => {
      this.#worker.on('exit', (code: number) => {
        this.alive = false
        events.ended(this, this.#reason === '' && code !== 0 ? `exit code ${code}` : this.#reason)
        resolve()
      })
    })
  }

  post(message: ToWorker, transfer: readonly Transferable[] = []): void {
    if (this.alive) this.#worker.postMessage(message, transfer)
  }

  /** Ends it where it stands, as an accident of that name. */
  kill(reason: string): void {
    this.#reason = reason
    void this.#worker.terminate()
  }

  /** Asks it to drop everything, and makes it after `patienceMs`. */
  async stop(patienceMs: number): Promise<void> {
    this.leaving = true
    this.post({ kind: 'stop' })
    const timer = setTimeout(() => void this.#worker.terminate(), patienceMs)
    await this.#ended
    clearTimeout(timer)
  }
}

/** From a checkout the thread's entry is TypeScript, from the published package JavaScript: as this file is. */
export const workerUrl: URL = new URL(
  `../../worker/worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
  import.meta.url,
)
