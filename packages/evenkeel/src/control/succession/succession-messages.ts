/** What a process and the one that takes over from it say to each other, whichever way sockets go. */
import type { ListenAddress } from '../../model/model.ts'

export type SuccessionMessage =
  /** The successor serves. */
  | { readonly kind: 'up' }
  /** A listening socket comes with it; answered by `taken`. */
  | { readonly kind: 'take'; readonly address: ListenAddress }
  | { readonly kind: 'taken'; readonly taken: boolean }

/** Tells the successor what it is, and which addresses are held already, as nginx's variable of that name does. */
export const INHERITED = 'EVENKEEL_INHERITED'
