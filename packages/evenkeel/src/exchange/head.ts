/**
 * The heads of messages, the same for every version of HTTP.
 *
 * Framing (Content-Length, Transfer-Encoding, Connection) is told by `length` and `persistent`, never by fields: what
 * a reader understood as framing does not go on (a response's is removed at reading, a request's is hidden by whoever
 * forwards it, as variables still show it), and the writer of the other side says it anew. That is what keeps a
 * message from meaning one thing here and another at the other end (RFC 9112, 11.2).
 */
import type { Fields } from './fields.ts'

/** The length of a body that is not known in advance (chunked, or up to the end of the connection). */
export const UNKNOWN_LENGTH = -1

/** HTTP version as major * 10 + minor: 10, 11, 20. */
export type HttpVersion = number

const nobody: readonly string[] = []

export class RequestHead {
  readonly method: string
  /** The request-target as it came: origin form, absolute form, authority form (CONNECT) or `*`. */
  readonly target: string
  readonly version: HttpVersion
  /**
   * Every field of the request, so that variables can show it. What became the members below (Content-Length,
   * Connection and the like) and the fields in `nominated` must not go on: forward through an overlay that hides
   * them (wire/http1/hop-by-hop).
   */
  readonly fields: Fields
  /** Bytes of body to come: 0 none, UNKNOWN_LENGTH when only its end tells. */
  readonly length: number
  /** The sender allows another request on this connection. */
  readonly persistent: boolean
  /** Host of the absolute form, else of the Host field: valid (RFC 3986, 3.2.2), lower-case, no port, no final dot; '' none. */
  host = ''
  /** The port that stood behind the host; '' none. */
  port = ''
  /** The Host field, or the authority of the absolute form, as it came ($http_host stays the field's). */
  authority = ''
  /** The path in `target`, not decoded: `/` for an absolute form without one, `*` for `OPTIONS *`, '' for CONNECT. */
  path = ''
  /** What stands behind the `?` in `target`, up to a `#`; '' none. */
  query = ''
  /** There was a `?`, perhaps with nothing behind it. */
  hasQuery = false
  /** Lower-case names of fields that `Connection` says are for us alone, without those nobody may drop that way. */
  nominated: readonly string[] = nobody
  /** `Expect: 100-continue` was asked for. */
  expectsContinue = false
  /** The protocol of an `Upgrade` field that `Connection` names; '' none. */
  upgrade = ''
  /** Bytes of the head on the wire. */
  size = 0

  constructor(
    method: string,
    target: string,
    version: HttpVersion,
    fields: Fields,
    length: number,
    persistent: boolean,
  ) {
    this.method = method
    this.target = target
    this.version = version
    this.fields = fields
    this.length = length
    this.persistent = persistent
  }
}

export class ResponseHead {
  status: number
  /** Reason phrase; empty: the usual one for the status. */
  reason: string
  readonly fields: Fields
  /** Content-Length, UNKNOWN_LENGTH when there is none. A HEAD or 304 response may have one without a body. */
  length: number
  /** The sender allows another message on its connection after this one. */
  readonly persistent: boolean
  /** The writer adds its own Server and Date; false when the fields already hold those that are to go out. */
  addServer = true
  addDate = true
  /** The body comes in chunks that tell their own end. */
  chunked = false
  /** Whether filters may answer with ranges of this body, one a response or several; whoever changes its bytes says none. */
  ranges: 'none' | 'one' | 'many' = 'none'
  /** What an `Upgrade` field said: the protocol a 101 switches to; '' none. */
  upgrade = ''

  constructor(status: number, fields: Fields, length: number, reason = '', persistent = true) {
    this.status = status
    this.reason = reason
    this.fields = fields
    this.length = length
    this.persistent = persistent
  }
}

/** Whether a response of this status to this method has a body at all (RFC 9110, 6.4.1). */
export function hasBody(status: number, method: string): boolean {
  return status >= 200 && status !== 204 && status !== 304 && method !== 'HEAD'
}
