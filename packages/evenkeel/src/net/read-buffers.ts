/**
 * What all channels of one thread read into.
 *
 * An idle connection needs no buffer of its own: everyone reads into one shared 16 KB, which is only right because
 * nothing asynchronous ever points into it (a write out of it is made of text, which libuv copies when the kernel does
 * not take it). Long bodies get 64 KB of their own from a bounded pool: one system call instead of eight, and a write
 * the kernel did not take keeps that buffer ("pinned") while the reader goes on with another.
 */
import { findSocketInternals, type SocketInternals, type StreamHandle, type WriteWrap } from './socket-internals.ts'

export interface ReadBuffersOptions {
  /** Told of exceptions thrown by users of channels: each is a bug of ours, and its channel is destroyed. */
  readonly onBug: (error: unknown) => void
  /** Most 64 KB buffers at a time; past it bulk channels stay with the shared one. Default 1024: 64 MB. */
  readonly maxOwn?: number
  /** Null makes every channel of this thread a portable one. Default: what this runtime has. */
  readonly internals?: SocketInternals | null
}

/** 64 KB that belong to one reading channel, and stay alive while writes point into them. */
export interface OwnBuffer {
  readonly bytes: Buffer
  /** Writes under way that point into it. */
  pins: number
  /** A channel reads into it. */
  inUse: boolean
}

/** Missing in the types of Node; half the cost of toString. */
interface Latin1Sliceable {
  latin1Slice(from: number, to: number): string
}

/** libuv tries a text of at most this size before it copies any of it. */
export const sharedSize = 16384
export const ownSize = 65536
/** Kept for reuse while nobody needs them. */
const idleKept = 32

export class ReadBuffers {
  readonly shared: Buffer = Buffer.allocUnsafeSlow(sharedSize)
  readonly sharedMemory: ArrayBufferLike = this.shared.buffer
  readonly internals: SocketInternals | null
  readonly onBug: (error: unknown) => void
  /** Only a write that goes asynchronous uses a wrap up, so all others share this one. */
  spare: WriteWrap | null = null
  /** The `onread` that net.Socket gave its handles, for what is not data; the same for all of a thread. */
  streamRead: StreamHandle['onread'] | null = null
  readonly #maxOwn: number
  readonly #own = new Map<ArrayBufferLike, OwnBuffer>()
  readonly #idle: OwnBuffer[] = []

  constructor(options: ReadBuffersOptions) {
    this.onBug = options.onBug
    this.#maxOwn = options.maxOwn ?? 1024
    this.internals = options.internals === undefined ? findSocketInternals() : options.internals
  }

  /** 64 KB buffers that exist, idle ones included. */
  get ownCount(): number {
    return this.#own.size
  }

  get idleCount(): number {
    return this.#idle.length
  }

  /** Null: too many are in use. */
  take(): OwnBuffer | null {
    const idle = this.#idle.pop()
    if (idle !== undefined) {
      idle.inUse = true
      return idle
    }
    if (this.#own.size >= this.#maxOwn) return null
    const bytes = Buffer.allocUnsafeSlow(ownSize)
    const own: OwnBuffer = { bytes, pins: 0, inUse: true }
    this.#own.set(bytes.buffer, own)
    return own
  }

  /** The reader has gone on to another buffer, or is gone. */
  leave(own: OwnBuffer): void {
    own.inUse = false
    if (own.pins === 0) this.#giveBack(own)
  }

  /** A write that pointed into it is over. */
  unpin(own: OwnBuffer): void {
    own.pins -= 1
    if (own.pins === 0 && !own.inUse) this.#giveBack(own)
  }

  /** The buffer a write points into, when it is one of ours. */
  find(memory: ArrayBufferLike): OwnBuffer | null {
    return this.#own.size === 0 ? null : (this.#own.get(memory) ?? null)
  }

  /** Bytes of the shared buffer as text. */
  sharedText(from: number, to: number): string {
    return (this.shared as unknown as Latin1Sliceable).latin1Slice(from, to)
  }

  #giveBack(own: OwnBuffer): void {
    if (this.#idle.length < idleKept) this.#idle.push(own)
    else this.#own.delete(own.bytes.buffer)
  }
}
