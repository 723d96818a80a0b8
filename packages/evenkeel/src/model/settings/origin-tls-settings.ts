/** How TLS is spoken with origins, as it is written. Paths are relative to the configuration's folder. */
import type { Template } from '../template.ts'
import type { TlsSettings, TlsVersion } from './tls-settings.ts'

/** Settings of http, server and location. */
export interface OriginTlsSettings {
  /** What we show who we are with; empty: nothing. */
  proxySslCertificate: Template
  proxySslCertificateKey: Template
  /** A pass phrase a line. */
  proxySslPasswordFile: string | null
  /** Certificates whose names have variables and are kept; null: none are. */
  proxySslCertificateCache: TlsSettings['sslCertificateCache']
  proxySslProtocols: readonly TlsVersion[]
  proxySslCiphers: string
  proxySslConfCommand: TlsSettings['sslConfCommand']
  proxySslCrl: string | null
  /** Whom the certificate has to be for; null: the host of proxy_pass. */
  proxySslName: Template | null
  /** The name is told in the handshake (SNI). */
  proxySslServerName: boolean
  proxySslSessionReuse: boolean
  proxySslTrustedCertificate: string | null
  proxySslVerify: boolean
  /** Most certificates between the origin's and one that is trusted. */
  proxySslVerifyDepth: number
}

export const originTlsDefaults: OriginTlsSettings = {
  proxySslCertificate: [],
  proxySslCertificateKey: [],
  proxySslPasswordFile: null,
  proxySslCertificateCache: null,
  proxySslProtocols: ['TLSv1.2', 'TLSv1.3'],
  proxySslCiphers: 'DEFAULT',
  proxySslConfCommand: [],
  proxySslCrl: null,
  proxySslName: null,
  proxySslServerName: false,
  proxySslSessionReuse: true,
  proxySslTrustedCertificate: null,
  proxySslVerify: false,
  proxySslVerifyDepth: 1,
}
