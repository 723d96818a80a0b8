/** The URL that proxy_pass with variables came out as, taken apart. nginx's rules: no port is 80, a path may be missing. */
export interface PassUrl {
  readonly scheme: 'http' | 'https'
  /** Name or address, without brackets; lower-case. */
  readonly host: string
  readonly port: number
  /** The port was written. */
  readonly hasPort: boolean
  /** `host[:port]` as written, for $proxy_host. */
  readonly authority: string
  /** From the first `/` or `?`; null: none. */
  readonly uri: string | null
}

/** null: it is none. `unix:/path:` is answered as a host of that form. */
export function readPassUrl(url: string): PassUrl | null {
  const scheme = /^(https?):\/\//i.exec(url)
  if (scheme === null) return null
  const name = scheme[1]!.toLowerCase() as 'http' | 'https'
  const rest = url.slice(scheme[0].length)
  if (rest.startsWith('unix:')) return readUnix(name, rest)
  const end = rest.search(/[/?]/)
  const authority = end < 0 ? rest : rest.slice(0, end)
  const found = /^(\[[0-9a-f:.]+\]|[^:\s@[\]]+)(?::(\d{1,5}))?$/i.exec(authority)
  if (found === null) return null
  const port = found[2] === undefined ? (name === 'https' ? 443 : 80) : Number(found[2])
  if (port < 1 || port > 65535) return null
  const host = found[1]!.toLowerCase().replace(/^\[|\]$/g, '')
  const uri = end < 0 ? null : rest[end] === '?' ? '/' + rest.slice(end) : rest.slice(end)
  return { scheme: name, host, port, hasPort: found[2] !== undefined, authority, uri }
}

function readUnix(scheme: 'http' | 'https', rest: string): PassUrl | null {
  const colon = rest.indexOf(':', 5)
  const path = colon < 0 ? rest : rest.slice(0, colon)
  if (path.length <= 5) return null
  const uri = colon < 0 || colon + 1 === rest.length ? null : rest.slice(colon + 1)
  return { scheme, host: path, port: 0, hasPort: false, authority: 'localhost', uri }
}
