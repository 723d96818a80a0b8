/**
 * Settings that can stand in `stream` and its servers, and are inherited. What means the same as in `http` has the same
 * key and type, so that the rows of directives, the checks and the compilers of both are one; defaults differ in places.
 */
import { defaults, type Settings } from '../settings.ts'
import { streamTlsDefaults, type StreamTlsSettings } from './stream-tls.ts'
import type { Template } from '../template.ts'

/** Keys that `stream` shares with `http`. */
type SharedKey =
  | 'access'
  | 'accessLog'
  | 'errorLog'
  | 'limitConn'
  | 'openLogFileCache'
  | 'limitConnDryRun'
  | 'limitConnLogLevel'
  | 'realIpFrom'
  | 'resolver'
  | 'resolverTimeout'
  | 'tcpNodelay'
  | 'proxyBind'
  | 'proxyBufferSize'
  | 'proxyConnectTimeout'
  | 'proxyNextUpstreamTries'
  | 'proxyNextUpstreamTimeout'
  | 'proxySocketKeepalive'
  | 'serverZone'

/** Times are milliseconds, sizes bytes. */
export interface StreamSettings extends Pick<Settings, SharedKey>, StreamTlsSettings {
  /** Longest silence in both directions before a session ends. */
  proxyTimeout: number
  /** Whether a connection that cannot be made is tried at the next server. */
  proxyNextUpstreamOn: boolean
  /** Whether the end of one direction leaves the other one open. */
  proxyHalfClose: boolean
  /** UDP: datagrams of a client after which the next one begins a new session; 0: no number. */
  proxyRequests: number
  /** UDP: datagrams expected in answer to each; null: any number. */
  proxyResponses: number | null
  /** Bytes a second from the client, from the server; text that may hold variables, null or 0: no limit. */
  proxyUploadRate: Template | null
  proxyDownloadRate: Template | null
  /** Version of the PROXY protocol that servers are told the client's address with. */
  proxyProtocol: 'off' | 'v1' | 'v2'
  /** How long a client may take to send its own PROXY protocol head. */
  proxyProtocolTimeout: number
  /** How long a server may take to answer a probe. */
  healthCheckTimeout: number
  prereadBufferSize: number
  prereadTimeout: number
  sslPreread: boolean
}

const KB = 1024
const SECOND = 1000

export const streamDefaults: StreamSettings = {
  ...streamTlsDefaults,
  access: defaults.access,
  accessLog: [],
  errorLog: defaults.errorLog,
  limitConn: defaults.limitConn,
  openLogFileCache: defaults.openLogFileCache,
  limitConnDryRun: defaults.limitConnDryRun,
  limitConnLogLevel: defaults.limitConnLogLevel,
  realIpFrom: defaults.realIpFrom,
  resolver: defaults.resolver,
  resolverTimeout: defaults.resolverTimeout,
  tcpNodelay: defaults.tcpNodelay,
  proxyBind: defaults.proxyBind,
  proxyBufferSize: 16 * KB,
  proxyConnectTimeout: defaults.proxyConnectTimeout,
  proxyNextUpstreamTries: defaults.proxyNextUpstreamTries,
  proxyNextUpstreamTimeout: defaults.proxyNextUpstreamTimeout,
  proxySocketKeepalive: defaults.proxySocketKeepalive,
  serverZone: defaults.serverZone,
  proxyTimeout: 600 * SECOND,
  proxyNextUpstreamOn: true,
  proxyHalfClose: false,
  proxyRequests: 0,
  proxyResponses: null,
  proxyUploadRate: null,
  proxyDownloadRate: null,
  proxyProtocol: 'off',
  proxyProtocolTimeout: 30 * SECOND,
  healthCheckTimeout: 5 * SECOND,
  prereadBufferSize: 16 * KB,
  prereadTimeout: 30 * SECOND,
  sslPreread: false,
}
