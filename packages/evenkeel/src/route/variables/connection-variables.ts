/** Variables about the client's connection. */
import { clientVariables } from './client-variables.ts'
import { seconds } from '../time-text.ts'
import { plain, type VariableMaker } from './variable-maker.ts'

export const connectionVariables: Readonly<Record<string, VariableMaker>> = {
  ...clientVariables,
  server_name: plain(exchange => exchange.server.name),
  scheme: plain(exchange => (exchange.connection.secure ? 'https' : 'http')),
  https: plain(exchange => (exchange.connection.secure ? 'on' : '')),
  http2: plain(({ connection, request }) => (request.version < 20 ? '' : connection.secure ? 'h2' : 'h2c')),
  connection_requests: plain(exchange => String(exchange.connection.requests)),
  connection_time: ({ table }) => {
    const { now } = table.ports
    return exchange => seconds(now() - exchange.connection.openedMs)
  },
  // A second request that came with the first is not told apart here.
  pipe: plain(exchange => (exchange.pipelined ? 'p' : '.')),
  // Node tells nothing of what the kernel knows of a connection.
  tcpinfo_rtt: plain(() => undefined),
  tcpinfo_rttvar: plain(() => undefined),
  tcpinfo_snd_cwnd: plain(() => undefined),
  tcpinfo_rcv_space: plain(() => undefined),
}
