/**
 * Settings that can stand in http, server and location, and are inherited: a level that names one replaces the whole
 * of what it would have inherited (lists too, as in nginx). Keys are nginx's names in camelCase.
 *
 * `defaults` are those of nginx 1.31; where ours differ, docs/differences.md says so.
 */
import { bodyDefaults, type BodySettings } from './settings/body-settings.ts'
import { compressionDefaults, type CompressionSettings } from './settings/compression-settings.ts'
import { codeDefaults, type CodeSettings } from './settings/code-settings.ts'
import { explainDefaults, type ExplainSettings } from './settings/explain-settings.ts'
import { faultDefaults, type FaultSettings } from './settings/fault-settings.ts'
import { forwardedDefaults, type ForwardedSettings } from './settings/forwarded-settings.ts'
import { http2Defaults, type Http2Settings } from './settings/http2-settings.ts'
import { cacheDefaults, type CacheSettings } from './settings/cache-settings.ts'
import type { LogLevel, ErrorLogModel } from './model.ts'
import { accessDefaults, type AccessSettings } from './settings/access-settings.ts'
import { limitDefaults, type LimitSettings } from './settings/limit-settings.ts'
import { logDefaults, type LogSettings } from './settings/log-settings.ts'
import { linkDefaults, type LinkSettings } from './settings/link-settings.ts'
import { originTlsDefaults, type OriginTlsSettings } from './settings/origin-tls-settings.ts'
import { grpcTlsDefaults, type GrpcTlsSettings } from './grpc-tls.ts'
import { grpcDefaults, type GrpcSettings } from './settings/grpc-settings.ts'
import type { Pattern } from './pattern.ts'
import { retryPaceDefaults, type RetryPaceSettings } from './settings/retry-pace-settings.ts'
import { subrequestDefaults, type SubrequestSettings } from './settings/subrequest-settings.ts'
import { statusDefaults, type StatusSettings } from './settings/status-settings.ts'
import type { Template } from './template.ts'
import { tunnelDefaults, type TunnelModelSettings } from './settings/tunnel-settings.ts'
import { tlsDefaults, type TlsSettings } from './settings/tls-settings.ts'
import { tracingDefaults, type TracingSettings } from './tracing.ts'
import { useridDefaults, type UseridSettings } from './settings/userid-settings.ts'

