/** TLS in `stream`, with clients and with origins: what http has, and what only streams need to be told. */
import { originTlsDefaults, type OriginTlsSettings } from '../settings/origin-tls-settings.ts'
import { proxyTls, type TlsClientModel } from '../origin-tls.ts'
import type { Template } from '../template.ts'
import { tlsDefaults, type TlsSettings } from '../settings/tls-settings.ts'

export interface StreamTlsSettings extends TlsSettings, OriginTlsSettings {
  /** Offered to clients by ALPN, the best first; empty: nothing is, and what they ask for does not matter. */
  sslAlpn: readonly string[]
  /** Milliseconds. */
  sslHandshakeTimeout: number
  /** TLS is spoken with origins. */
  proxySsl: boolean
  /** Offered to origins by ALPN; what is empty is left out. */
  proxySslAlpn: readonly Template[]
}

export const streamTlsDefaults: StreamTlsSettings = {
  ...tlsDefaults,
  ...originTlsDefaults,
  sslAlpn: [],
  sslHandshakeTimeout: 60_000,
  proxySsl: false,
  proxySslAlpn: [],
}

/** What sessions of a server speak TLS with origins by; null: they do not. */
export function streamProxyTls(settings: StreamTlsSettings): TlsClientModel | null {
  return settings.proxySsl ? proxyTls(settings) : null
}
