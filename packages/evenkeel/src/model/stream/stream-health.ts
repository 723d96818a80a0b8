/** What a health check of `stream` sends to a server, and what has to come back. */
import type { Pattern } from '../pattern.ts'

export interface StreamMatchModel {
  readonly name: string
  /** Latin-1, one character a byte; null: nothing is sent. */
  readonly send: string | null
  /** null: a connection is enough, or, of datagrams, that nobody refuses them. */
  readonly expect: StreamExpect | null
}

/** Looked for anywhere in what comes. */
export type StreamExpect =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'pattern'; readonly pattern: Pattern }
