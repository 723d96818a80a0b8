/**
 * What happened to an explained request, in order, as plain data: what `--json` prints and the text is made of.
 */

/** Where something stands in the configuration; null: nowhere (a default, or made by other means). */
export interface Place {
  readonly file: string
  readonly line: number
}

/** A server or location that could have got the request. */
export interface Candidate {
  readonly name: string
  readonly place: Place | null
  readonly wins: boolean
  /** Why, in a few words. */
  readonly why: string
  /** Locations inside locations. */
  readonly depth: number
}

export type Step =
  | {
      readonly kind: 'location'
      readonly uri: string
      readonly name: string
      readonly candidates: readonly Candidate[]
    }
  | { readonly kind: 'named'; readonly name: string; readonly place: Place | null; readonly found: boolean }
  | { readonly kind: 'match'; readonly pattern: string; readonly text: string; readonly matched: boolean }
  | { readonly kind: 'if'; readonly condition: string; readonly held: boolean }
  | { readonly kind: 'set'; readonly variable: string; readonly value: string }
  | { readonly kind: 'limit'; readonly limit: 'limit_req' | 'limit_conn'; readonly verdict: string }
  | { readonly kind: 'uri'; readonly uri: string; readonly args: string }
  | { readonly kind: 'error-page'; readonly status: number; readonly outcome: string }
  | { readonly kind: 'outcome'; readonly outcome: string }
  | { readonly kind: 'action'; readonly does: string }
  | { readonly kind: 'log'; readonly level: string; readonly text: string }

export interface ExplainedPeer {
  readonly name: string
  readonly written: string
  readonly weight: number
  readonly role: 'primary' | 'backup'
  readonly down: boolean
  /** Sticky id, where the upstream is sticky. */
  readonly id?: string
  /** In which attempts it was chosen, from 1. */
  readonly attempts: readonly number[]
}

export interface ExplainedUpstream {
  readonly name: string
  readonly place: Place | null
  readonly method: string
  /** What its method hashes; left out: it hashes nothing. */
  readonly key?: string
  /** Which peer the request is bound to; left out: the upstream is not sticky; '' : the request names none. */
  readonly bound?: string
  readonly peers: readonly ExplainedPeer[]
  /** What a process that has just started would choose for the same request again and again, by index of `peers`; -1: nobody. */
  readonly next: readonly number[]
}

export interface Explanation {
  readonly request: { readonly method: string; readonly url: string; readonly from: string; readonly head: string }
  readonly listener: { readonly address: string; readonly why: string }
  readonly servers: readonly Candidate[]
  readonly steps: readonly Step[]
  /** Values of the variables that were asked for on the way, by name. */
  readonly variables: Readonly<Record<string, string>>
  readonly upstream: ExplainedUpstream | null
  /** The head of each request that would have gone to an origin. */
  readonly sent: readonly { readonly to: string; readonly head: string }[]
  readonly answer: {
    readonly status: number
    /** '' : nothing is answered, the connection is closed. */
    readonly head: string
    /** The body's first 2000 bytes. */
    readonly body: string
    readonly from: 'here' | 'origin'
    /** The file it is, or would have been. */
    readonly file?: string
    readonly failure?: string
  }
  /** What was taken for granted. */
  readonly notes: readonly string[]
}