export interface Settings
  extends
    AccessSettings,
    BodySettings,
    CacheSettings,
    CodeSettings,
    CompressionSettings,
    ExplainSettings,
    FaultSettings,
    ForwardedSettings,
    GrpcSettings,
    GrpcTlsSettings,
    Http2Settings,
    LimitSettings,
    LinkSettings,
    OriginTlsSettings,
    LogSettings,
    RetryPaceSettings,
    StatusSettings,
    SubrequestSettings,
    TlsSettings,
    TracingSettings,
    TunnelModelSettings,
    UseridSettings {
  // towards the upstream
  proxyConnectTimeout: number
  proxySendTimeout: number
  proxyReadTimeout: number
  proxyHttpVersion: '1.0' | '1.1' | '2'
  proxyBuffering: boolean
  proxyRequestBuffering: boolean
  proxyBufferSize: number
  proxyBuffers: { readonly count: number; readonly size: number }
  proxySetHeader: readonly { readonly name: string; readonly value: Template }[]
  proxySetBody: Template | null
  proxyMethod: Template | null
  proxyPassRequestHeaders: boolean
  proxyPassRequestBody: boolean
  proxyPassTrailers: boolean
  proxyPassHeader: readonly string[]
  proxyHideHeader: readonly string[]
  proxyIgnoreHeaders: readonly string[]
  proxyRedirect: 'off' | 'default' | readonly ProxyRedirectRule[]
  proxyCookieDomain: 'off' | readonly ProxyRedirectRule[]
  proxyCookiePath: 'off' | readonly ProxyRedirectRule[]
  proxyCookieFlags: 'off' | readonly { readonly name: Template | Pattern; readonly flags: readonly Template[] }[]
  proxyInterceptErrors: boolean
  proxyIgnoreClientAbort: boolean
  proxyNextUpstream: readonly NextUpstreamCondition[]
  /** 0: as many as there are peers. */
  proxyNextUpstreamTries: number
  /** 0: no limit. */
  proxyNextUpstreamTimeout: number
  proxySocketKeepalive: boolean
  /** Source address of connections to the upstream; null: the system's choice. */
  proxyBind: Template | null
  proxyForceRanges: boolean
  proxyMaxTempFileSize: number
  proxyTempPath: string
  /** Conditions under which 103 is passed; empty: never. */
  earlyHints: readonly Template[]

  // towards the client
  clientHeaderTimeout: number
  clientHeaderBufferSize: number
  largeClientHeaderBuffers: { readonly count: number; readonly size: number }
  maxHeaders: number
  clientBodyTimeout: number
  /** 0: no limit. */
  clientMaxBodySize: number
  clientBodyBufferSize: number
  clientBodyTempPath: string
  clientBodyInFileOnly: 'on' | 'clean' | 'off'
  clientBodyInSingleBuffer: boolean
  sendTimeout: number
  /** 0: connections are not kept. */
  keepaliveTimeout: number
  /** Seconds told in a Keep-Alive field; 0: no such field. */
  keepaliveTimeoutHeader: number
  keepaliveRequests: number
  keepaliveTime: number
  keepaliveDisable: readonly string[]
  lingeringClose: 'off' | 'on' | 'always'
  lingeringTime: number
  lingeringTimeout: number
  resetTimedoutConnection: boolean
  chunkedTransferEncoding: boolean
  tcpNodelay: boolean
  ignoreInvalidHeaders: boolean
  underscoresInHeaders: boolean
  mergeSlashes: boolean
  serverTokens: boolean | 'build' | Template
  msiePadding: boolean

  // answers
  addHeader: readonly { readonly name: string; readonly value: Template; readonly always: boolean }[]
  addHeaderInherit: 'on' | 'off' | 'merge'
  addTrailer: readonly { readonly name: string; readonly value: Template; readonly always: boolean }[]
  addTrailerInherit: 'on' | 'off' | 'merge'
  expires: ExpiresModel | null
  errorPage: readonly ErrorPageModel[]
  recursiveErrorPages: boolean
  absoluteRedirect: boolean
  portInRedirect: boolean
  serverNameInRedirect: boolean

  // files
  root: Template
  /** Set by `alias`: the location's prefix is replaced rather than appended to. */
  alias: Template | null
  index: readonly Template[]
  tryFiles: {
    readonly candidates: readonly Template[]
    readonly fallback: { readonly status: number } | { readonly uri: Template }
  } | null
  types: Readonly<Record<string, string>>
  defaultType: string
  etag: boolean
  ifModifiedSince: 'off' | 'exact' | 'before'
  maxRanges: number | null
  autoindex: boolean
  logNotFound: boolean

  // access
  satisfy: 'all' | 'any'
  access: readonly { readonly allow: boolean; readonly network: string }[]

  // logs
  /** Empty: off. */
  accessLog: readonly AccessLogModel[]
  errorLog: readonly ErrorLogModel[]
  logSubrequest: boolean

  // names
  resolver: ResolverModel | null
  resolverTimeout: number
}

export type NextUpstreamCondition =
  | 'error'
  | 'timeout'
  | 'invalid_header'
  | 'non_idempotent'
  | 'off'
  | 'http_500'
  | 'http_502'
  | 'http_503'
  | 'http_504'
  | 'http_403'
  | 'http_404'
  | 'http_429'

/** proxy_redirect and its like: what a value begins with or matches, and what stands there instead. */
export type ProxyRedirectRule =
  | { readonly kind: 'text'; readonly from: Template; readonly to: Template }
  | { readonly kind: 'pattern'; readonly pattern: Pattern; readonly to: Template }
  | { readonly kind: 'default' }

export interface ErrorPageModel {
  readonly statuses: readonly number[]
  /** Status to answer with; null: keep; 'answer': that of the page itself (`=`). */
  readonly answer: number | 'answer' | null
  readonly uri: Template
}

export interface ExpiresModel {
  readonly kind: 'off' | 'epoch' | 'max' | 'after' | 'modified' | 'daily' | 'variable'
  /** Seconds, for after (from now), modified (from the modification time) and daily (time of day). */
  readonly seconds: number
  readonly value: Template | null
}

export interface AccessLogModel {
  /** File relative to the prefix (may hold variables), or `syslog:…`. */
  readonly target: Template
  readonly format: string
  /** 0: every line at once. */
  readonly bufferBytes: number
  readonly flushMs: number
  /** Each buffer is written as gzip of this level, 1 to 9; left out: as text. */
  readonly gzipLevel?: number
  /** Logged only if this is neither empty nor 0. */
  readonly condition: Template | null
}

export interface ResolverModel {
  readonly addresses: readonly { readonly host: string; readonly port: number }[]
  /** Overrides the TTL of answers, in ms; null: the TTL. */
  readonly validMs: number | null
  readonly ipv4: boolean
  readonly ipv6: boolean
}

