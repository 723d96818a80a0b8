/**
 * After an upgrade (101) the client's connection and the origin's are joined: the tunnel ends when both sides have ended,
 * when either connection breaks, or when nothing moved in either direction for proxy_read_timeout.
 */
import type { Exchange } from '../exchange/exchange.ts'
import { failure } from '../exchange/failure.ts'
import type { RequestHead, ResponseHead } from '../exchange/head.ts'
import { ServerConnection } from './http1/server-connection.ts'
import { Join, type JoinedSide } from './join.ts'
import type { Ports } from './ports.ts'
import { provesKey } from './websocket.ts'

/** Whether this is the answer to a wish. A subrequest has no connection that could be given away: it is its parent's. */
export function asksToSwitch({ parent, request }: Exchange, sent: RequestHead, answer: ResponseHead): boolean {
  return parent === null && request.upgrade !== '' && sent.fields.has('upgrade') && provesKey(sent, answer)
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
  const connection = exchange.connection
  if (!(connection instanceof ServerConnection)) {
    origin.channel.destroy()
    done(0, 0)
    exchange.loop.proceed(exchange, failure('unasked_upgrade'))
    return
  }
  const client = connection.openTunnel(head)
  // It lives by the channels' calls.
  void new Join(client, origin, { ...through, idleMs }, ports.wheel, {
    answered() {},
    over(_, up, down) {
      done(up, down)
      connection.tunnelEnded(down)
    },
    clientClosed() {},
  })
}

/** Who upgrades may end one direction and go on with the other. */
const through = { halfClose: true, upRate: 0, downRate: 0 } as const
