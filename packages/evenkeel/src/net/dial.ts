/**
 * Connections to origins. Hosts are numeric: names are resolved long before, because dns.lookup would queue requests
 * behind the file system's four threads. One object and two shared listeners a dial, no promise.
 */
import { connect, isIP, type NetConnectOpts, type Socket } from 'node:net'
import type { Channel } from './channel.ts'
import { makeChannel } from './channels.ts'
import type { ReadBuffers } from './read-buffers.ts'
import { startTls, type TlsRefusal, type TlsTarget, type TlsUser } from './tls-dial.ts'

export type DialTarget = { readonly host: string; readonly port: number } | { readonly path: string }

export interface DialOptions {
  readonly buffers: ReadBuffers
  /** Numeric; for TCP only. */
  readonly localAddress?: string | null
  /** SO_KEEPALIVE with the system's delays. */
  readonly keepAlive?: boolean
  /** TLS is spoken, and connecting includes the handshake; left out or null: plain bytes. */
  readonly tls?: TlsTarget | null
  /** What goes out before everything else, TLS too; null or left out: nothing. */
  readonly preface?: Uint8Array | null
}

/** Told exactly one of `connected` and `failed`, never from inside `dial`, and nothing after `cancel`. */
export interface DialUser {
  /** The connection stands, and TLS begins on it: for who gives the handshake a time of its own. */
  securing?(): void
  /** The channel is paused and has no user: attach one. */
  connected(channel: Channel): void
  /** The system's code: ECONNREFUSED, ENOENT, …; EPROTO where there was a connection, but no TLS: `refusal` tells why. */
  failed(error: string, refusal?: TlsRefusal): void
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

class SocketDialing implements Dialing, TlsUser {
  readonly #target: DialTarget
  readonly #options: DialOptions
  /** Null once told or cancelled. */
  #user: DialUser | null
  #socket: Socket | null = null

  constructor(target: DialTarget, options: DialOptions, user: DialUser) {
    this.#target = target
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

  // === TlsUser

  secured(socket: Socket): void {
    this.#finish(socket)
  }

  refused(refusal: TlsRefusal): void {
    SocketDialing.#fail(this, 'EPROTO', refusal)
  }

  static #connected(this: Socket): void {
    const dialing = (this as unknown as Owned)[kDialing]
    if (dialing.#user === null) return
    this.off('connect', SocketDialing.#connected)
    const { tls, preface } = dialing.#options
    if (preface) this.write(preface)
    // The error listener stays then: it is the socket underneath.
    if (tls) {
      dialing.#socket = startTls(this, targetText(dialing.#target), tls, dialing)
      dialing.#user.securing?.()
    } else dialing.#finish(this)
  }

  #finish(socket: Socket): void {
    const user = this.#user
    if (user === null) return
    this.#user = null
    this.#socket = null
    const { buffers } = this.#options
    const channel = makeChannel(socket, buffers)
    socket.off('error', SocketDialing.#erred)
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

  static #fail(dialing: SocketDialing, error: string, refusal?: TlsRefusal): void {
    const user = dialing.#user
    dialing.#user = null
    dialing.#socket = null
    if (user === null) return
    try {
      user.failed(error, refusal)
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

  securing(): void {
    this.#user.securing?.()
  }

  connected(channel: Channel): void {
    this.#user.connected(channel)
  }

  failed(error: string, refusal?: TlsRefusal): void {
    // Somebody answered there: another address would only hide what was wrong.
    const target = refusal === undefined ? this.#targets[this.#next++] : undefined
    if (target === undefined) this.#user.failed(error, refusal)
    else this.#current = new SocketDialing(target, this.#options, this)
  }

  cancel(): void {
    this.#current.cancel()
  }
}

/** An empty list fails as a host that is no address does. */
const nowhere: DialTarget = { host: '', port: 0 }

function targetText(target: DialTarget): string {
  return 'path' in target ? target.path : `${target.host} ${target.port}`
}

function connectOptions(target: DialTarget, options: DialOptions): NetConnectOpts {
  const shared = { allowHalfOpen: true, noDelay: true, keepAlive: options.keepAlive === true }
  if ('path' in target) return { ...shared, path: target.path }
  const tcp = { ...shared, host: target.host, port: target.port, autoSelectFamily: false }
  return options.localAddress ? { ...tcp, localAddress: options.localAddress } : tcp
}
