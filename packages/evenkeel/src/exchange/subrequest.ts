/**
 * Requests made inside on behalf of another: to ask whether somebody may pass, to put a page together, to mirror.
 *
 * A subrequest is an Exchange of its own with a parent. It shares the parent's connection, head and variables, has a
 * URI and arguments of its own, finds its own location, and goes through the same loop. Its response goes to the Sink
 * of who asked. This is the port: filters know the types, proxy/ makes subrequests, worker/ hands the one to the other.
 */
import type { Exchange } from './exchange.ts'
import type { Failure } from './failure.ts'
import type { ResponseHead } from './head.ts'
import type { Route } from './route.ts'
import type { Sink, Source } from './sink.ts'

export interface SubrequestAsk {
  /** Decoded path, or `@name` of a named location. */
  readonly uri: string
  /** Query string without `?`. */
  readonly args: string
  /** Left out: GET. */
  readonly method?: string
  /** The client's body goes along, if it was read whole by then. Left out: there is none. */
  readonly body?: boolean
  /** Where it goes at once, to be answered: no location is looked for, no step taken. */
  readonly route?: Route
  /** Nobody waits for it: it goes on when its parent has ended. */
  readonly detached?: boolean
}

export interface Subrequests {
  /** Makes one; null: the request has made too many, or they are nested too deep, which the error log tells. */
  open(parent: Exchange, ask: SubrequestAsk, receiver: Sink<ResponseHead>): Subrequest | null
  /** So few are open that one may run whose response is not due yet. */
  mayRunAhead(parent: Exchange): boolean
}

/** As a Source it is what its receiver slows down; cancelling it ends it, and nothing more comes to the receiver. */
export interface Subrequest extends Source {
  readonly exchange: Exchange
  /** Once. The response may come before this returns. */
  start(): void
  cancel(failure: Failure): void
}

/** How many subrequests a request has made, all levels together. */
export interface SubrequestCount {
  open: number
  made: number
}

/** The request of a client on whose behalf all this is done. */
export function mainOf(exchange: Exchange): Exchange {
  let main = exchange
  while (main.parent !== null) main = main.parent
  return main
}
