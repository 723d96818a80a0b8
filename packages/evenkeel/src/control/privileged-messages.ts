/**
 * What the main process and its privileged child say to each other.
 */
import type { ListenAddress } from '../model/model.ts'
import type { Identity } from './rights.ts'

export interface PrivilegedBirth {
  readonly identity: Identity
  /** Logs of the first configuration: later ones may only stand in the same folders. */
  readonly logs: readonly string[]
  readonly pidPath: string | null
}

export type ToPrivileged =
  | { readonly kind: 'birth'; readonly birth: PrivilegedBirth }
  /** Answered with the listening socket. */
  | { readonly kind: 'bind'; readonly address: ListenAddress }
  | { readonly kind: 'logs'; readonly paths: readonly string[] }
  /** Write the number of the main process. */
  | { readonly kind: 'pid' }

/** One answer to each question; null: done. */
export interface FromPrivileged {
  readonly wrong: string | null
}
