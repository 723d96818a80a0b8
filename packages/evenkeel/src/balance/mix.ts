/**
 * Spreads a checksum over all 32 bits. A CRC of similar texts differs in few bits and is linear: what is combined with
 * another one, or taken modulo, has to be stirred first (the last step of MurmurHash3).
 */
import { crc32 } from './crc32.ts'

export function mix(value: number): number {
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}

export function mixedHash(text: string): number {
  return mix(crc32(text))
}

/** A hash for each peer by its text; several addresses of one text are told apart by which one they are. */
export function peerHashes(peers: { readonly length: number; name(index: number): string }): Uint32Array {
  const seen = new Map<string, number>()
  return Uint32Array.from({ length: peers.length }, (_, index) => {
    const name = peers.name(index)
    const ordinal = seen.get(name) ?? 0
    seen.set(name, ordinal + 1)
    return mixedHash(ordinal === 0 ? name : `${name}\0${ordinal}`)
  })
}
