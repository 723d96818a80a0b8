/** The 64 characters that crypt(3) writes hashes with, lowest bits first. */
const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Three bytes as `count` characters. */
export function encode24(high: number, middle: number, low: number, count: number): string {
  let bits = (high << 16) | (middle << 8) | low
  let text = ''
  for (let i = 0; i < count; i++, bits >>>= 6) text += ALPHABET[bits & 63]
  return text
}
