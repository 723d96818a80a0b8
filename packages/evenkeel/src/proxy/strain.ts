/**
 * Whether this worker takes new requests. Decided by a timer, off the way of any request, which reads one field.
 */
export class Strain {
  shedding = false
  /** Requests that were answered with 503 for it. */
  shed = 0
}

/** Seconds after which a client that was sent away may come again. */
export const RETRY_AFTER = '2'
