/**
 * CRC-32 as zlib has it, computed here since this folder imports nothing.
 *
 * Text is taken as bytes, one a character, which is how requests are read; a character beyond 255 can only come from
 * code and counts as its UTF-8.
 */

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** The state before the first byte. */
export const CRC_START = -1

export function crcByte(state: number, byte: number): number {
  return TABLE[(state ^ byte) & 0xff]! ^ (state >>> 8)
}

export function crcText(state: number, text: string): number {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code <= 0xff) {
      state = crcByte(state, code)
      continue
    }
    const character = String.fromCodePoint(text.codePointAt(at)!)
    for (const byte of new TextEncoder().encode(character)) state = crcByte(state, byte)
    at += character.length - 1
  }
  return state
}

/** The checksum that a state stands for, as an unsigned number. */
export function crcEnd(state: number): number {
  return ~state >>> 0
}

export function crc32(text: string): number {
  return crcEnd(crcText(CRC_START, text))
}
