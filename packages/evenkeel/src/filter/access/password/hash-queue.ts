/**
 * Expensive password hashes, kept off the event loop: one thread computes them, made when the first is asked for.
 *
 * What was found right is remembered, under a key that tells nothing of the password; browsers send it with every
 * request. What was wrong is not: guesses must not push the right ones out, nor become cheap.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { isExpensive, verify } from './verify.ts'

/** Undefined: the stored form is not known; 'busy': too many wait already. */
export type Check = boolean | undefined | 'busy'

export interface HashTask {
  readonly number: number
  readonly password: string
  readonly stored: string
}

export interface HashAnswer {
  readonly number: number
  readonly right: boolean | undefined
}

/** Passwords remembered as right. */
export interface Remembered {
  get(key: string): true | undefined
  set(key: string, value: true): void
}

/** Beyond this a guesser would make everybody wait for minutes. */
const MOST_WAITING = 256
/** Of this file's own kind: TypeScript in a checkout, JavaScript where it is published. */
const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'))

export class HashQueue {
  readonly #remembered: Remembered
  readonly #secret = randomBytes(32)
  readonly #waiting = new Map<number, { readonly key: string; readonly done: (check: Check) => void }>()
  /** The same question asked again while it waits. */
  readonly #asked = new Map<string, Promise<Check>>()
  #thread: Worker | null = null
  #number = 0

  constructor(remembered: Remembered) {
    this.#remembered = remembered
  }

  check(password: string, stored: string): Check | Promise<Check> {
    if (!isExpensive(stored)) return verify(password, stored)
    const key = createHmac('sha256', this.#secret).update(`${stored}\0${password}`, 'latin1').digest('base64')
    if (this.#remembered.get(key) === true) return true
    const asked = this.#asked.get(key)
    if (asked !== undefined) return asked
    if (this.#waiting.size >= MOST_WAITING) return 'busy'
    const answer = new Promise<Check>(done => {
      const number = ++this.#number
      this.#waiting.set(number, { key, done })
      this.#open().postMessage({ number, password, stored } satisfies HashTask)
    })
    this.#asked.set(key, answer)
    return answer
  }

  #open(): Worker {
    if (this.#thread !== null) return this.#thread
    const thread = new Worker(new URL(`hash-thread${EXTENSION}`, import.meta.url), { name: 'password hashes' })
    thread.unref()
    thread.on('message', ({ number, right }: HashAnswer) => this.#answered(number, right))
    thread.on('error', () => this.#lost())
    thread.on('exit', () => this.#lost())
    return (this.#thread = thread)
  }

  #answered(number: number, check: Check): void {
    const one = this.#waiting.get(number)
    if (one === undefined) return
    this.#waiting.delete(number)
    this.#asked.delete(one.key)
    if (check === true) this.#remembered.set(one.key, true)
    one.done(check)
  }

  /** The thread is gone: who waits is sent away, the next one gets a new thread. */
  #lost(): void {
    this.#thread = null
    for (const number of this.#waiting.keys()) this.#answered(number, 'busy')
  }
}
