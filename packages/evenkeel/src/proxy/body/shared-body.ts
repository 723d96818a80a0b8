/**
 * The body of a request that several exchanges send: it is let go when the last of them has ended, since a subrequest
 * may outlive the request it was made for.
 */
import type { Failure } from '../../exchange/failure.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import type { RequestHead } from '../../exchange/head.ts'
import type { RequestBody } from '../../exchange/request-body.ts'
import type { Sink, Source } from '../../exchange/sink.ts'

/** The body of `parent`, for one more exchange; whoever holds it discards it once. */
export function shareBody(parent: Exchange): RequestBody {
  if (!(parent.body instanceof SharedBody)) parent.body = new SharedBody(parent.body)
  return (parent.body as SharedBody).hold()
}

class SharedBody implements RequestBody {
  readonly #body: RequestBody
  #holders = 1

  constructor(body: RequestBody) {
    this.#body = body
  }

  hold(): this {
    this.#holders++
    return this
  }

  get length(): number {
    return this.#body.length
  }

  get collected(): boolean {
    return this.#body.collected
  }

  get spent(): boolean {
    return this.#body.spent
  }

  get recalled(): boolean {
    return this.#body.recalled === true
  }

  get file(): string {
    return this.#body.file
  }

  collect(done: (failure: Failure | null) => void): void {
    this.#body.collect(done)
  }

  sendTo(sink: Sink<RequestHead>): Source {
    return this.#body.sendTo(sink)
  }

  bytes(): Uint8Array | undefined {
    return this.#body.bytes()
  }

  discard(): void {
    if (--this.#holders === 0) this.#body.discard()
  }
}
