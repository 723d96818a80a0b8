/**
 * Listening sockets: opened here or moved here from another worker, accepting into channels.
 *
 * Accepted sockets are paused and half-open, so that a channel loses no early byte and a client that has sent its FIN
 * still gets its answer.
 */
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net'
import { Admission } from './admission.ts'
import type { Channel } from './channel.ts'
import { makeChannel } from './channels.ts'
import type { ReadBuffers } from './read-buffers.ts'
import { nameBefore, SocketFile } from './socket-file.ts'

/** host '*' is every IPv4 address, '::' every IPv6 one; else a numeric address. */
export type SocketAddress = { readonly host: string; readonly port: number } | { readonly path: string }

export interface ListenerOptions {
  readonly address: SocketAddress
  readonly backlog?: number | null
  /** Several workers listen on the port, each with a queue of its own. */
  readonly reusePort?: boolean
  /** Default true: '::' leaves IPv4 alone. */
  readonly ipv6Only?: boolean | null
  /** Delay before the first probe; system default when true. */
  readonly keepalive?: { readonly idleMs: number } | boolean | null
  /** Counts what is open over all listeners of a worker. Default: no limit. */
  readonly admission?: Admission
  /** A socket file that is there is somebody's who is taken over from: it is replaced. */
  readonly replaces?: boolean
  /** A listening socket moved here: nothing is opened. */
  readonly moved?: Server | null
}

export interface Listener {
  /** With the port that was really bound. */
  readonly address: SocketAddress
  /** The listening socket, to be moved to another thread; `release` it first. */
  readonly server: Server
  /** Connections the kernel completes are held, untouched, until `resumeAccepting`; closing the listener drops them. */
  pauseAccepting(): void
  resumeAccepting(): void
  /** Takes over another listening socket of this address, a dead worker's, besides its own. */
  adopt(server: Server): void
  /** No more connections are taken from its socket here; whoever gets the Server by message goes on. */
  release(): Server
  /** Stops accepting; what is open stays. */
  close(): void
}

/** Opens a listener. What can't be opened is a ListenError whose message says what and where. */
export function openListener(
  options: ListenerOptions & { readonly buffers: ReadBuffers },
  accept: (channel: Channel) => void,
): Promise<Listener> {
  const { buffers } = options
  return openSocketListener(options, buffers.onBug, socket => accept(makeChannel(socket, buffers)))
}

/** The same for those who need the socket itself, as TLS does. */
export function openSocketListener(
  options: ListenerOptions,
  onBug: (error: unknown) => void,
  accept: (socket: Socket) => void,
): Promise<Listener> {
  const admission = options.admission ?? new Admission(Infinity)
  if (options.moved) return Promise.resolve(new Accepting(options, options.moved, admission, accept, onBug))
  const { promise, resolve, reject } = Promise.withResolvers<Listener>()
  const keepalive = options.keepalive ?? false
  const server = createServer({
    pauseOnConnect: true,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: keepalive !== false,
    keepAliveInitialDelay: typeof keepalive === 'object' ? keepalive.idleMs : 0,
  })
  const failed = (error: Error): void => reject(new ListenError(options.address, error))
  server.once('error', failed)
  server.listen(listenOptions(options), () => {
    server.off('error', failed)
    const { address } = options
    try {
      const file = options.replaces === true && 'path' in address ? new SocketFile(address.path) : null
      resolve(new Accepting(options, server, admission, accept, onBug, file))
    } catch (error) {
      server.close()
      failed(error as Error)
    }
  })
  return promise
}

/**
 * Null when nobody listens on the address, else a ListenError. A plain bind: with `reusePort` a port that somebody else
 * has opened the same way would be shared without a word.
 */
export function probePort(address: SocketAddress): Promise<ListenError | null> {
  const { promise, resolve } = Promise.withResolvers<ListenError | null>()
  const server = createServer()
  server.once('error', error => resolve(new ListenError(address, error)))
  server.listen({ ...listenOptions({ address }), reusePort: false }, () => server.close(() => resolve(null)))
  return promise
}

export class ListenError extends Error {
  /** The system's name for it: EADDRINUSE, EACCES, EADDRNOTAVAIL. */
  readonly code: string

