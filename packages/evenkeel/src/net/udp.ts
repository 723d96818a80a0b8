/**
 * Sockets for datagrams: one to listen on, and one connected to an origin for each session. Addresses are numeric.
 *
 * A connected socket gets only what its origin sends, and is told when nobody listens there (ICMP). Node knows nothing of
 * the address a datagram came to, so an answer from a listener of all addresses leaves by the one the system chooses.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIP } from 'node:net'
import { ListenError, type SocketAddress } from './listen.ts'

export type UdpAddress = { readonly host: string; readonly port: number }

export interface UdpListenerOptions {
  readonly address: UdpAddress
  /** Several workers listen on the port; the kernel keeps each client with one of them. */
  readonly reusePort: boolean
  readonly ipv6Only: boolean | null
}

/** Bytes that may wait for the kernel to take them; what comes on top is lost, as datagrams may be. */
const MOST_QUEUED = 4 * 1024 * 1024

export class UdpListener {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    // What an ICMP message says of some client is no business of the others.
    socket.on('error', ignore)
  }

  onMessage(received: (bytes: Buffer, from: RemoteInfo) => void): void {
    this.#socket.on('message', received)
  }

  /** False: it was dropped. */
  send(bytes: Uint8Array, port: number, address: string): boolean {
    if (this.#socket.getSendQueueSize() > MOST_QUEUED) return false
    this.#socket.send(bytes, port, address, ignore)
    return true
  }

  close(): void {
    this.#socket.close()
  }
}

/** What can't be opened is a ListenError. */
export function openUdpListener(options: UdpListenerOptions): Promise<UdpListener> {
  const { address, reusePort } = options
  const host = address.host === '*' ? '0.0.0.0' : address.host
  const { promise, resolve, reject } = Promise.withResolvers<UdpListener>()
  const v6 = host.includes(':')
  const socket = createSocket({
    type: v6 ? 'udp6' : 'udp4',
    reusePort,
    ipv6Only: v6 && (options.ipv6Only ?? true),
    lookup: numeric,
  })
  const failed = (error: Error): void => {
    reject(new ListenError(address, error))
  }
  socket.once('error', failed)
  socket.bind({ address: host, port: address.port, exclusive: true }, () => {
    socket.off('error', failed)
    resolve(new UdpListener(socket))
  })
  return promise
}

/** Null when nobody has the port, else a ListenError; see probePort of listen.ts. */
export async function probeUdpPort(address: SocketAddress): Promise<ListenError | null> {
  if ('path' in address) return null
  try {
    const listener = await openUdpListener({ address, reusePort: false, ipv6Only: null })
    listener.close()
    return null
  } catch (error) {
    return error instanceof ListenError ? error : new ListenError(address, error as Error)
  }
}

/** Told exactly one of the first two, never from inside `dialUdp`, and nothing after `close`. */
export interface UdpUser {
  connected(): void
  /** The system's code: no connection could be had, or the origin refuses datagrams. */
  failed(error: string): void
  received(bytes: Buffer): void
}

export class UdpConnection {
  readonly #user: UdpUser
  readonly #socket: Socket
  readonly #sent: (error: Error | null) => void
  #closed = false

  constructor(to: UdpAddress, localAddress: string, user: UdpUser) {
    this.#user = user
    this.#sent = error => {
      if (error !== null) this.#failed(codeOf(error))
    }
    this.#socket = createSocket({ type: to.host.includes(':') ? 'udp6' : 'udp4', lookup: numeric })
    this.#socket.on('error', error => this.#failed(codeOf(error)))
    this.#socket.on('message', bytes => {
      if (!this.#closed) this.#user.received(bytes)
    })
    process.nextTick(() => this.#begin(to, localAddress))
  }

  send(bytes: Uint8Array): void {
    if (this.#closed || this.#socket.getSendQueueSize() > MOST_QUEUED) return
    this.#socket.send(bytes, this.#sent)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#socket.close()
  }

  #begin({ host, port }: UdpAddress, localAddress: string): void {
    if (this.#closed) return
    if (isIP(host) === 0) return this.#failed('EINVAL')
    const connect = (): void => {
      if (this.#closed) return
      this.#socket.connect(port, host, ((error?: Error) => {
        if (this.#closed) return
        if (error === undefined) this.#user.connected()
        else this.#failed(codeOf(error))
      }) as () => void)
    }
    if (localAddress === '') connect()
    else this.#socket.bind({ address: localAddress, exclusive: true }, connect)
  }

  #failed(code: string): void {
    if (!this.#closed) this.#user.failed(code)
  }
}

type Found = (error: null, address: string, family: number) => void

/** Instead of dns.lookup: there is nothing to look up, and its threads are the file system's. */
function numeric(host: string, _options: unknown, found: Found): void {
  found(null, host, isIP(host))
}

function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? 'EIO'
}

function ignore(): void {}
