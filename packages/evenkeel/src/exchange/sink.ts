/**
 * Where a message goes, and who sends it.
 *
 * A message (a request or a response) is one head, any number of body parts and one end. Whoever takes one is a Sink:
 * an HTTP/1 server connection takes responses, a client connection takes requests, a body filter is a Sink around a Sink.
 * No stream, promise or emitter stands between them, because each costs more CPU than the message itself.
 */
import type { Failure } from './failure.ts'
import type { Fields } from './fields.ts'
import type { ResponseHead } from './head.ts'

/** Takes one message. Calls come in this order: interim*, head, body*, then end or abort; abort may come at any time. */
export interface Sink<Head> {
  /** An interim response (1xx), any number before the head; responses only. */
  interim(head: ResponseHead): void
  /** Called once. `source` is how the receiver slows or cancels the sender. */
  head(head: Head, source: Source): void
  /**
   * `part` is valid during the call: who keeps it copies it.
   * Answers false when the part was taken but the sender should pause until the source is resumed.
   */
  body(part: Uint8Array): boolean
  /**
   * Nothing more is at hand right now: what was held back for a fuller write is to go out. Senders say it when they
   * have handed on all they had read; so a head and a body that came together leave together, and one that comes
   * alone does not wait.
   */
  flush(): void
  /** The message is complete. */
  end(trailers?: Fields): void
  /** The message will never be complete. May come at any time, also from inside body(); nothing follows end or abort. */
  abort(failure: Failure): void
}

/** The sending side of a message, as its Sink sees it. */
export interface Source {
  pause(): void
  resume(): void
  /** The receiver wants no more; the sender frees what it holds. Nothing is sent to the Sink after it. */
  cancel(failure: Failure): void
}

/** The source of a message that is already all here: there is nothing to slow down. */
export const settledSource: Source = { pause() {}, resume() {}, cancel() {} }
