/**
 * The authority of a request: a host and perhaps a port (RFC 3986, 3.2.2 and 3.2.3), as nginx takes it.
 *
 * No user information, no path, nothing outside of the grammar: what stands here chooses the server block, and goes to
 * origins and into redirects. A `%` need not begin an escape, as in nginx: nobody decodes it.
 */
import { classOf, COLON } from './bytes.ts'

const ALNUM = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const inName = classOf(ALNUM + "-._~!$&'()*+,;=%")
const inLiteral = classOf(ALNUM + "-._~!$&'()*+,;=:")
const DOT = 0x2e
const OPEN = 0x5b
const CLOSE = 0x5d
const MAX_PORT = 65535

/** Where the parts of an authority stand. Made once for a reader, filled by each call of read. */
export class Authority {
  /** End of the host, without a final dot. */
  hostEnd = 0
  /** The host has letters to be made small. */
  capitals = false
  /** 0: none. */
  port = 0

  /** Whether [start, end) is a valid authority. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    let p = start
    let dot = -2
    this.capitals = false
    this.port = 0
    const literal = bytes[start] === OPEN && start < end
    const allowed = literal ? inLiteral : inName
    if (literal) p++
    for (; p < end; p++) {
      const c = bytes[p]!
      if (allowed[c] !== 1) break
      if (c === DOT) {
        if (dot === p - 1) return false
        dot = p
      } else if (c >= 0x41 && c <= 0x5a) this.capitals = true
    }
    if (literal) {
      if (p === end || bytes[p] !== CLOSE) return false
      p++
    }
    this.hostEnd = dot === p - 1 ? p - 1 : p
    if (this.hostEnd === start) return false
    if (p === end) return true
    if (bytes[p] !== COLON) return false
    let port = 0
    for (p++; p < end; p++) {
      const digit = bytes[p]! - 0x30
      if (digit < 0 || digit > 9) return false
      port = port * 10 + digit
      if (port > MAX_PORT) return false
    }
    this.port = port
    return true
  }
}
