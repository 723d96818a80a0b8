/** Variables about the client's side of a connection, whatever is spoken on it: of http and of stream. */
import type { ClientConnection } from '../../exchange/exchange.ts'
import { binaryAddress } from '../address.ts'
import type { Captured } from '../pattern.ts'
import type { Evaluator } from '../ports.ts'

/** What has a client. */
export interface OfClient extends Captured {
  readonly connection: ClientConnection
  readonly remoteAddress: string
  readonly remotePort: number
}

export const clientVariables: Readonly<Record<string, () => Evaluator<OfClient>>> = {
  remote_addr: () => subject => subject.remoteAddress,
  remote_port: () => subject => port(subject.remotePort),
  binary_remote_addr: () => subject => binaryAddress(subject.remoteAddress),
  // What realip put aside.
  realip_remote_addr: () => subject => subject.connection.remoteAddress,
  realip_remote_port: () => subject => port(subject.connection.remotePort),
  server_addr: () => subject => subject.connection.localAddress,
  server_port: () => subject => port(subject.connection.localPort),
  connection: () => subject => String(subject.connection.serial),
}

/** Unix sockets have no port. */
function port(value: number): string {
  return value > 0 ? String(value) : ''
}
