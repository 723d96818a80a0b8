/**
 * What came before the first byte of HTTP on a connection: a PROXY protocol head, a TLS handshake.
 *
 * A listener that wants neither has no entry, and what it accepts goes straight to HTTP.
 */
import type { Socket } from 'node:net'
import type { ClientTls } from '../../exchange/client-tls.ts'
import type { ProxiedAddress } from '../../exchange/exchange.ts'
import type { Channel } from '../../net/channel.ts'
import type { ListenerRuntime } from '../listener-runtime.ts'

/** What was learnt of a client before it could say anything. */
export interface Arrival {
  readonly proxied: ProxiedAddress | null
  /** null: it speaks in the clear. The protocol that was agreed on is `tls.protocol`. */
  readonly tls: ClientTls | null
  /** Bytes that came with the last of it, and are the client's first words; null: none. */
  readonly unread: Buffer | null
}

/** Takes a connection over that is ready for its protocol. */
export type Serve<Runtime = ListenerRuntime> = (channel: Channel, runtime: Runtime, arrival: Arrival | null) => void

/** Takes an accepted socket through what its listener wants first. */
export interface Entry<Runtime = ListenerRuntime> {
  /** TLS is ended here. */
  readonly secure?: true
  take(socket: Socket, runtime: Runtime, serve: Serve<Runtime>): void
}
