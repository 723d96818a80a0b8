/**
 * The first line of a request: where its parts stand (RFC 9112, 3).
 *
 * As nginx: more spaces than one between the parts are let pass (3 allows it; we write one), methods are capitals,
 * `_` and `-`, HTTP/1.2 is read as 1.1. There is no HTTP/0.9. What can't become a request line is refused at the byte
 * that shows it, so that a TLS hello on a plain port is answered and not waited for.
 */
import { classOf, COLON, CR, INCOMPLETE, LF, MALFORMED, SPACE, UNSUPPORTED, word } from './bytes.ts'

const SLASH = 0x2f
const QUESTION = 0x3f
const HASH = 0x23
const STAR = 0x2a
const OPEN = 0x5b
const CLOSE = 0x5d

const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const LETTERS = CAPITALS + CAPITALS.toLowerCase()
const DIGITS = '0123456789'
const inMethod = classOf(CAPITALS + '_-')
const isLetter = classOf(LETTERS)
const inScheme = classOf(LETTERS + DIGITS + '+-.')
const inHost = classOf(LETTERS + DIGITS + '.-')
/** The rest of an IP literal is judged with the whole authority. */
const inLiteral = classOf(LETTERS + DIGITS + ":-._~!$&'()*+,;=")
const isDigit = classOf(DIGITS)
/** Visible ASCII but `?` and `#`. Other bytes have to come escaped. */
const inTarget = targetClass()

const connect = word('connect')
const options = word('options')
const protocol = word('HTTP/')

/** Made once for a reader, filled by each call of read. */
export class RequestLine {
  methodEnd = 0
  targetStart = 0
  targetEnd = 0
  /** -1: the target has no authority. */
  authorityStart = -1
  authorityEnd = -1
  /** Equal when the target has no path of its own. */
  pathStart = 0
  pathEnd = 0
  /** Behind the question mark; -1: there is none. */
  queryStart = -1
  queryEnd = -1
  /** The method is CONNECT. */
  tunnel = false
  /** As in HttpVersion. */
  version = 11

  /** Reads the line that starts at `start`. Answers the index behind its end, or INCOMPLETE, MALFORMED, UNSUPPORTED. */
  read(bytes: Uint8Array, start: number, end: number): number {
    let p = start
    while (p < end && inMethod[bytes[p]!] === 1) p++
    if (p >= end) return INCOMPLETE
    if (p === start || bytes[p] !== SPACE) return MALFORMED
    this.methodEnd = p
    while (p < end && bytes[p] === SPACE) p++
    if (p >= end) return INCOMPLETE
    this.targetStart = p
    this.authorityStart = -1
    this.queryStart = -1
    p = this.#target(bytes, start, p, end)
    if (p < 0) return p
    if (p >= end) return INCOMPLETE
    // A line that ends here is HTTP/0.9.
    if (bytes[p] !== SPACE) return MALFORMED
    this.targetEnd = p
    while (p < end && bytes[p] === SPACE) p++
    return this.#version(bytes, p, end)
  }

  /** Answers the end of the target. */
  #target(bytes: Uint8Array, start: number, p: number, end: number): number {
    const first = bytes[p]!
    this.tunnel = isSame(bytes, start, this.methodEnd, connect)
    if (this.tunnel) return this.#authority(bytes, p, end, true)
    if (first === SLASH) return this.#path(bytes, p, end)
    if (first === STAR && isSame(bytes, start, this.methodEnd, options)) {
      this.pathStart = p
      return (this.pathEnd = p + 1)
    }
    if (isLetter[first] !== 1) return MALFORMED
    while (p < end && inScheme[bytes[p]!] === 1) p++
    for (const c of [COLON, SLASH, SLASH]) {
      if (p >= end) return INCOMPLETE
      if (bytes[p++] !== c) return MALFORMED
    }
    p = this.#authority(bytes, p, end, false)
    if (p < 0) return p
    if (p >= end) return INCOMPLETE
    this.pathStart = this.pathEnd = p
    return bytes[p] === SLASH || bytes[p] === QUESTION ? this.#path(bytes, p, end) : p
  }

  #path(bytes: Uint8Array, start: number, end: number): number {
    let p = start
    let hash = -1
    this.pathStart = start
    for (;;) {
      while (p < end && inTarget[bytes[p]!] === 1) p++
      if (p >= end) return INCOMPLETE
      // A fragment is not part of what is asked for; nginx cuts it off as well.
      if (bytes[p] === HASH) hash = hash < 0 ? p : hash
      else if (bytes[p] !== QUESTION) break
      else if (hash < 0 && this.queryStart < 0) this.queryStart = p + 1
      p++
    }
    const last = hash < 0 ? p : hash
    this.pathEnd = this.queryStart < 0 ? last : this.queryStart - 1
    this.queryEnd = last
    return p
  }

  /** Only what tells where it ends; Authority in host.ts judges it. CONNECT has to name a port. */
  #authority(bytes: Uint8Array, start: number, end: number, needsPort: boolean): number {
    let p = start
    if (p < end && bytes[p] === OPEN) {
      p++
      while (p < end && inLiteral[bytes[p]!] === 1) p++
      if (p >= end) return INCOMPLETE
      if (bytes[p++] !== CLOSE) return MALFORMED
    } else while (p < end && inHost[bytes[p]!] === 1) p++
    if (p < end && bytes[p] === COLON) {
      const port = ++p
      while (p < end && isDigit[bytes[p]!] === 1) p++
      if (needsPort && p < end && p === port) return MALFORMED
    } else if (needsPort && p < end) return MALFORMED
    if (needsPort) this.pathStart = this.pathEnd = p
    this.authorityStart = start
    return (this.authorityEnd = p)
  }

  #version(bytes: Uint8Array, p: number, end: number): number {
    for (let i = 0; i < protocol.length; i++) {
      if (p >= end) return INCOMPLETE
      if (bytes[p++] !== protocol[i]) return MALFORMED
    }
    let major = 0
    const first = p
    while (p < end && isDigit[bytes[p]!] === 1) {
      major = major * 10 + bytes[p++]! - 0x30
      if (major === 0) return MALFORMED
      if (major > 1) return UNSUPPORTED
    }
    if (p + 1 >= end) return p < end && (p === first || bytes[p] !== 0x2e) ? MALFORMED : INCOMPLETE
    if (p === first || bytes[p++] !== 0x2e || isDigit[bytes[p]!] !== 1) return MALFORMED
    this.version = bytes[p++] === 0x30 ? 10 : 11
    while (p < end && bytes[p] === SPACE) p++
    if (p >= end) return INCOMPLETE
    if (bytes[p] === LF) return p + 1
    if (bytes[p] !== CR) return MALFORMED
    if (++p >= end) return INCOMPLETE
    return bytes[p] === LF ? p + 1 : MALFORMED
  }
}

/** Compares a method of capitals with a lower-case word. */
function isSame(bytes: Uint8Array, start: number, end: number, lower: Uint8Array): boolean {
  if (end - start !== lower.length) return false
  for (let i = 0; i < lower.length; i++) if (bytes[start + i] !== lower[i]! - 0x20) return false
  return true
}

function targetClass(): Uint8Array {
  const table = new Uint8Array(256).fill(1, 0x21, 0x7f)
  table[QUESTION] = 0
  table[HASH] = 0
  return table
}