const KB = 1024
const SECOND = 1000
const HOUR = 3600 * SECOND
const PAGE = 4 * KB

const literal = (text: string): Template => (text === '' ? [] : [text])

export const defaultTypes: Readonly<Record<string, string>> = { html: 'text/html', gif: 'image/gif', jpg: 'image/jpeg' }

export const defaults: Settings = {
  ...tunnelDefaults,
  ...tlsDefaults,
  ...tracingDefaults,
  ...subrequestDefaults,
  ...originTlsDefaults,
  ...useridDefaults,
  ...accessDefaults,
  ...http2Defaults,
  ...statusDefaults,
  ...limitDefaults,
  ...compressionDefaults,
  ...bodyDefaults,
  ...codeDefaults,
  ...explainDefaults,
  ...faultDefaults,
  ...forwardedDefaults,
  ...grpcDefaults,
  ...grpcTlsDefaults,
  ...linkDefaults,
  ...logDefaults,
  ...retryPaceDefaults,

  ...cacheDefaults,
  proxyConnectTimeout: 60 * SECOND,
  proxySendTimeout: 60 * SECOND,
  proxyReadTimeout: 60 * SECOND,
  proxyHttpVersion: '1.1',
  proxyBuffering: true,
  proxyRequestBuffering: true,
  proxyBufferSize: PAGE,
  proxyBuffers: { count: 8, size: PAGE },
  proxySetHeader: [],
  proxySetBody: null,
  proxyMethod: null,
  proxyPassRequestHeaders: true,
  proxyPassRequestBody: true,
  proxyPassTrailers: false,
  proxyPassHeader: [],
  proxyHideHeader: [],
  proxyIgnoreHeaders: [],
  proxyRedirect: 'default',
  proxyCookieDomain: 'off',
  proxyCookiePath: 'off',
  proxyCookieFlags: 'off',
  proxyInterceptErrors: false,
  proxyIgnoreClientAbort: false,
  proxyNextUpstream: ['error', 'timeout'],
  proxyNextUpstreamTries: 0,
  proxyNextUpstreamTimeout: 0,
  proxySocketKeepalive: false,
  proxyBind: null,
  proxyForceRanges: false,
  proxyMaxTempFileSize: 1024 * KB * KB,
  proxyTempPath: 'proxy_temp',
  earlyHints: [],

  clientHeaderTimeout: 60 * SECOND,
  clientHeaderBufferSize: KB,
  largeClientHeaderBuffers: { count: 4, size: 8 * KB },
  maxHeaders: 1000,
  clientBodyTimeout: 60 * SECOND,
  clientMaxBodySize: KB * KB,
  clientBodyBufferSize: 2 * PAGE,
  clientBodyTempPath: 'client_body_temp',
  clientBodyInFileOnly: 'off',
  clientBodyInSingleBuffer: false,
  sendTimeout: 60 * SECOND,
  keepaliveTimeout: 75 * SECOND,
  keepaliveTimeoutHeader: 0,
  keepaliveRequests: 1000,
  keepaliveTime: HOUR,
  keepaliveDisable: ['msie6'],
  lingeringClose: 'on',
  lingeringTime: 30 * SECOND,
  lingeringTimeout: 5 * SECOND,
  resetTimedoutConnection: false,
  chunkedTransferEncoding: true,
  tcpNodelay: true,
  ignoreInvalidHeaders: true,
  underscoresInHeaders: false,
  mergeSlashes: true,
  serverTokens: true,
  msiePadding: true,

  addHeader: [],
  addHeaderInherit: 'on',
  addTrailer: [],
  addTrailerInherit: 'on',
  expires: null,
  errorPage: [],
  recursiveErrorPages: false,
  absoluteRedirect: true,
  portInRedirect: true,
  serverNameInRedirect: false,

  root: literal('html'),
  alias: null,
  index: [literal('index.html')],
  tryFiles: null,
  types: defaultTypes,
  defaultType: 'text/plain',
  etag: true,
  ifModifiedSince: 'exact',
  maxRanges: null,
  autoindex: false,
  logNotFound: true,

  satisfy: 'all',
  access: [],

  accessLog: [{ target: literal('logs/access.log'), format: 'combined', bufferBytes: 0, flushMs: 0, condition: null }],
  errorLog: [],
  logSubrequest: false,

  resolver: null,
  resolverTimeout: 30 * SECOND,
}

export type { LogLevel }
