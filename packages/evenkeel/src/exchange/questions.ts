/**
 * What a location asks the main thread for: the API and metrics. A port, since the answer is there, where it costs no
 * worker anything to make; only data crosses.
 */

export interface Question {
  readonly about: 'api' | 'metrics'
  readonly method: string
  /** Behind the prefix of the location: `/9/http/upstreams`. */
  readonly path: string
  /** Query string without `?`. */
  readonly query: string
  /** '' where none is wanted. One character a byte, as all text of the configuration. */
  readonly body: string
  /** Servers may be changed. */
  readonly write: boolean
  /** The location that was asked, with its prefix: `/api`. */
  readonly prefix: string
  /** Where the client connected to: an address, without its port. */
  readonly address: string
}

export interface Answer {
  readonly status: number
  readonly type: string
  /** One character a byte. */
  readonly body: string
  /** Where something new is; left out: nothing is new. */
  readonly location?: string
}

/** null: nobody answered in time, or too many wait already. */
export type Ask = (question: Question) => Promise<Answer | null>
