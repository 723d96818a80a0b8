/**
 * Requests and connections that the program around a worker received itself: served by the runtime that is live, as if
 * they had come in at its first listener.
 */
import type { Socket } from 'node:net'
import type { ClientTls } from '../exchange/client-tls.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { PortableChannel } from '../net/portable-channel.ts'
import { nobody } from '../net/channels.ts'
import type { Hosted, HostedAsk, HostedUser } from '../proxy/hosted/hosted.ts'
import { HostedExchange } from '../proxy/hosted/hosted-exchange.ts'
import { ServerConnection } from '../proxy/http1/server-connection.ts'
import type { Ports } from '../proxy/ports.ts'
import { ListenerLife, type Runtime } from './runtime.ts'

export type { Hosted, HostedAnswer, HostedAsk, HostedUser } from '../proxy/hosted/hosted.ts'

/** null: nothing is live that could serve it. 'passed': no location is for it, and whoever asked would rather know. */
export function hostRequest(
  runtime: Runtime | null,
  ports: Ports,
  ask: HostedAsk,
  user: HostedUser,
  mayPass: boolean,
): Hosted | 'passed' | null {
  const listener = firstListener(runtime)
  if (listener === null) return null
  const exchange = new HostedExchange(ask, listener, ports, user)
  if (mayPass && !exchange.isOurs) return 'passed'
  exchange.start()
  return exchange
}

/** Whether a location of the configuration is for it. */
export function isHosted(runtime: Runtime | null, ports: Ports, ask: HostedAsk): boolean {
  const listener = firstListener(runtime)
  return listener !== null && new HostedExchange(ask, listener, ports, silent).isOurs
}

/** A request that failed, in plain values. */
export interface FailedRequest {
  readonly method: string
  readonly host: string
  readonly target: string
  readonly status: number
  readonly code: string
  readonly upstream: string
  readonly tried: readonly string[]
}

export function failedRequest(exchange: Exchange): FailedRequest {
  const { request, host, status, failure, upstream, attempts } = exchange
  return {
    method: request.method,
    host,
    target: request.target,
    status,
    code: failure?.code ?? '',
    upstream,
    tried: attempts.map(({ address }) => address),
  }
}

/** A whole connection, from whose first request the program has read: `unread` is what it has. */
export function hostConnection(
  runtime: Runtime | null,
  ports: Ports,
  socket: Socket,
  unread: Buffer,
  secure: boolean,
): boolean {
  const listener = firstListener(runtime)
  if (listener === null) return false
  // Node has read from it, hence not the fast one.
  const channel = new PortableChannel(socket, ports.buffers.onBug, nobody)
  const arrival = { proxied: null, tls: secure ? unseenTls : null, unread }
  void new ServerConnection(channel, listener, ports, arrival)
  return true
}

function firstListener(runtime: Runtime | null): ListenerLife | null {
  for (const listener of runtime?.listeners.values() ?? []) if (listener instanceof ListenerLife) return listener
  return null
}

const silent: HostedUser = {
  interim() {},
  head() {},
  body: () => true,
  end() {},
  abort() {},
  wantBody() {},
  pauseBody() {},
}

/** TLS was the program's: nothing of it is known but that it was there. */
const unseenTls: ClientTls = {
  serverName: '',
  protocol: 'http/1.1',
  certified: false,
  verifyError: '',
  unknownAuthority: false,
  value: () => undefined,
}
