/**
 * Bytes both ways over one connected socket, with back-pressure and nothing else.
 *
 * Two implementations keep the same contract (test/net/channel.contract.ts): `fast-channel` drives the socket's handle
 * directly and halves the user time of a request; `portable-channel` uses the public API, for TLS and for runtimes
 * without those internals. Nothing above net/ knows which one it has.
 */

import type { Socket } from 'node:net'

/** Who uses a channel. Calls come from the event loop, never from inside a call to the channel. */
export interface ChannelUser {
  /**
   * Bytes arrived: they stand in [0, end) of `bytes`, which is a whole read buffer. They are valid during the call;
   * `channel.write` of a slice of them, to any channel, is the one use that may outlive it: the channel knows when the
   * kernel did not take them.
   */
  received(bytes: Buffer, end: number): void
  /** Everything written has been taken by the kernel, after a write that answered false. */
  drained(): void
  /** The other side sent FIN: no more bytes will come. Writing is still possible. */
  ended(): void
  /** The socket is gone, once, last call. `error` is the system's code (`ECONNRESET`), '' for an orderly close. */
  closed(error: string): void
}

export interface Channel {
  /** Addresses are '' and ports 0 for Unix sockets. */
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  readonly bytesRead: number
  readonly bytesWritten: number
  /** Destroyed or closed: writes are dropped. */
  readonly dead: boolean
  /** A write has not been taken by the kernel yet. */
  readonly backlogged: boolean

  /** Gives the channel to a user; the first one is given at birth. Nothing is delivered until resume. */
  attach(user: ChannelUser): void
  pause(): void
  resume(): void
  /**
   * Sends Latin-1 text or bytes. True: the kernel took it all. False: the rest is queued (drained will come) or the
   * channel is dead. Bytes that are not a slice of a channel's read buffer must not change until drained.
   */
  write(data: string | Uint8Array): boolean
  /**
   * A hint that this connection carries long bodies, so that reads become large. It takes effect with the read after
   * the next `received`; said from inside `received`, with the next read. Take it back there too when the body is over,
   * or an idle connection keeps a large buffer.
   */
  expectBulk(bulk: boolean): void
  /** FIN after everything written. */
  end(): void
  /**
   * Gives the socket back, paused, with `unread` of what was read of it before; the channel is of no use any more. Only
   * a portable channel has a socket to give.
   */
  detach?(unread: Uint8Array | null): Socket
  /** Closes at once; queued writes are dropped. With `reset` the peer gets an RST, so that it sees the abort. */
  destroy(reset?: boolean): void
}
