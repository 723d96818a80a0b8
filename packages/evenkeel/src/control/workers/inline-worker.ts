/**
 * A worker without a thread: the same code in the caller's, for a balancer inside another program or a test.
 */
import { EventEmitter } from 'node:events'
import type { FromWorker, ToWorker, WorkerBirth } from '../../worker/messages.ts'
import { WorkerLife, type WorkerHost } from '../../worker/worker-life.ts'
import type { Carrier } from './worker-thread.ts'

export class InlineWorker extends EventEmitter implements Carrier {
  /** For requests of the program around. */
  readonly life: WorkerLife
  #over = false

  constructor(birth: WorkerBirth, host: WorkerHost) {
    super()
    // In a turn of their own, as messages between threads come.
    const tell = (message: FromWorker): void => queueMicrotask(() => this.emit('message', message))
    this.life = new WorkerLife(birth, tell, () => this.#end(), null, host)
  }

  get over(): boolean {
    return this.#over
  }

  postMessage(message: ToWorker): void {
    queueMicrotask(() => {
      if (!this.#over) this.life.told(message)
    })
  }

  terminate(): void {
    this.life.told({ kind: 'stop' })
    this.#end()
  }

  #end(): void {
    if (this.#over) return
    this.#over = true
    queueMicrotask(() => this.emit('exit', 0))
  }
}
