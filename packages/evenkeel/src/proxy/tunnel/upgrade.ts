/**
 * After an upgrade (101) the client's connection, or the stream of HTTP/2 that asked for it, and the origin's are joined:
 * the tunnel ends when both sides have ended, when either connection breaks, or when nothing moved in either direction for
 * proxy_read_timeout.
 */
import { failure } from '../../exchange/failure.ts'
import type { RequestHead, ResponseHead } from '../../exchange/head.ts'
import type { ClientConnection, Exchange } from '../../exchange/exchange.ts'
import { Join, type JoinedSide } from './join.ts'
import type { Ports } from '../ports.ts'
import { provesKey } from './websocket.ts'

/** Whether this is the answer to a wish. A subrequest has no connection that could be given away: it is its parent's. */
export function asksToSwitch({ parent, request }: Exchange, sent: RequestHead, answer: ResponseHead): boolean {
  return parent === null && request.upgrade !== '' && sent.fields.has('upgrade') && provesKey(sent, answer)
}

/** A client's connection that can be given away, or a stream of one. */
export interface TunnelClient extends ClientConnection {
  /** Sends the head and gives the bare connection; null: nobody asked for that. The exchange stays its own until `tunnelEnded`. */
  openTunnel(head: ResponseHead): JoinedSide | null
  tunnelEnded(bytesToClient: number): void
}

/** Told how many bytes went to the origin and how many came from it. */
type Done = (up: number, down: number) => void

export function openTunnel(
  exchange: Exchange,
  head: ResponseHead,
  origin: JoinedSide,
  idleMs: number,
  ports: Ports,
  done: Done,
): void {
  const { connection } = exchange
  const client = givesTunnels(connection) ? connection.openTunnel(head) : null
  if (client === null) {
    origin.channel.destroy()
    done(0, 0)
    exchange.loop.proceed(exchange, failure('unasked_upgrade'))
    return
  }
  // It lives by the channels' calls.
  void new Join(client, origin, { ...through, idleMs }, ports.wheel, {
    answered() {},
    over(_, up, down) {
      done(up, down)
      ;(connection as TunnelClient).tunnelEnded(down)
    },
    clientClosed() {},
  })
}

/** Who upgrades may end one direction and go on with the other. */
const through = { halfClose: true, upRate: 0, downRate: 0 } as const

function givesTunnels(connection: ClientConnection): connection is TunnelClient {
  return 'openTunnel' in connection
}
