/**
 * A channel over the public API of a stream socket: for TLS, where handle writes can abort the process, and for
 * runtimes without the internals of the fast one. Same contract, about twice the user time.
 */
import type { Socket } from 'node:net'
import type { Channel, ChannelUser } from './channel.ts'

const kChannel: unique symbol = Symbol('channel')
type Owned = { [kChannel]: PortableChannel }

export class PortableChannel implements Channel {
  readonly #socket: Socket
  readonly #onBug: (error: unknown) => void
  #user: ChannelUser
  /** Given to every write: the stream tells of a backlog only past its high-water mark. One closure a connection. */
  readonly #written: () => void
  #backlogged = false
  #paused = true
  #ending = false
  /** FIN came after `attach` and before `resume`. */
  #endHeld = false
  #dead = false
  #error = ''

  /** `socket` is connected (for TLS: secured) and nobody has read from it. */
  constructor(socket: Socket, onBug: (error: unknown) => void, user: ChannelUser) {
    this.#socket = socket
    this.#onBug = onBug
    this.#user = user
    this.#written = () => this.#checkDrained()
    ;(socket as unknown as Owned)[kChannel] = this
    socket.pause()
    this.#endHeld = socket.readableEnded
    socket.on('data', PortableChannel.#received)
    socket.on('error', PortableChannel.#erred)
    socket.on('end', PortableChannel.#ended)
    socket.on('close', PortableChannel.#closed)
  }

  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? ''
  }

  get remotePort(): number {
    return this.#socket.remotePort ?? 0
  }

  get localAddress(): string {
    return this.#socket.localAddress ?? ''
  }

  get localPort(): number {
    return this.#socket.localPort ?? 0
  }

  get bytesRead(): number {
    return this.#socket.bytesRead
  }

  get bytesWritten(): number {
    return this.#socket.bytesWritten ?? 0
  }

  get dead(): boolean {
    return this.#dead
  }

  get backlogged(): boolean {
    return this.#backlogged
  }

  attach(user: ChannelUser): void {
    this.#user = user
    this.pause()
  }

  pause(): void {
    this.#paused = true
    if (!this.#dead) this.#socket.pause()
  }

  resume(): void {
    if (!this.#paused || this.#dead) return
    this.#paused = false
    if (this.#endHeld) process.nextTick(PortableChannel.#ended.bind(this.#socket))
    else this.#socket.resume()
  }

  write(data: string | Uint8Array): boolean {
    if (this.#dead || this.#ending) return false
    if (data.length === 0) return !this.#backlogged
    if (typeof data === 'string') this.#socket.write(data, 'latin1', this.#written)
    else this.#socket.write(data, this.#written)
    if (this.#socket.writableLength > 0) this.#backlogged = true
    return !this.#backlogged && !this.#socket.destroyed
  }

  /** The stream chooses its own read sizes. */
  expectBulk(): void {}

  end(): void {
    if (this.#dead || this.#ending) return
    this.#ending = true
    this.#socket.end()
  }

  detach(unread: Uint8Array | null): Socket {
    const socket = this.#socket
    this.#dead = true
    socket.pause()
    socket.off('data', PortableChannel.#received)
    socket.off('error', PortableChannel.#erred)
    socket.off('end', PortableChannel.#ended)
    socket.off('close', PortableChannel.#closed)
    if (unread !== null && unread.length > 0 && !socket.readableEnded) socket.unshift(unread)
    return socket
  }

  destroy(reset = false): void {
    if (this.#dead) return
    this.#dead = true
    const shutting = this.#socket.writableEnded && !this.#socket.writableFinished
    if (reset && !shutting) {
      try {
        this.#socket.resetAndDestroy()
        return
      } catch {
        // Unix and TLS sockets have no reset.
      }
    }
    // The end of TLS has to be said (close_notify), or a client takes what it got for cut short. Only where nothing
    // waits to be written: a client that does not read must not keep the socket.
    if (!reset && 'encrypted' in this.#socket && this.#socket.writableLength === 0) this.#socket.destroySoon()
    else this.#socket.destroy()
  }

  static #received(this: Socket, bytes: Buffer): void {
    const channel = (this as unknown as Owned)[kChannel]
    if (channel.#dead) return
    try {
      channel.#user.received(bytes, bytes.length)
    } catch (error) {
      channel.#bug(error)
    }
  }

  static #ended(this: Socket): void {
    const channel = (this as unknown as Owned)[kChannel]
    channel.#endHeld = channel.#paused
    if (channel.#dead || channel.#paused) return
    try {
      channel.#user.ended()
    } catch (error) {
      channel.#bug(error)
    }
  }

  static #erred(this: Socket, error: Error): void {
    const channel = (this as unknown as Owned)[kChannel]
    channel.#dead = true
    channel.#error ||= (error as NodeJS.ErrnoException).code ?? 'EIO'
    // A TLS socket tells of an alert and stays open: waiting for the other side would be waiting for ever.
    this.destroy()
  }

  static #closed(this: Socket): void {
    const channel = (this as unknown as Owned)[kChannel]
    channel.#dead = true
    try {
      channel.#user.closed(channel.#error)
    } catch (error) {
      channel.#onBug(error)
    }
  }

  #checkDrained(): void {
    if (!this.#backlogged || this.#dead || this.#socket.writableLength > 0) return
    this.#backlogged = false
    try {
      this.#user.drained()
    } catch (error) {
      this.#bug(error)
    }
  }

  #bug(error: unknown): void {
    this.destroy()
    this.#onBug(error)
  }
}
