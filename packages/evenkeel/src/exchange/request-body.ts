/**
 * The body of a request as the rest of the proxy sees it: something that can be collected whole (and then sent as often
 * as needed), or sent on while it comes. Who reads it from the client, and where it is kept, is proxy/'s business.
 */
import type { Failure } from './failure.ts'
import type { RequestHead } from './head.ts'
import type { Sink, Source } from './sink.ts'

export interface RequestBody {
  /** Bytes in all; UNKNOWN_LENGTH until a chunked body has been collected. */
  readonly length: number
  /** Every byte has come and is kept: it can be sent any number of times. */
  readonly collected: boolean
  /** Some of it was sent on without being kept: it can't be sent again. */
  readonly spent: boolean
  /** Although it was sent on, all of it is still here: who has not looked at it can't tell it from a new one. */
  readonly recalled?: boolean
  /** Path of the temporary file that holds it, '' when it is in memory. */
  readonly file: string
  /** Reads all of it. `done` is called once, perhaps at once; with a failure when it can't be had. */
  collect(done: (failure: Failure | null) => void): void
  /**
   * Sends body and end (never the head) to a sink. The source slows or stops it.
   * A failure of the client's side arrives as the sink's abort.
   */
  sendTo(sink: Sink<RequestHead>): Source
  /** The collected bytes if they are in memory; undefined otherwise. For $request_body. */
  bytes(): Uint8Array | undefined
  /** Nobody wants it: what still comes is read and dropped, what is kept is freed. */
  discard(): void
}
