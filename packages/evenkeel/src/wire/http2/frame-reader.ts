/**
 * Cuts what comes over a connection into frames and hands them on, DATA in parts as they come, everything else whole.
 *
 * What can be told from frames alone is judged here: sizes, padding, which frames belong to a stream and which to the
 * connection, and that nothing comes between the parts of a header block. What a frame means is the taker's business.
 */
import {
  ENHANCE_YOUR_CALM,
  flags,
  FRAME_HEAD,
  FRAME_SIZE_ERROR,
  frameTypes,
  NO_ERROR,
  PREFACE,
  PROTOCOL_ERROR,
  type ErrorCode,
} from './codes.ts'

/** Answers that are not NO_ERROR end the connection with that code. Bytes are valid during the call. */
export interface FrameTaker {
  /** A DATA frame begins; `size` is all of its payload, which is what flow control counts, `padding` what is no data. */
  dataBegins(stream: number, size: number, padding: number, endStream: boolean): ErrorCode
  /** Some of its data; never empty. */
  dataPart(bytes: Buffer, start: number, end: number): ErrorCode
  dataEnds(): ErrorCode
  /** A whole header block. */
  headers(stream: number, endStream: boolean, bytes: Buffer, start: number, end: number): ErrorCode
  reset(stream: number, code: ErrorCode): ErrorCode
  settings(bytes: Buffer, start: number, end: number): ErrorCode
  settingsTaken(): ErrorCode
  /** Wants an answer with the eight bytes at `start`. */
  ping(bytes: Buffer, start: number): ErrorCode
  pingAnswered(): ErrorCode
  goaway(lastStream: number, code: ErrorCode): ErrorCode
  windowUpdate(stream: number, increment: number): ErrorCode
  /** A frame that says nothing (anything unknown, priorities). */
  ignored(stream: number): ErrorCode
  /** A frame is wrong in a way that concerns its stream alone. */
  streamError(stream: number, code: ErrorCode): ErrorCode
}

export interface FrameLimits {
  /** A client's connection begins with its preface. */
  readonly preface: boolean
  /** Bytes of a header block, compressed. */
  readonly maxBlockSize: number
  /** Bytes of a payload, as our settings say. */
  readonly maxFrameSize: number
}

/** Frames other than DATA are looked at when they are whole, and so kept until then. */
const MAX_WHOLE = 65_536
/** CONTINUATION frames of one block: an endless row of empty ones must not keep us busy (CVE-2024-27983). */
const MAX_CONTINUATIONS = 128

export class FrameReader {
  readonly #taker: FrameTaker
  readonly #maxBlockSize: number
  readonly #maxFrameSize: number
  #prefaceLeft: number
  /** The first frame has to be SETTINGS (RFC 9113, 3.4); an acknowledgement of ours will do, as some clients send it first. */
  #begun = false
  /** The beginning of a frame that has not come whole. */
  #carry: Buffer = nothing
  #carried = 0
  /** Of the DATA frame at hand. */
  #inData = false
  #dataLeft = 0
  #paddingLeft = 0
  /** Of the header block at hand, when it did not come in one frame. */
  #blockStream = 0
  #blockEndsStream = false
  #block: Buffer = nothing
  #blockSize = 0
  #continuations = 0
  #error: ErrorCode = NO_ERROR

  constructor(taker: FrameTaker, limits: FrameLimits) {
    this.#taker = taker
    this.#prefaceLeft = limits.preface ? PREFACE.length : 0
    this.#maxBlockSize = limits.maxBlockSize
    this.#maxFrameSize = limits.maxFrameSize
  }

  /** Something other than DATA was begun and waits for the rest of it. */
  get midFrame(): boolean {
    return this.#carried > 0 || this.#blockStream !== 0 || this.#prefaceLeft > 0 || !this.#begun
  }

