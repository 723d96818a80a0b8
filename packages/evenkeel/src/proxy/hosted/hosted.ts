/**
 * Requests that a program received itself, and gives to a balancer in its own process: what is asked, and whom the
 * answer is told. Plain values both ways, so that Node's server, fetch and tests can stand on either side.
 */

export interface HostedAsk {
  /** Request line and fields as HTTP/1 text, the empty line included: it is read as strictly as one from the wire. */
  readonly head: string
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  /** It came over TLS. */
  readonly secure: boolean
}

export interface HostedAnswer {
  readonly status: number
  readonly reason: string
  /** Name, value, name, value …; Content-Length is among them, where one is known. One character a byte. */
  readonly fields: readonly string[]
  /** false: the client's connection should end behind it. */
  readonly keep: boolean
}

/** Whoever asked. Calls come in this order: interim*, head, body*, then end or abort; abort may come at any time. */
export interface HostedUser {
  interim(status: number, fields: readonly string[]): void
  head(answer: HostedAnswer): void
  /** `part` is valid during the call. False: nothing more is wanted until `resume`. */
  body(part: Uint8Array): boolean
  end(trailers: readonly string[]): void
  /** There will be no answer, or no end of it; `code` is of the table of failures. */
  abort(code: string): void
  /** The request's body is wanted from here on: `data`, then `dataEnds`. */
  wantBody(): void
  pauseBody(): void
}

/** A request under way, for whoever asked. */
export interface Hosted {
  data(bytes: Uint8Array): void
  dataEnds(): void
  /** The body will never be complete. */
  dataBreaks(): void
  /** After `body` answered false. */
  resume(): void
  /** Whoever asked has gone. */
  leave(): void
}
