/**
 * Which worker has how many listening sockets of an address, when their number changes.
 *
 * The kernel deals connections out evenly over the sockets of a reusePort group, and closing one of them resets what
 * waits in its queue. So the sockets of a worker that leaves go to those that stay, in turn, and a worker that is new
 * gets its share of those there are before it opens one.
 */
import type { ListenAddress } from '../../model/model.ts'
import type { FromWorker, MovedListener, ToWorker } from '../../worker/messages.ts'
import type { Answers } from '../answers.ts'
import { addressText } from './listeners.ts'
import type { WorkerThread } from '../workers/worker-thread.ts'

export class ListeningShares {
  readonly #answers: Answers
  /** Sockets of an address besides the first one. */
  readonly #spare = new Map<string, Map<WorkerThread, number>>()

  constructor(answers: Answers) {
    this.#answers = answers
  }

  /** Answers who got sockets of which addresses: those need not be opened. */
  async handOut(
    old: readonly WorkerThread[],
    fresh: readonly WorkerThread[],
    kept: readonly ListenAddress[],
  ): Promise<Map<WorkerThread, ListenAddress[]>> {
    const names = new Set(kept.map(addressText))
    for (const name of this.#spare.keys()) if (!names.has(name)) this.#spare.delete(name)
    const given = new Map<WorkerThread, ListenAddress[]>(fresh.map(thread => [thread, []]))
    if (old.length === 0) return given
    for (const address of kept) {
      const spare = this.#spareOf(address)
      const total = old.reduce((sum, thread) => sum + 1 + (spare.get(thread) ?? 0), 0)
      const share = Math.max(1, Math.floor(total / (old.length + fresh.length)))
      for (const thread of fresh) {
        for (let had = 0; had < share; had++) {
          const richest = old.reduce((best, one) => ((spare.get(one) ?? 0) > (spare.get(best) ?? 0) ? one : best))
          if ((spare.get(richest) ?? 0) === 0 || !(await this.#move(address, richest, thread, true))) break
          spare.set(richest, spare.get(richest)! - 1)
          if (had === 0) given.get(thread)!.push(address)
          else spare.set(thread, had)
        }
      }
    }
    return given
  }

  async handBack(
    leaving: readonly WorkerThread[],
    staying: readonly WorkerThread[],
    kept: readonly ListenAddress[],
  ): Promise<void> {
    if (staying.length === 0) return
    for (const address of kept) {
      const spare = this.#spareOf(address)
      for (const thread of leaving) {
        for (;;) {
          const poorest = staying.reduce((best, one) => ((spare.get(one) ?? 0) < (spare.get(best) ?? 0) ? one : best))
          if (!(await this.#move(address, thread, poorest, false))) break
          spare.set(poorest, (spare.get(poorest) ?? 0) + 1)
        }
      }
    }
    this.forget(leaving)
  }

  /** They are gone, with what they had. */
  forget(gone: readonly WorkerThread[]): void {
    for (const spare of this.#spare.values()) for (const thread of gone) spare.delete(thread)
  }

  /** In the turn that the socket came in: who connects while it is here finds nobody. */
  give(thread: WorkerThread, listener: MovedListener): void {
    thread.post({ kind: 'adopt', listener } satisfies ToWorker, [listener.server as never])
  }

  /** A socket of another process, for whoever of these has the fewest. */
  take(threads: readonly WorkerThread[], listener: MovedListener): void {
    const spare = this.#spareOf(listener.address)
    const poorest = threads.reduce((best, one) => ((spare.get(one) ?? 0) < (spare.get(best) ?? 0) ? one : best))
    spare.set(poorest, (spare.get(poorest) ?? 0) + 1)
    this.give(poorest, listener)
  }

  /** All that these threads have, one by one, to another process. */
  async handOver(
    threads: readonly WorkerThread[],
    addresses: readonly ListenAddress[],
    pass: (listener: MovedListener) => Promise<boolean>,
  ): Promise<void> {
    for (const address of addresses) {
      for (const thread of threads) {
        for (;;) {
          const listener = await this.#release(address, thread, false)
          // In the turn that it came.
          if (listener === null || !(await pass(listener))) break
        }
      }
    }
    this.forget(threads)
  }

  /** One socket from one worker to another; false: there was none. */
  async #move(address: ListenAddress, from: WorkerThread, to: WorkerThread, spare: boolean): Promise<boolean> {
    const listener = await this.#release(address, from, spare)
    if (listener === null) return false
    this.give(to, listener)
    return true
  }

  async #release(address: ListenAddress, from: WorkerThread, spare: boolean): Promise<MovedListener | null> {
    // A Unix socket can't be moved.
    if ('path' in address) return null
    const fits = (message: FromWorker): boolean => message.kind === 'released'
    const answer = this.#answers.next(from, fits, RELEASE_MS)
    from.post({ kind: 'release', address, spare })
    const message = await answer
    return message?.kind === 'released' ? message.listener : null
  }

  #spareOf(address: ListenAddress): Map<WorkerThread, number> {
    const name = addressText(address)
    let spare = this.#spare.get(name)
    if (spare === undefined) this.#spare.set(name, (spare = new Map()))
    return spare
  }
}

const RELEASE_MS = 2_000
