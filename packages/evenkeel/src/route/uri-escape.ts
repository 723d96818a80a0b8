/**
 * Escaping and unescaping of URI text where it changes hands: a path that goes on to an origin, captures that become
 * part of a redirect, the path an origin names for an internal redirect. Which bytes are escaped is what nginx escapes.
 */
import { hexValue } from './uri.ts'

const PATH = /[\0-\x20"#%<>?\\^`{|}\x7f-\xff]/g
const ARGS = /[\0-\x20"#%&+;<>?\\^`{|}\x7f-\xff]/g
const COMPONENT = /[^A-Za-z0-9\-._~]/g
// The same without `g`: a global pattern keeps a position between calls of `test`.
const HAS_PATH = /[\0-\x20"#%<>?\\^`{|}\x7f-\xff]/
const HAS_ARGS = /[\0-\x20"#%&+;<>?\\^`{|}\x7f-\xff]/
const PERCENT = 0x25
const QUESTION = 0x3f

const escapes: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => '%' + byte.toString(16).toUpperCase().padStart(2, '0'),
)
const escapeByte = (byte: string): string => escapes[byte.charCodeAt(0) & 0xff]!

/** A decoded path as it may stand in a request line. Slashes stay. */
export function escapePath(path: string): string {
  return HAS_PATH.test(path) ? path.replace(PATH, escapeByte) : path
}

/** Text as it may stand as a value in a query string. */
export function escapeArgs(text: string): string {
  return HAS_ARGS.test(text) ? text.replace(ARGS, escapeByte) : text
}

/** Text as it may stand anywhere in a URI: all but RFC 3986's unreserved characters are escaped. */
export function escapeComponent(text: string): string {
  return text.replace(COMPONENT, escapeByte)
}

/** Decodes every escape; a `%` without two hexadecimal digits vanishes with the first of them, as in nginx. */
export function unescapeUri(text: string): string {
  return text.includes('%') ? unescape(text, false) : text
}

/**
 * Decodes the path of a redirect only where the plain form means the same: what must be escaped anywhere, and `%` and
 * below, stays. From the first `?` on, an escaped one included, nothing is changed.
 */
export function unescapeRedirect(text: string): string {
  return text.includes('%') ? unescape(text, true) : text
}

function unescape(text: string, redirect: boolean): string {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (redirect && code === QUESTION) return out + text.slice(i)
    if (code !== PERCENT) {
      out += text[i]
      continue
    }
    const high = hexValue(text.charCodeAt(i + 1))
    if (high < 0) {
      out += text[++i] ?? ''
      continue
    }
    const low = hexValue(text.charCodeAt(i + 2))
    const byte = high * 16 + low
    if (redirect && low >= 0 && byte === QUESTION) return out + '?' + text.slice(i + 3)
    if (low >= 0)
      out += redirect && (byte <= PERCENT || byte >= 0x7f) ? text.slice(i, i + 3) : String.fromCharCode(byte)
    i += 2
  }
  return out
}

/**
 * A path with an optional query that an origin or a configuration names for an internal redirect, decoded; null when it
 * is unsafe: empty, with a NUL, or leading upwards. (It is not normalised: who made it is trusted with the rest.)
 */
export function readInternalUri(text: string): { readonly uri: string; readonly args: string } | null {
  const end = text.indexOf('?')
  const written = end < 0 ? text : text.slice(0, end)
  const uri = unescapeUri(written)
  if (written === '' || UNSAFE.test(written) || UNSAFE.test(uri)) return null
  return { uri, args: end < 0 ? '' : text.slice(end + 1) }
}

const UNSAFE = /\0|(?:^|\/)\.\.(?:\/|$)/
