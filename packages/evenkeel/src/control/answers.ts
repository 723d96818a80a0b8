/**
 * Waiting for what a worker thread says: the next message that fits, or word that none will come.
 */
import type { FromWorker } from '../worker/messages.ts'
import type { WorkerThread } from './workers/worker-thread.ts'

type Waiter = (thread: WorkerThread, message: FromWorker | null) => boolean

export class Answers {
  /** An answer of true takes the waiter off the list. */
  readonly #waiting = new Set<Waiter>()

  /** The next message of that thread that `fits`; null when it ends before, or does not answer in time. */
  next(
    thread: WorkerThread,
    fits: (message: FromWorker) => boolean,
    timeoutMs: number | null = null,
  ): Promise<FromWorker | null> {
    if (!thread.alive) return Promise.resolve(null)
    return new Promise(resolve => {
      let timer: NodeJS.Timeout | undefined
      const waiter: Waiter = (from, message) => {
        if (from !== thread || (message !== null && !fits(message))) return false
        clearTimeout(timer)
        resolve(message)
        return true
      }
      this.#waiting.add(waiter)
      if (timeoutMs === null) return
      timer = setTimeout(() => {
        this.#waiting.delete(waiter)
        resolve(null)
      }, timeoutMs)
    })
  }

  /** A thread said something; null: it has ended. */
  told(thread: WorkerThread, message: FromWorker | null): void {
    for (const waiter of this.#waiting) if (waiter(thread, message)) this.#waiting.delete(waiter)
  }
}