  constructor(address: SocketAddress, error: Error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'EIO'
    super(`cannot listen on ${addressText(address)}: ${remedy(code, address)} (${code})`)
    this.code = code
  }
}

/** `127.0.0.1:80`, `[::1]:80`, `unix:/path`. */
export function addressText(address: SocketAddress): string {
  if ('path' in address) return 'unix:' + address.path
  return (address.host.includes(':') ? `[${address.host}]` : address.host) + ':' + address.port
}

class Accepting implements Listener {
  readonly address: SocketAddress
  readonly server: Server
  readonly #admission: Admission
  readonly #accept: (socket: Socket) => void
  readonly #onBug: (error: unknown) => void
  readonly #connected: (socket: Socket) => void
  readonly #adopted: Server[] = []
  readonly #file: SocketFile | null
  #held: Socket[] | null = null

  constructor(
    options: ListenerOptions,
    server: Server,
    admission: Admission,
    accept: (socket: Socket) => void,
    onBug: (error: unknown) => void,
    file: SocketFile | null = null,
  ) {
    this.#file = file
    this.address = boundAddress(options.address, server)
    this.server = server
    this.#admission = admission
    this.#accept = accept
    this.#onBug = onBug
    this.#connected = socket => this.#take(socket)
    this.#serve(server)
  }

  pauseAccepting(): void {
    this.#held ??= []
  }

  resumeAccepting(): void {
    const held = this.#held ?? []
    this.#held = null
    for (const socket of held) {
      socket.off('error', ignore)
      if (!socket.destroyed) this.#hand(socket)
    }
  }

  adopt(server: Server): void {
    this.#adopted.push(server)
    this.#serve(server)
  }

  release(): Server {
    this.server.off('connection', this.#connected)
    return this.server
  }

  close(): void {
    this.#file?.remove()
    for (const server of [this.server, ...this.#adopted]) server.close()
    for (const socket of this.#held ?? []) socket.destroy()
    this.#held = null
  }

  #serve(server: Server): void {
    // One that came from another process or thread may have been made otherwise.
    Object.assign(server, { pauseOnConnect: true, allowHalfOpen: true, noDelay: true })
    server.on('connection', this.#connected)
    // An accept that failed: the connection is gone, the listener is fine.
    server.on('error', ignore)
  }

  #take(socket: Socket): void {
    if (!this.#admission.admit(socket)) return
    if (this.#held === null) this.#hand(socket)
    else {
      socket.on('error', ignore)
      this.#held.push(socket)
    }
  }

  #hand(socket: Socket): void {
    try {
      this.#accept(socket)
    } catch (error) {
      socket.on('error', ignore)
      socket.destroy()
      this.#onBug(error)
    }
  }
}

function listenOptions(options: ListenerOptions): ListenOptions {
  const { address } = options
  const backlog = options.backlog ?? 511
  // Anyone may connect, as with nginx: who may is said by the folder.
  if ('path' in address) {
    const path = options.replaces === true ? nameBefore(address.path) : address.path
    return { path, backlog, exclusive: true, readableAll: true, writableAll: true }
  }
  return {
    host: address.host === '*' ? '0.0.0.0' : address.host,
    port: address.port,
    backlog,
    exclusive: true,
    ipv6Only: address.host.includes(':') && (options.ipv6Only ?? true),
    reusePort: options.reusePort ?? false,
  }
}

function boundAddress(asked: SocketAddress, server: Server): SocketAddress {
  const bound = server.address()
  if ('path' in asked || bound === null || typeof bound === 'string') return asked
  return { host: asked.host, port: bound.port }
}

function remedy(code: string, address: SocketAddress): string {
  const unix = 'path' in address
  if (code === 'EADDRINUSE' && unix) return 'a socket file is there already; stop who owns it, or remove a left one'
  if (code === 'EADDRINUSE') return 'another program listens there; stop it or choose another port'
  if (code === 'EACCES' && unix) return 'its folder may not be written to'
  if (code === 'EACCES') return 'ports below 1024 need root or the capability to bind them'
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address'
  if (code === 'ENOENT') return 'its folder does not exist'
  if (code === 'ENOTSUP' || code === 'EINVAL') return 'the system does not support this listener'
  return 'the system refused it'
}

function ignore(): void {}
