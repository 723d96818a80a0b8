/**
 * A channel that drives the socket's handle itself: reads land in buffers that stay, writes skip the stream.
 *
 * A net.Socket as a stream costs 5 to 7 µs a request. Here the socket is left with what it does once a connection:
 * FIN, errors, closing. All listeners and callbacks are shared functions that find their channel through a property,
 * so a connection costs no closure. Rules that keep the process alive: the stream's own write is never used; a
 * WriteWrap under way is never used again; what libuv points into is kept until oncomplete.
 */
import type { Socket } from 'node:net'
import { getSystemErrorName } from 'node:util'
import type { Channel, ChannelUser } from './channel.ts'
import type { OwnBuffer, ReadBuffers } from './read-buffers.ts'
import { handleOf, type SocketInternals, type StreamHandle, type WriteWrap } from './socket-internals.ts'

const kChannel: unique symbol = Symbol('channel')
type Owned = { [kChannel]: FastChannel }

export class FastChannel implements Channel {
  readonly #socket: Socket
  readonly #handle: StreamHandle & Owned
  readonly #buffers: ReadBuffers
  readonly #internals: SocketInternals
  #user: ChannelUser
  /** Null: it reads into the shared buffer. */
  #own: OwnBuffer | null = null
  /** Came after `attach` and before `resume`: rare, and the only bytes that are ever copied on reading. */
  #early: Buffer | null = null
  /** Writes the kernel has not taken whole. */
  #inflight = 0
  #error = ''
  #paused = true
  #bulk = false
  #ending = false
  /** FIN: 0 not seen, 1 seen but not told, 2 told. */
  #fin: 0 | 1 | 2 = 0
  #dead = false

