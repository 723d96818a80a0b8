/** The request that goes to a target, worked out from the one that came and the options. */
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { RequestOptions } from 'node:https'
import { isSecureProtocol, isSecureRequest, type Parts, type ProxyOptions } from './options.ts'

export function outgoing(request: IncomingMessage, options: ProxyOptions, target: Parts): RequestOptions {
  const secure = isSecureProtocol(target.protocol)
  const port =
    target.port === undefined || target.port === null || target.port === '' ? (secure ? 443 : 80) : target.port
  const headers: OutgoingHttpHeaders = { ...request.headers, ...options.headers }
  const { agent, localAddress, auth } = options
  // Without an agent nobody keeps the connection; an upgrade has to say so.
  if (!agent && !/(?:^|,)\s*upgrade\s*(?:$|,)/i.test(String(headers['connection'] ?? '')))
    headers['connection'] = 'close'
  const host = target.host ?? target.hostname ?? 'localhost'
  if (options.changeOrigin === true) {
    const usual = Number(port) === (secure ? 443 : 80)
    headers['host'] = usual || /:\d+$/.test(host) ? host : `${host}:${port}`
  }
  const { pfx, key, passphrase, cert, ca, ciphers, socketPath } = target
  const given: RequestOptions = {
    ...options.ssl,
    ...defined({ pfx, key, passphrase, cert, ciphers, socketPath, localAddress, auth }),
    ...defined({ ca: options.ca ?? ca }),
    host: target.hostname ?? host.replace(/:\d+$/, ''),
    port: Number(port),
    method: options.method ?? request.method ?? 'GET',
    path: pathOf(request.url ?? '/', options, target),
    headers,
    agent: agent === undefined || agent === false ? false : agent,
  }
  return secure ? { ...given, rejectUnauthorized: options.secure ?? true } : given
}

/** `protocol`: what the client spoke. */
export function addForwarded(request: IncomingMessage, protocol: readonly [plain: string, secure: string]): void {
  const secure = isSecureRequest(request)
  const { headers, socket } = request
  const port = /:(\d+)$/.exec(headers.host ?? '')?.[1] ?? (secure ? '443' : '80')
  const values = { for: socket.remoteAddress ?? '', port, proto: secure ? protocol[1] : protocol[0] }
  for (const [name, value] of Object.entries(values)) {
    const before = headers[`x-forwarded-${name}`]
    headers[`x-forwarded-${name}`] = before ? `${String(before)},${value}` : value
  }
  headers['x-forwarded-host'] ||= headers.host ?? ''
}

function pathOf(url: string, options: ProxyOptions, target: Parts): string {
  const before = options.prependPath === false ? '' : (target.path ?? '')
  if (options.ignorePath === true) return join(before, '') || '/'
  // An absolute URL is for proxies: everybody else gets its path.
  const own = options.toProxy === true ? url : url.replace(/^https?:\/\/[^/?]*/i, '')
  return join(before, own) || '/'
}

/** One slash between them, and queries as they are. */
function join(before: string, url: string): string {
  const at = url.indexOf('?')
  const [path, query] = at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at)]
  const all = [before, path].filter(part => part !== '').join('/')
  return all.replace(/\/{2,}/g, '/').replace(/(https?:)\//g, '$1//') + query
}

function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>
}
