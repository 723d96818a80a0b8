/**
 * Frames as Latin-1 text, one character a byte: like the heads of HTTP/1 they gather as text and leave in one write,
 * which is the cheapest way out of V8 for what is small.
 */
import { flags, FRAME_HEAD, frameTypes, PREFACE, type ErrorCode } from './codes.ts'

/** The nine bytes before a payload of `length` bytes. */
export function frameHead(length: number, type: number, flagBits: number, stream: number): string {
  return String.fromCharCode(
    (length >> 16) & 255,
    (length >> 8) & 255,
    length & 255,
    type,
    flagBits,
    (stream >> 24) & 127,
    (stream >> 16) & 255,
    (stream >> 8) & 255,
    stream & 255,
  )
}

/** The same into bytes; answers the index behind it. */
export function putFrameHead(
  bytes: Uint8Array,
  at: number,
  length: number,
  type: number,
  flagBits: number,
  stream: number,
): number {
  bytes[at] = length >> 16
  bytes[at + 1] = length >> 8
  bytes[at + 2] = length
  bytes[at + 3] = type
  bytes[at + 4] = flagBits
  bytes[at + 5] = (stream >> 24) & 127
  bytes[at + 6] = stream >> 16
  bytes[at + 7] = stream >> 8
  bytes[at + 8] = stream
  return at + FRAME_HEAD
}

/** A header block as HEADERS and, where it is longer than the receiver's frames may be, CONTINUATION frames. */
export function headersFrames(block: string, stream: number, endStream: boolean, maxFrameSize: number): string {
  const end = endStream ? flags.endStream : 0
  if (block.length <= maxFrameSize)
    return frameHead(block.length, frameTypes.headers, end | flags.endHeaders, stream) + block
  let frames = frameHead(maxFrameSize, frameTypes.headers, end, stream) + block.slice(0, maxFrameSize)
  for (let at = maxFrameSize; at < block.length; at += maxFrameSize) {
    const part = block.slice(at, at + maxFrameSize)
    const last = at + part.length === block.length
    frames += frameHead(part.length, frameTypes.continuation, last ? flags.endHeaders : 0, stream) + part
  }
  return frames
}

/** Pairs of identifier and value. */
export function settingsFrame(pairs: readonly (readonly [id: number, value: number])[]): string {
  let payload = ''
  for (const [id, value] of pairs) payload += String.fromCharCode(id >> 8, id & 255) + uint32(value)
  return frameHead(payload.length, frameTypes.settings, 0, 0) + payload
}

export const SETTINGS_ACK: string = frameHead(0, frameTypes.settings, flags.ack, 0)

/** `payload` is the eight bytes of the PING that is answered. */
export function pingAck(payload: string): string {
  return frameHead(8, frameTypes.ping, flags.ack, 0) + payload
}

/** A PING that asks whether the other side is still there; what it says nobody looks at. */
export const PING: string = frameHead(8, frameTypes.ping, 0, 0) + '\0'.repeat(8)

export function rstFrame(stream: number, code: ErrorCode): string {
  return frameHead(4, frameTypes.rstStream, 0, stream) + uint32(code)
}

export function goawayFrame(lastStream: number, code: ErrorCode): string {
  return frameHead(8, frameTypes.goaway, 0, 0) + uint32(lastStream) + uint32(code)
}

export function windowUpdateFrame(stream: number, increment: number): string {
  return frameHead(4, frameTypes.windowUpdate, 0, stream) + uint32(increment)
}

/** What a client begins with. */
export function clientPreface(pairs: readonly (readonly [id: number, value: number])[]): string {
  return PREFACE + settingsFrame(pairs)
}

function uint32(value: number): string {
  return String.fromCharCode((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)
}