  /** Reads [start, end). NO_ERROR, or the code the connection has to end with: nothing more is to be read then. */
  read(bytes: Buffer, start: number, end: number): ErrorCode {
    let p = start
    while (this.#prefaceLeft > 0) {
      if (p === end) return NO_ERROR
      if (bytes[p++] !== PREFACE.charCodeAt(PREFACE.length - this.#prefaceLeft--)) return PROTOCOL_ERROR
    }
    while (this.#carried > 0) {
      const wanted = this.#wanted()
      const taken = Math.min(wanted - this.#carried, end - p)
      this.#keep(bytes, p, p + taken, wanted)
      p += taken
      if (this.#carried < wanted) return NO_ERROR
      if (wanted < this.#wanted()) continue
      this.#run(this.#carry, 0, wanted)
      if (this.#error !== NO_ERROR) return this.#error
      this.#carried = 0
      this.#carry = nothing
    }
    p = this.#run(bytes, p, end)
    if (this.#error !== NO_ERROR) return this.#error
    if (p < end) this.#keep(bytes, p, end, FRAME_HEAD)
    return NO_ERROR
  }

  /** How many bytes the carried frame has to have before it can be looked at. */
  #wanted(): number {
    if (this.#carried < FRAME_HEAD) return FRAME_HEAD
    const carry = this.#carry
    const length = (carry[0]! << 16) | (carry[1]! << 8) | carry[2]!
    // What is too long is refused by its head.
    if (length > this.#maxFrameSize) return FRAME_HEAD
    if (length > MAX_WHOLE && carry[3] !== frameTypes.data) return FRAME_HEAD
    if (carry[3] === frameTypes.headers && length > this.#maxBlockSize) return FRAME_HEAD
    if (carry[3] !== frameTypes.data) return FRAME_HEAD + length
    return (carry[4]! & flags.padded) !== 0 && length > 0 ? FRAME_HEAD + 1 : FRAME_HEAD
  }

  #keep(bytes: Buffer, start: number, end: number, wanted: number): void {
    const size = this.#carried + end - start
    if (size > this.#carry.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(size, wanted))
      this.#carry.copy(grown, 0, 0, this.#carried)
      this.#carry = grown
    }
    bytes.copy(this.#carry, this.#carried, start, end)
    this.#carried = size
  }

  /** Reads as many frames as are whole; answers where the first one begins that is not. */
  #run(bytes: Buffer, start: number, end: number): number {
    let p = start
    while (this.#error === NO_ERROR) {
      if (this.#inData) {
        p = this.#data(bytes, p, end)
        if (this.#inData) return p
        continue
      }
      if (end - p < FRAME_HEAD) return p
      const length = (bytes[p]! << 16) | (bytes[p + 1]! << 8) | bytes[p + 2]!
      const type = bytes[p + 3]!
      const bits = bytes[p + 4]!
      const stream = ((bytes[p + 5]! & 0x7f) << 24) | (bytes[p + 6]! << 16) | (bytes[p + 7]! << 8) | bytes[p + 8]!
      this.#error = this.#judge(length, type, stream)
      if (this.#error !== NO_ERROR) return p
      const payload = p + FRAME_HEAD
      if (type === frameTypes.data) {
        const padded = (bits & flags.padded) !== 0
        if (padded && length > 0 && end === payload) return p
        this.#error = this.#dataHead(bytes, payload, length, padded, (bits & flags.endStream) !== 0, stream)
        p = padded ? payload + 1 : payload
        continue
      }
      if (end - payload < length) return p
      this.#begun = true
      p = payload + length
      this.#error = this.#frame(bytes, payload, p, type, bits, stream)
    }
    return p
  }

  /** What a frame's head says by itself. */
  #judge(length: number, type: number, stream: number): ErrorCode {
    if (length > this.#maxFrameSize) return FRAME_SIZE_ERROR
    if (length > MAX_WHOLE && type !== frameTypes.data) return FRAME_SIZE_ERROR
    if (length > this.#maxBlockSize && type === frameTypes.headers) return ENHANCE_YOUR_CALM
    if (!this.#begun && type !== frameTypes.settings) return PROTOCOL_ERROR
    if (this.#blockStream === 0) return type === frameTypes.continuation ? PROTOCOL_ERROR : NO_ERROR
    return type === frameTypes.continuation && stream === this.#blockStream ? NO_ERROR : PROTOCOL_ERROR
  }

  #dataHead(bytes: Buffer, at: number, length: number, padded: boolean, endStream: boolean, stream: number): ErrorCode {
    if (stream === 0) return PROTOCOL_ERROR
    let padding = 0
    if (padded) {
      if (length === 0) return FRAME_SIZE_ERROR
      padding = bytes[at]!
      if (padding >= length) return PROTOCOL_ERROR
    }
    this.#inData = true
    this.#dataLeft = length - padding - (padded ? 1 : 0)
    this.#paddingLeft = padding
    return this.#taker.dataBegins(stream, length, length - this.#dataLeft, endStream)
  }

  #data(bytes: Buffer, start: number, end: number): number {
    let p = start
    if (this.#dataLeft > 0) {
      const size = Math.min(this.#dataLeft, end - p)
      if (size === 0) return p
      this.#dataLeft -= size
      this.#error = this.#taker.dataPart(bytes, p, p + size)
      p += size
      if (this.#dataLeft > 0 || this.#error !== NO_ERROR) return p
    }
    const skipped = Math.min(this.#paddingLeft, end - p)
    this.#paddingLeft -= skipped
    p += skipped
    if (this.#paddingLeft > 0) return p
    this.#inData = false
    this.#error = this.#taker.dataEnds()
    return p
  }

  #frame(bytes: Buffer, start: number, end: number, type: number, bits: number, stream: number): ErrorCode {
    const taker = this.#taker
    const length = end - start
    switch (type) {
      case frameTypes.headers:
        return stream === 0 ? PROTOCOL_ERROR : this.#headers(bytes, start, end, bits, stream)
      case frameTypes.continuation:
        return this.#continued(bytes, start, end, bits)
      case frameTypes.windowUpdate: {
        if (length !== 4) return FRAME_SIZE_ERROR
        const increment = uint32(bytes, start) & 0x7fff_ffff
        if (increment > 0) return taker.windowUpdate(stream, increment)
        return stream === 0 ? PROTOCOL_ERROR : taker.streamError(stream, PROTOCOL_ERROR)
      }
      case frameTypes.rstStream:
        if (stream === 0) return PROTOCOL_ERROR
        return length === 4 ? taker.reset(stream, uint32(bytes, start)) : FRAME_SIZE_ERROR
      case frameTypes.priority:
        if (stream === 0) return PROTOCOL_ERROR
        if (length !== 5) return taker.streamError(stream, FRAME_SIZE_ERROR)
        return dependsOnItself(bytes, start, stream) ? PROTOCOL_ERROR : taker.ignored(stream)
      case frameTypes.pushPromise:
        return PROTOCOL_ERROR
      case frameTypes.settings:
        if (stream !== 0) return PROTOCOL_ERROR
        if ((bits & flags.ack) !== 0) return length === 0 ? taker.settingsTaken() : FRAME_SIZE_ERROR
        return length % 6 === 0 ? taker.settings(bytes, start, end) : FRAME_SIZE_ERROR
      case frameTypes.ping:
        if (stream !== 0) return PROTOCOL_ERROR
        if (length !== 8) return FRAME_SIZE_ERROR
        return (bits & flags.ack) === 0 ? taker.ping(bytes, start) : taker.pingAnswered()
      case frameTypes.goaway:
        if (stream !== 0) return PROTOCOL_ERROR
        if (length < 8) return FRAME_SIZE_ERROR
        return taker.goaway(uint32(bytes, start) & 0x7fff_ffff, uint32(bytes, start + 4))
      default:
        return taker.ignored(stream)
    }
  }

  #headers(bytes: Buffer, start: number, end: number, bits: number, stream: number): ErrorCode {
    if ((bits & flags.padded) !== 0) {
      if (start === end) return FRAME_SIZE_ERROR
      const padding = bytes[start++]!
      if (padding > end - start) return PROTOCOL_ERROR
      end -= padding
    }
    if ((bits & flags.priority) !== 0) {
      if (end - start < 5) return FRAME_SIZE_ERROR
      if (dependsOnItself(bytes, start, stream)) return PROTOCOL_ERROR
      start += 5
    }
    const endStream = (bits & flags.endStream) !== 0
    if ((bits & flags.endHeaders) !== 0) return this.#taker.headers(stream, endStream, bytes, start, end)
    this.#blockStream = stream
    this.#blockEndsStream = endStream
    this.#continuations = 0
    return this.#gather(bytes, start, end)
  }

  #continued(bytes: Buffer, start: number, end: number, bits: number): ErrorCode {
    if (++this.#continuations > MAX_CONTINUATIONS) return ENHANCE_YOUR_CALM
    const error = this.#gather(bytes, start, end)
    if (error !== NO_ERROR || (bits & flags.endHeaders) === 0) return error
    const block = this.#block
    const size = this.#blockSize
    const stream = this.#blockStream
    this.#block = nothing
    this.#blockSize = 0
    this.#blockStream = 0
    return this.#taker.headers(stream, this.#blockEndsStream, block, 0, size)
  }

  #gather(bytes: Buffer, start: number, end: number): ErrorCode {
    const size = this.#blockSize + end - start
    if (size > this.#maxBlockSize) return ENHANCE_YOUR_CALM
    if (size > this.#block.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(this.#maxBlockSize, Math.max(size, this.#block.length * 2)))
      this.#block.copy(grown, 0, 0, this.#blockSize)
      this.#block = grown
    }
    bytes.copy(this.#block, this.#blockSize, start, end)
    this.#blockSize = size
    return NO_ERROR
  }
}

const nothing = Buffer.alloc(0)

function uint32(bytes: Buffer, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

function dependsOnItself(bytes: Buffer, at: number, stream: number): boolean {
  return (uint32(bytes, at) & 0x7fff_ffff) === stream
}
