/**
 * What the main process and its privileged child say to each other.
 */
import type { ListenAddress } from '../../model/model.ts'
import type { Identity } from './rights.ts'
import type { Command } from '../succession/successor.ts'

export interface PrivilegedBirth {
  readonly identity: Identity
  /** Logs of the first configuration: later ones may only stand in the same folders. */
  readonly logs: readonly string[]
  readonly pidPath: string | null
  /** What a successor is started by: nobody can have anything else started. */
  readonly command: Command
}

export type ToPrivileged =
  | { readonly kind: 'birth'; readonly birth: PrivilegedBirth }
  /** Answered with the listening socket. */
  | { readonly kind: 'bind'; readonly address: ListenAddress }
  | { readonly kind: 'logs'; readonly paths: readonly string[] }
  /** Write the number of the main process. */
  | { readonly kind: 'pid' }
  /** Start the process that takes over; answered with its number. */
  | { readonly kind: 'succeed'; readonly inherited: readonly string[] }
  /** Whether it serves: `wrong` says why not. */
  | { readonly kind: 'successor' }
  /** A listening socket for it comes with this. */
  | { readonly kind: 'pass'; readonly address: ListenAddress }

/** One answer to each question; null: done. */
export interface FromPrivileged {
  readonly wrong: string | null
  readonly pid?: number
}