  /** `socket` is fresh, connected and paused: bytes it has read already would be lost. */
  constructor(socket: Socket, buffers: ReadBuffers, user: ChannelUser) {
    const handle = handleOf(socket) as (StreamHandle & Owned) | undefined
    if (handle === undefined || buffers.internals === null) throw new Error('a fast channel needs a connected socket')
    if (socket.connecting || socket.readableLength > 0) throw new Error('a fast channel needs a fresh socket')
    this.#socket = socket
    this.#handle = handle
    this.#buffers = buffers
    this.#internals = buffers.internals
    this.#user = user
    handle[kChannel] = this
    ;(socket as unknown as Owned)[kChannel] = this
    handle.reading = false
    handle.readStop()
    handle.useUserBuffer(buffers.shared)
    buffers.streamRead ??= handle.onread
    handle.onread = FastChannel.#read
    socket.on('error', FastChannel.#erred)
    socket.on('end', FastChannel.#ended)
    socket.on('close', FastChannel.#closed)
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
    return this.#socket.bytesWritten
  }

  get dead(): boolean {
    return this.#dead
  }

  get backlogged(): boolean {
    return this.#inflight > 0
  }

  /**
   * Reading is not really stopped: a pooled connection is attached and resumed at once, and stopping would cost a
   * system call a request. Bytes that come before the resume are kept.
   */
  attach(user: ChannelUser): void {
    this.#user = user
    this.#paused = true
  }

  pause(): void {
    this.#paused = true
    if (this.#dead || !this.#handle.reading) return
    this.#stopReading()
  }

  resume(): void {
    if (!this.#paused || this.#dead) return
    this.#paused = false
    if (this.#early !== null || this.#fin === 1) process.nextTick(FastChannel.#catchUp, this)
    else this.#startReading()
  }

  write(data: string | Uint8Array): boolean {
    if (this.#dead || this.#ending) return false
    if (data.length === 0) return this.#inflight === 0
    const buffers = this.#buffers
    const wrap = buffers.spare ?? FastChannel.#makeWrap(this.#internals)
    buffers.spare = null
    let pinned: OwnBuffer | null = null
    let status: number
    if (typeof data === 'string') status = this.#handle.writeLatin1String(wrap, data)
    else if (data.buffer === buffers.sharedMemory) {
      const text = buffers.sharedText(data.byteOffset, data.byteOffset + data.length)
      status = this.#handle.writeLatin1String(wrap, text)
    } else {
      pinned = buffers.find(data.buffer)
      status = this.#handle.writeBuffer(wrap, data)
    }
    if (status !== 0) {
      this.#fail(status)
      return false
    }
    if (this.#internals.state[this.#internals.wentAsync] === 0) {
      buffers.spare = wrap
      return true
    }
    wrap.handle = this.#handle
    wrap.channel = this
    wrap.retained = data
    if (pinned !== null) {
      wrap.pinned = pinned
      pinned.pins += 1
    }
    this.#inflight += 1
    return false
  }

  /** Only the answer of a read can name another buffer to read into: see `#received`. */
  expectBulk(bulk: boolean): void {
    this.#bulk = bulk
  }

  end(): void {
    if (this.#dead || this.#ending) return
    this.#ending = true
    // Not sooner: with a shutdown under way the connection could not be reset any more.
    if (this.#inflight === 0) this.#socket.end()
  }

  destroy(reset = false): void {
    if (this.#dead) return
    this.#dead = true
    // libuv refuses a reset while a shutdown is under way, and Node would then never close the handle.
    const shutting = this.#socket.writableEnded && !this.#socket.writableFinished
    if (reset && !shutting && this.#handle.reset !== undefined) this.#socket.resetAndDestroy()
    else this.#socket.destroy()
  }

  static #makeWrap(internals: SocketInternals): WriteWrap {
    const wrap = internals.makeWrap()
    wrap.oncomplete = FastChannel.#completed
    return wrap
  }

  /** In place of the stream's own `onread`, which is still called for FIN and errors. */
  static #read(this: StreamHandle, bytes: unknown): unknown {
    const channel = (this as StreamHandle & Owned)[kChannel]
    const count = channel.#internals.state[channel.#internals.readCount]!
    if (count > 0) return channel.#received(count)
    return channel.#buffers.streamRead!.call(this, bytes)
  }

  static #erred(this: Socket, error: Error): void {
    const channel = (this as unknown as Owned)[kChannel]
    channel.#dead = true
    channel.#error ||= (error as NodeJS.ErrnoException).code ?? 'EIO'
  }

  static #ended(this: Socket): void {
    const channel = (this as unknown as Owned)[kChannel]
    channel.#fin = 1
    if (!channel.#paused) channel.#tellEnded()
  }

  static #closed(this: Socket): void {
    const channel = (this as unknown as Owned)[kChannel]
    channel.#dead = true
    channel.#early = null
    if (channel.#own !== null) channel.#buffers.leave(channel.#own)
    channel.#own = null
    try {
      channel.#user.closed(channel.#error)
    } catch (error) {
      channel.#buffers.onBug(error)
    }
  }

  static #completed(this: WriteWrap, status: number): void {
    const channel = this.channel as FastChannel
    if (this.pinned !== null) channel.#buffers.unpin(this.pinned as OwnBuffer)
    channel.#inflight -= 1
    if (channel.#dead) return
    if (status < 0) channel.#fail(status)
    else if (channel.#inflight === 0) channel.#drained()
  }

  static #catchUp(channel: FastChannel): void {
    const early = channel.#early
    if (early !== null && !channel.#dead && !channel.#paused) {
      channel.#early = null
      channel.#tellReceived(early, early.length)
    }
    if (channel.#dead || channel.#paused) return
    if (channel.#fin === 1) channel.#tellEnded()
    else channel.#startReading()
  }

  /** Answers the buffer to read into from now on, undefined for the same one. */
  #received(count: number): Buffer | undefined {
    if (this.#dead) return undefined
    const own = this.#own
    const bytes = own === null ? this.#buffers.shared : own.bytes
    if (this.#paused) {
      const part = Buffer.from(bytes.subarray(0, count))
      this.#early = this.#early === null ? part : Buffer.concat([this.#early, part])
      this.#stopReading()
      return undefined
    }
    this.#tellReceived(bytes, count)
    if (own === null ? !this.#bulk : this.#bulk && own.pins === 0) return undefined
    return this.#rotate(own)
  }

  #rotate(own: OwnBuffer | null): Buffer | undefined {
    if (this.#dead) return undefined
    const next = this.#bulk ? this.#buffers.take() : null
    if (own === null && next === null) return undefined
    this.#own = next
    if (own !== null) this.#buffers.leave(own)
    return next === null ? this.#buffers.shared : next.bytes
  }

  #tellReceived(bytes: Buffer, end: number): void {
    try {
      this.#user.received(bytes, end)
    } catch (error) {
      this.#bug(error)
    }
  }

  #tellEnded(): void {
    this.#fin = 2
    if (this.#dead) return
    try {
      this.#user.ended()
    } catch (error) {
      this.#bug(error)
    }
  }

  #drained(): void {
    if (this.#ending) this.#socket.end()
    try {
      this.#user.drained()
    } catch (error) {
      this.#bug(error)
    }
  }

  #startReading(): void {
    if (this.#handle.reading || this.#fin !== 0) return
    this.#handle.reading = true
    const status = this.#handle.readStart()
    if (status !== 0) this.#fail(status)
  }

  #stopReading(): void {
    this.#handle.reading = false
    this.#handle.readStop()
  }

  #bug(error: unknown): void {
    this.destroy()
    this.#buffers.onBug(error)
  }

  /** No Error is made for it: resets come by the thousand, and each would collect a stack. */
  #fail(status: number): void {
    // A socket that is being destroyed tells of its own error.
    if (this.#dead || this.#socket.destroyed) return
    this.#dead = true
    this.#error = getSystemErrorName(status)
    this.#socket.destroy()
  }
}
