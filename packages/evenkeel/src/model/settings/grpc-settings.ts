/**
 * How grpc_pass forwards. It is the forwarding of proxy_pass with HTTP/2, no buffers and trailers: so its settings are
 * kept apart, as in nginx, and take the place of those of proxy_* where grpc_pass stands.
 */
import { grpcTlsAsProxy } from '../grpc-tls.ts'
import type { ContentModel } from '../model.ts'
import type { NextUpstreamCondition, Settings } from '../settings.ts'
import type { Template } from '../template.ts'

export interface GrpcSettings {
  grpcConnectTimeout: number
  grpcSendTimeout: number
  grpcReadTimeout: number
  grpcBufferSize: number
  grpcSetHeader: readonly { readonly name: string; readonly value: Template }[]
  grpcPassHeader: readonly string[]
  grpcHideHeader: readonly string[]
  grpcIgnoreHeaders: readonly string[]
  grpcInterceptErrors: boolean
  grpcNextUpstream: readonly NextUpstreamCondition[]
  /** 0: as many as there are peers. */
  grpcNextUpstreamTries: number
  /** 0: no limit. */
  grpcNextUpstreamTimeout: number
  grpcSocketKeepalive: boolean
  /** Source address of connections to the upstream; null: the system's choice. */
  grpcBind: Template | null
  /** Our own errors are told to gRPC clients in their own words rather than as pages. */
  grpcErrorStatus: boolean
  /** Calls of gRPC-Web are translated. */
  grpcWeb: boolean
}

const SECOND = 1000

export const grpcDefaults: GrpcSettings = {
  grpcConnectTimeout: 60 * SECOND,
  grpcSendTimeout: 60 * SECOND,
  grpcReadTimeout: 60 * SECOND,
  grpcBufferSize: 4096,
  grpcSetHeader: [],
  grpcPassHeader: [],
  grpcHideHeader: [],
  grpcIgnoreHeaders: [],
  grpcInterceptErrors: false,
  grpcNextUpstream: ['error', 'timeout'],
  grpcNextUpstreamTries: 0,
  grpcNextUpstreamTimeout: 0,
  grpcSocketKeepalive: false,
  grpcBind: null,
  grpcErrorStatus: false,
  grpcWeb: false,
}

export function speaksGrpc(content: ContentModel | null): boolean {
  return content?.kind === 'proxy' && content.protocol === 'grpc'
}

/** The settings of a place with grpc_pass, as those of one with proxy_pass that does the same. */
export function grpcAsProxy(settings: Settings): Settings {
  return {
    ...settings,
    ...grpcTlsAsProxy(settings),
    proxyHttpVersion: '2',
    proxyConnectTimeout: settings.grpcConnectTimeout,
    proxySendTimeout: settings.grpcSendTimeout,
    proxyReadTimeout: settings.grpcReadTimeout,
    proxyBufferSize: settings.grpcBufferSize,
    proxySetHeader: settings.grpcSetHeader,
    proxyPassHeader: settings.grpcPassHeader,
    proxyHideHeader: settings.grpcHideHeader,
    proxyIgnoreHeaders: settings.grpcIgnoreHeaders,
    proxyInterceptErrors: settings.grpcInterceptErrors,
    proxyNextUpstream: settings.grpcNextUpstream,
    proxyNextUpstreamTries: settings.grpcNextUpstreamTries,
    proxyNextUpstreamTimeout: settings.grpcNextUpstreamTimeout,
    proxySocketKeepalive: settings.grpcSocketKeepalive,
    proxyBind: settings.grpcBind,
    proxyBuffering: false,
    proxyRequestBuffering: false,
    proxyPassTrailers: true,
    proxyPassRequestHeaders: true,
    proxyPassRequestBody: true,
    proxySetBody: null,
    proxyMethod: null,
    proxyRedirect: 'off',
    proxyCookieDomain: 'off',
    proxyCookiePath: 'off',
    proxyCookieFlags: 'off',
    proxyIgnoreClientAbort: false,
    proxyLimitRate: [],
    proxyForceRanges: false,
    proxyCache: null,
    proxyStore: null,
  }
}
