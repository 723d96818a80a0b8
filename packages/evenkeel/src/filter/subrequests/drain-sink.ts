/**
 * Takes a subrequest's response without showing it to anybody: its status is what counts, or that it was asked for.
 *
 * A short body is read to its end, so that the connection it came on can be used again.
 */
import { failure, type Failure } from '../../exchange/failure.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import { settledSource, type Sink, type Source } from '../../exchange/sink.ts'

/** Bytes of a body that are read for the sake of its connection. */
const WORTHWHILE = 64 * 1024

export abstract class DrainSink implements Sink<ResponseHead> {
  protected response: ResponseHead | null = null
  #source: Source = settledSource
  readonly #mostBytes: number
  #bytes = 0
  #over = false

  /** Bytes of a body that are taken; of a longer one the rest is not wanted. */
  constructor(mostBytes: number = WORTHWHILE) {
    this.#mostBytes = mostBytes
  }

  /** The response is over, or as much of it as is read. `problem`: it broke off. */
  protected abstract done(problem: Failure | null): void

  interim(): void {}

  head(head: ResponseHead, source: Source): void {
    this.response = head
    this.#source = source
    if (head.length > this.#mostBytes) this.stop()
  }

  body(part: Uint8Array): boolean {
    this.#bytes += part.length
    if (this.#bytes > this.#mostBytes) this.stop()
    return true
  }

  flush(): void {}

  end(): void {
    this.#finish(null)
  }

  abort(problem: Failure): void {
    this.#finish(problem)
  }

  /** What is still to come is not wanted. */
  protected stop(): void {
    if (this.#over) return
    this.#source.cancel(failure('not_wanted'))
    this.#finish(null)
  }

  #finish(problem: Failure | null): void {
    if (this.#over) return
    this.#over = true
    this.done(problem)
  }
}
