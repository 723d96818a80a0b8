/** Numeric addresses as bytes, one character a byte ($binary_remote_addr): a short key that sorts and hashes well. */

const COLON = ':'

/** 4 or 16 bytes; text that is no numeric address (a Unix socket's) as it is. */
export function binaryAddress(text: string): string {
  return text.includes(COLON) ? (ipv6(text) ?? text) : (ipv4(text) ?? text)
}

function ipv4(text: string): string | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let bytes = ''
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined
    bytes += String.fromCharCode(Number(part))
  }
  return bytes
}

function ipv6(text: string): string | undefined {
  const zone = text.indexOf('%')
  const halves = (zone < 0 ? text : text.slice(0, zone)).split('::')
  if (halves.length > 2) return undefined
  const head = groups(halves[0]!)
  const tail = halves.length === 2 ? groups(halves[1]!) : ''
  if (head === undefined || tail === undefined) return undefined
  const missing = 16 - head.length - tail.length
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined
  return head + '\0'.repeat(missing) + tail
}

/** Groups between colons; the last may be an IPv4 address (`::ffff:192.0.2.1`). */
function groups(text: string): string | undefined {
  if (text === '') return ''
  let bytes = ''
  const parts = text.split(COLON)
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1 && part.includes('.')) {
      const last = ipv4(part)
      if (last === undefined) return undefined
      bytes += last
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined
      const value = parseInt(part, 16)
      bytes += String.fromCharCode(value >> 8, value & 0xff)
    }
  }
  return bytes
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
      .join(COLON)
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
