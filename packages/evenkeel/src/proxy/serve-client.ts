/** Which version of HTTP is spoken on a client's connection that is ready for it. */
import type { Channel } from '../net/channel.ts'
import type { Arrival } from './entry/arrival.ts'
import { ServerConnection } from './http1/server-connection.ts'
import { PrefaceWait } from './http2/preface.ts'
import { Http2Connection } from './http2/server-connection.ts'
import type { ListenerRuntime } from './listener-runtime.ts'
import type { Ports } from './ports.ts'

/** Behind TLS it was agreed on (ALPN); in the clear the client's first bytes tell. All of them live by the channel's calls. */
export function serveClient(channel: Channel, runtime: ListenerRuntime, ports: Ports, arrival: Arrival | null): void {
  const rules = runtime.http2
  if (rules === null) void new ServerConnection(channel, runtime, ports, arrival)
  else if (arrival !== null && arrival.tls !== null) {
    if (arrival.tls.protocol === 'h2') void new Http2Connection(channel, runtime, rules, ports, arrival)
    else void new ServerConnection(channel, runtime, ports, arrival)
  } else if (rules.inClear) void new PrefaceWait(channel, runtime, rules, ports, arrival)
  else void new ServerConnection(channel, runtime, ports, arrival)
}
