/**
 * Two kinds of text meet when a configuration is compiled.
 *
 * What a request brings is bytes, and we keep them as Latin-1: one character a byte, nothing is ever undecodable. What
 * a configuration says was read from a UTF-8 file. A literal becomes bytes once, at compile time, so that comparing and
 * joining the two needs no conversion while traffic runs.
 */

const ASCII = /^[\0-\x7f]*$/
const UPPER = /[A-Z]/
const UPPERS = /[A-Z]+/g

/** Text of a configuration as the bytes of its UTF-8 form, one character a byte. */
export function toByteText(text: string): string {
  if (ASCII.test(text)) return text
  let bytes = ''
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte)
  return bytes
}

/** Bytes as text for people; what is not UTF-8 becomes the replacement character. */
export function fromByteText(bytes: string): string {
  if (ASCII.test(bytes)) return bytes
  return new TextDecoder().decode(Uint8Array.from(bytes, byte => byte.charCodeAt(0) & 0xff))
}

/**
 * Lower case of ASCII letters only. `toLowerCase` on bytes would change halves of UTF-8 characters (0xC3 becomes 0xE3),
 * and then two texts that are the same in the configuration and in a request differ.
 */
export function lowerBytes(bytes: string): string {
  if (!UPPER.test(bytes)) return bytes
  return ASCII.test(bytes) ? bytes.toLowerCase() : bytes.replace(UPPERS, letters => letters.toLowerCase())
}
