/** Numeric addresses as bytes and back: keys that sort and hash well, and one spelling for each address. */

const COLON = ':'

/** 4 or 16 bytes, one character a byte; undefined for text that is no numeric address. */
export function ipBytes(text: string): string | undefined {
  return text.includes(COLON) ? ipv6(text) : ipv4(text)
}

/** The address in `size` (4 or 16) bytes from `at` on, in the spelling of RFC 5952. */
export function ipText(bytes: Uint8Array, at: number, size: 4 | 16): string {
  if (size === 4) return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
  const groups: number[] = []
  for (let i = at; i < at + 16; i += 2) groups.push((bytes[i]! << 8) | bytes[i + 1]!)
  const mapped = groups[5] === 0xffff && groups.slice(0, 5).every(group => group === 0)
  if (mapped) return '::ffff:' + ipText(bytes, at + 12, 4)
  const [start, length] = longestZeros(groups)
  const hex = (part: readonly number[]): string => part.map(group => group.toString(16)).join(COLON)
  return length < 2 ? hex(groups) : hex(groups.slice(0, start)) + '::' + hex(groups.slice(start + length))
}

function longestZeros(groups: readonly number[]): readonly [start: number, length: number] {
  let best: readonly [number, number] = [0, 0]
  let start = 0
  for (const [i, group] of groups.entries()) {
    if (group !== 0) start = i + 1
    else if (i + 1 - start > best[1]) best = [start, i + 1 - start]
  }
  return best
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
