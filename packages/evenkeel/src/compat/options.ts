/**
 * The options of the http-proxy package, by the names and with the meanings that its documentation gives them. This folder
 * is a path of migration: it stands on node:http, as those options do, and shares nothing with the balancer.
 */
import type { Agent, IncomingMessage } from 'node:http'
import type { Agent as HttpsAgent, ServerOptions as TlsServerOptions } from 'node:https'
import type { ConnectionOptions } from 'node:tls'
import type { Readable } from 'node:stream'

/** A URL in parts, and what a TLS connection to it needs. */
export interface ProxyTargetParts extends Pick<
  ConnectionOptions,
  'pfx' | 'key' | 'passphrase' | 'cert' | 'ca' | 'ciphers'
> {
  readonly protocol?: string | null | undefined
  readonly host?: string | null | undefined
  readonly hostname?: string | null | undefined
  readonly port?: string | number | null | undefined
  /** With its query. */
  readonly path?: string | null | undefined
  readonly socketPath?: string | undefined
}

export type ProxyTarget = string | URL | ProxyTargetParts

/** One name, or one for each that is to be changed; `*` is all others, '' takes it away. */
export type CookieRewrite = false | string | Readonly<Record<string, string | null>>

export interface ProxyOptions {
  /** Where requests go. One of `target` and `forward` is needed. */
  readonly target?: ProxyTarget
  /** Where requests are sent as well, or alone; what comes back is dropped. */
  readonly forward?: ProxyTarget
  /** Default: a connection for each request. */
  readonly agent?: Agent | HttpsAgent | false
  /** For `listen`: https. Also what the connection to the target may need. */
  readonly ssl?: TlsServerOptions
  /** For `listen`: WebSockets too. Default false. */
  readonly ws?: boolean
  /** X-Forwarded-For, -Port, -Proto and -Host are added. Default false. */
  readonly xfwd?: boolean
  /** Certificates of the target are checked. Default true. */
  readonly secure?: boolean
  /** The path is sent as it came, absolute URLs too: for targets that are proxies. Default false. */
  readonly toProxy?: boolean
  /** The target's path goes before that of the request. Default true. */
  readonly prependPath?: boolean
  /** The path of the request is left out. Default false. */
  readonly ignorePath?: boolean
  readonly localAddress?: string
  /** Host is that of the target. Default false. */
  readonly changeOrigin?: boolean
  /** Names of the answer's fields keep their letters. Default false: they are small. */
  readonly preserveHeaderKeyCase?: boolean
  /** `user:password` for the target. */
  readonly auth?: string
  /** Host of Location, where it is the target's, in a 201, 301, 302, 307 or 308. */
  readonly hostRewrite?: string
  /** The same with the Host of the request. Default false. */
  readonly autoRewrite?: boolean
  /** The same for the protocol: `http` or `https`. */
  readonly protocolRewrite?: string | null
  readonly cookieDomainRewrite?: CookieRewrite
  readonly cookiePathRewrite?: CookieRewrite
  /** Added to the request. */
  readonly headers?: Readonly<Record<string, string | string[]>>
  /** Milliseconds that the target may be silent. Default: no end. */
  readonly proxyTimeout?: number
  /** The same of the client. */
  readonly timeout?: number
  /** Redirects of the target are followed here. Default false. */
  readonly followRedirects?: boolean
  /** Whoever listens to `proxyRes` answers. Default false. */
  readonly selfHandleResponse?: boolean
  /** Sent as the body, in place of the request's own, which somebody has read. */
  readonly buffer?: Readable
  /** In place of the request's. */
  readonly method?: string
  readonly ca?: ConnectionOptions['ca']
}

export interface Parts extends ProxyTargetParts {
  readonly protocol: string
}

/** null: there is none. Throws what is no URL. */
export function readTarget(target: ProxyTarget | undefined): Parts | null {
  if (target === undefined) return null
  if (typeof target !== 'string' && !(target instanceof URL)) return { ...target, protocol: target.protocol ?? 'http:' }
  const url = typeof target === 'string' ? new URL(target) : target
  const { protocol, host, hostname, port, pathname, search } = url
  return { protocol, host, hostname: hostname.replace(/^\[(.*)\]$/, '$1'), port, path: pathname + search }
}

export function isSecureProtocol(protocol: string | null | undefined): boolean {
  return /^(?:https|wss)/.test(protocol ?? '')
}

export function isSecureRequest({ socket }: IncomingMessage): boolean {
  return 'encrypted' in socket && socket.encrypted === true
}
