/** Workers that are dismissed: each finishes what it has begun, and is gone then. */
import type { Answers } from '../answers.ts'
import type { WorkerThread } from './worker-thread.ts'

export class Departures {
  readonly #answers: Answers
  readonly #leaving = new Map<WorkerThread, Promise<void>>()

  constructor(answers: Answers) {
    this.#answers = answers
  }

  get threads(): readonly WorkerThread[] {
    return [...this.#leaving.keys()]
  }

  /** What is idle stays for `idleMs`; all that is left after `timeoutMs` is cut (0: never). */
  begin(thread: WorkerThread, timeoutMs: number, idleMs: number): void {
    thread.leaving = true
    const gone = this.#drain(thread, timeoutMs, idleMs)
      .then(() => thread.stop(PATIENCE_MS))
      .finally(() => this.#leaving.delete(thread))
    this.#leaving.set(thread, gone)
  }

  /** They wait for the last requests of their clients no longer. */
  hurry(timeoutMs: number): void {
    for (const thread of this.#leaving.keys()) thread.post({ kind: 'drain', timeoutMs, idleMs: 0 })
  }

  /** Resolves when all are gone. */
  async over(): Promise<void> {
    await Promise.all(this.#leaving.values())
  }

  async #drain(thread: WorkerThread, timeoutMs: number, idleMs: number): Promise<void> {
    if (!thread.alive) return
    const answer = this.#answers.next(thread, message => message.kind === 'drained')
    thread.post({ kind: 'drain', timeoutMs, idleMs })
    await answer
  }
}

export const PATIENCE_MS = 1_000
