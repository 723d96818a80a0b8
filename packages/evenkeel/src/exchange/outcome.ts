/**
 * What a step or an action says is to happen next with an exchange.
 *
 * Steps never call the next step, nor each other: they answer with one of these values, and the loop in proxy/ does
 * what it says. So everything that can go round again (internal redirects, error pages) goes round in one place.
 */
import type { Failure } from './failure.ts'
import type { Fields } from './fields.ts'

/** Answer from here. */
export interface Reply {
  readonly kind: 'reply'
  readonly status: number
  /** The whole body. Without one, statuses from 300 get the built-in page of their status. */
  readonly body?: string | Uint8Array
  /** Content-Type of `body`; null sends none. */
  readonly type?: string | null
  /** Fields besides Content-Type and framing. */
  readonly fields?: Fields
}

/** Find a route anew inside, as for a new URI. */
export interface Redirect {
  readonly kind: 'redirect'
  /** Decoded, normalised path; or `@name` of a named location, which keeps the URI. */
  readonly uri: string
  /** Query string without `?`; undefined keeps the one there is. */
  readonly args?: string | undefined
  /** The method from here on; undefined keeps it. */
  readonly method?: string
  /** Status the final answer is to have (error_page =CODE); 0: whatever the new route answers. */
  readonly status?: number
  /**
   * A rewrite inside a location asks for the route of the new URI: only the location is found anew, the rewrites of
   * the server are not run again as they are after other redirects.
   */
  readonly rewritten?: boolean
}

/** Undefined: go on with the next step (from a step), or: taken over, will be told later (from an action). */
export type Outcome = Reply | Redirect | Failure | undefined
