/**
 * Two kinds of text meet when a configuration is compiled.
 *
 * What a request brings is bytes, and we keep them as Latin-1: one character a byte, nothing is ever undecodable. What
 * a configuration says is text, in UTF-8 if it came from a file. A literal becomes bytes once, at compile time, so that
 * comparing and joining the two needs no conversion while traffic runs.
 */

const ASCII = /^[\0-\x7f]*$/
const BYTES = /^[\0-\xff]*$/
const UPPER = /[A-Z]/
const UPPERS = /[A-Z]+/g

/**
 * Text of a configuration as the bytes of its UTF-8 form, one character a byte. What is such bytes already stays as it
 * is: one front end reads files byte by byte, the other is handed strings.
 */
export function toByteText(text: string): string {
  if (ASCII.test(text) || isByteText(text)) return text
  let bytes = ''
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte)
  return bytes
}

/** Nothing above a byte, and the bytes are UTF-8. */
function isByteText(text: string): boolean {
  if (!BYTES.test(text)) return false
  const bytes = Uint8Array.from(text, byte => byte.charCodeAt(0))
  // U+FFFD stands for what cannot be decoded; written in UTF-8 itself it is the three bytes EF BF BD.
  return (
    !new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).includes('\ufffd') || text.includes('\xef\xbf\xbd')
  )
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
