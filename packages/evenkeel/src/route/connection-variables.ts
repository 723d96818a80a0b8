/** Variables about the client's connection. */
import { binaryAddress } from './address.ts'
import { seconds } from './time-text.ts'
import { plain, type VariableMaker } from './variable-maker.ts'

export const connectionVariables: Readonly<Record<string, VariableMaker>> = {
  remote_addr: plain(exchange => exchange.remoteAddress),
  remote_port: plain(exchange => port(exchange.remotePort)),
  binary_remote_addr: plain(exchange => binaryAddress(exchange.remoteAddress)),
  // What realip put aside.
  realip_remote_addr: plain(exchange => exchange.connection.remoteAddress),
  realip_remote_port: plain(exchange => port(exchange.connection.remotePort)),
  server_addr: plain(exchange => exchange.connection.localAddress),
  server_port: plain(exchange => port(exchange.connection.localPort)),
  server_name: plain(exchange => exchange.server.name),
  scheme: plain(exchange => (exchange.connection.secure ? 'https' : 'http')),
  https: plain(exchange => (exchange.connection.secure ? 'on' : '')),
  http2: plain(({ connection, request }) => (request.version < 20 ? '' : connection.secure ? 'h2' : 'h2c')),
  connection: plain(exchange => String(exchange.connection.serial)),
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

/** Unix sockets have no port. */
function port(value: number): string {
  return value > 0 ? String(value) : ''
}
