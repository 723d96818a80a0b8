/**
 * Questions of this worker to the main thread that wait for an answer. Few at a time, and none for long: a main thread
 * that is busy must not have the requests of a dashboard pile up here.
 */
import type { Answer, Ask, Question } from '../exchange/questions.ts'
import type { FromWorker } from './messages.ts'

const MOST = 64
const PATIENCE_MS = 10_000

interface Waiting {
  readonly resolve: (answer: Answer | null) => void
  readonly timer: NodeJS.Timeout
}

export class Questions {
  readonly #tell: (message: FromWorker) => void
  readonly #waiting = new Map<number, Waiting>()
  #serial = 0

  constructor(tell: (message: FromWorker) => void) {
    this.#tell = tell
  }

  readonly ask: Ask = (question: Question) => {
    if (this.#waiting.size >= MOST) return Promise.resolve(null)
    const id = ++this.#serial
    const { promise, resolve } = Promise.withResolvers<Answer | null>()
    const timer = setTimeout(() => this.answered(id, null), PATIENCE_MS).unref()
    this.#waiting.set(id, { resolve, timer })
    this.#tell({ kind: 'ask', id, question })
    return promise
  }

  answered(id: number, answer: Answer | null): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return
    this.#waiting.delete(id)
    clearTimeout(waiting.timer)
    waiting.resolve(answer)
  }
}
