/**
 * Connections to origins. Hosts are numeric: names are resolved long before, because dns.lookup would queue requests
 * behind the file system's four threads. One object and two shared listeners a dial, no promise.
 */
import { connect, isIP, type NetConnectOpts, type Socket } from 'node:net'
import type { Channel } from './channel.ts'
import { makeChannel } from './channels.ts'
import type { ReadBuffers } from './read-buffers.ts'

export type DialTarget = { readonly host: string; readonly port: number } | { readonly path: string }

export interface DialOptions {
  readonly buffers: ReadBuffers
  /** Numeric; for TCP only. */
  readonly localAddress?: string | null
  /** SO_KEEPALIVE with the system's delays. */
  readonly keepAlive?: boolean
}

/** Told exactly one of the two, never from inside `dial`, and nothing after `cancel`. */
export interface DialUser {
  /** The channel is paused and has no user: attach one. */
  connected(channel: Channel): void
  /** The system's code: ECONNREFUSED, ENOENT, … */
  failed(error: string): void
}

export interface Dialing {
  cancel(): void
}

export function dial(target: DialTarget, options: DialOptions, user: DialUser): Dialing {
  return new SocketDialing(target, options, user)
}

/** Tries addresses in turn; `failed` tells of the last one. */
export function dialAny(targets: readonly DialTarget[], options: DialOptions, user: DialUser): Dialing {
  if (targets.length === 1) return new SocketDialing(targets[0]!, options, user)
  return new DialingInTurn(targets, options, user)
}

const kDialing: unique symbol = Symbol('dialing')
type Owned = { [kDialing]: SocketDialing }

class SocketDialing implements Dialing {
  readonly #options: DialOptions
  /** Null once told or cancelled. */
  #user: DialUser | null
  #socket: Socket | null = null

  constructor(target: DialTarget, options: DialOptions, user: DialUser) {
    this.#options = options
    this.#user = user
    if ('host' in target && isIP(target.host) === 0) {
      process.nextTick(SocketDialing.#fail, this, 'EINVAL')
      return
    }
    try {
      const socket = connect(connectOptions(target, options))
      this.#socket = socket
      ;(socket as unknown as Owned)[kDialing] = this
      // Before 'connect' at the latest, or the stream would read the first bytes away from the channel.
      socket.pause()
      socket.on('connect', SocketDialing.#connected)
      socket.on('error', SocketDialing.#erred)
    } catch (error) {
      process.nextTick(SocketDialing.#fail, this, (error as NodeJS.ErrnoException).code ?? 'EINVAL')
    }
  }

  cancel(): void {
    this.#user = null
    // The error listener stays: what a destroyed socket still says must not be uncaught.
    this.#socket?.destroy()
    this.#socket = null
  }

  static #connected(this: Socket): void {
    const dialing = (this as unknown as Owned)[kDialing]
    const user = dialing.#user
    if (user === null) return
    dialing.#user = null
    dialing.#socket = null
    this.off('connect', SocketDialing.#connected)
    const { buffers } = dialing.#options
    const channel = makeChannel(this, buffers)
    this.off('error', SocketDialing.#erred)
    try {
      user.connected(channel)
    } catch (error) {
      channel.destroy()
      buffers.onBug(error)
    }
  }

  static #erred(this: Socket, error: Error): void {
    const dialing = (this as unknown as Owned)[kDialing]
    SocketDialing.#fail(dialing, (error as NodeJS.ErrnoException).code ?? 'EIO')
  }

  static #fail(dialing: SocketDialing, error: string): void {
    const user = dialing.#user
    dialing.#user = null
    dialing.#socket = null
    if (user === null) return
    try {
      user.failed(error)
    } catch (bug) {
      dialing.#options.buffers.onBug(bug)
    }
  }
}

class DialingInTurn implements Dialing, DialUser {
  readonly #targets: readonly DialTarget[]
  readonly #options: DialOptions
  readonly #user: DialUser
  #next = 1
  #current: Dialing

  constructor(targets: readonly DialTarget[], options: DialOptions, user: DialUser) {
    this.#targets = targets
    this.#options = options
    this.#user = user
    this.#current = new SocketDialing(targets[0] ?? nowhere, options, this)
  }

  connected(channel: Channel): void {
    this.#user.connected(channel)
  }

  failed(error: string): void {
    const target = this.#targets[this.#next++]
    if (target === undefined) this.#user.failed(error)
    else this.#current = new SocketDialing(target, this.#options, this)
  }

  cancel(): void {
    this.#current.cancel()
  }
}

/** An empty list fails as a host that is no address does. */
const nowhere: DialTarget = { host: '', port: 0 }

function connectOptions(target: DialTarget, options: DialOptions): NetConnectOpts {
  const shared = { allowHalfOpen: true, noDelay: true, keepAlive: options.keepAlive === true }
  if ('path' in target) return { ...shared, path: target.path }
  const tcp = { ...shared, host: target.host, port: target.port, autoSelectFamily: false }
  return options.localAddress ? { ...tcp, localAddress: options.localAddress } : tcp
}
