/** Numeric addresses as bytes, one character a byte ($binary_remote_addr): a short key that sorts and hashes well. */
import { ipBytes } from '../exchange/ip-address.ts'

/** 4 or 16 bytes; text that is no numeric address (a Unix socket's) as it is. */
export function binaryAddress(text: string): string {
  return ipBytes(text) ?? text
}

/** The other way: 4 or 16 bytes as text, IPv6 in its short form (RFC 5952). */
export function addressText(bytes: string): string {
  if (bytes.length === 4) return dotted(bytes)
  const words = Array.from({ length: 8 }, (_, i) => (bytes.charCodeAt(2 * i) << 8) | bytes.charCodeAt(2 * i + 1))
  if (words.slice(0, 5).every(word => word === 0) && words[5] === 0xffff) return '::ffff:' + dotted(bytes.slice(12))
  const gap = longestZeros(words)
  const text = (from: number, to: number): string =>
    words
      .slice(from, to)
      .map(word => word.toString(16))
      .join(':')
  return gap.length < 2 ? text(0, 8) : `${text(0, gap.start)}::${text(gap.start + gap.length, 8)}`
}

function dotted(bytes: string): string {
  return Array.from(bytes, byte => byte.charCodeAt(0)).join('.')
}

function longestZeros(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < words.length; start++) {
    let length = 0
    while (words[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  return best
}
