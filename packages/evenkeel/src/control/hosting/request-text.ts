/**
 * The head of a request that Node's server has read, as HTTP/1 text again: the balancer reads it by its own rules.
 *
 * What middleware changed in `headers` counts: a field that was taken away is left out, one that was added is there.
 */
import type { IncomingMessage } from 'node:http'

/** What a request head may not be made of; it would end a line. */
export class UnsafeHead extends Error {
  override readonly name = 'UnsafeHead'
}

/** `body`: the request has one of unknown length that no field tells of (HTTP/2). */
export function requestText(request: IncomingMessage, body: boolean, kept: 'upgrade' | 'plain' = 'plain'): string {
  const version = request.httpVersion === '1.0' ? '1.0' : '1.1'
  let text = line(`${request.method} ${request.url || '/'} HTTP/${version}`)
  const { rawHeaders, headers } = request
  const seen = new Map<string, number>()
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase()
    seen.set(name, (seen.get(name) ?? 0) + 1)
  }
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!
    const lower = name.toLowerCase()
    const now = headers[lower]
    // Node has said 100 already, and a name of HTTP/2 is no field.
    if (now === undefined || lower === 'expect' || name.startsWith(':')) continue
    if (kept === 'plain' && lower === 'upgrade') continue
    const value = seen.get(lower) === 1 && typeof now === 'string' ? now : rawHeaders[at + 1]!
    text += line(`${name}: ${value}`)
  }
  if (headers.host === undefined && typeof headers[':authority'] === 'string')
    text += line(`Host: ${headers[':authority']}`)
  for (const [name, value] of Object.entries(headers)) {
    if (seen.has(name) || value === undefined || name.startsWith(':')) continue
    for (const one of Array.isArray(value) ? value : [value]) text += line(`${name}: ${one}`)
  }
  if (body) text += 'Transfer-Encoding: chunked\r\n'
  return `${text}\r\n`
}

export function line(text: string): string {
  if (/[\r\n\0]/.test(text)) throw new UnsafeHead('a line of the request has a line end in it')
  return `${text}\r\n`
}
