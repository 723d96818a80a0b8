/** How TLS is spoken with clients: settings of http and server. Paths are relative to the configuration's folder. */
import type { Template } from '../template.ts'

export interface TlsSettings {
  /** PEM files, `data:…` with the text itself, or `auto`; empty: none. */
  sslCertificate: readonly Template[]
  /** In the order of the certificates. */
  sslCertificateKey: readonly Template[]
  /** A pass phrase a line. */
  sslPasswordFile: string | null
  /** Certificates whose names have variables and are kept; null: none are. */
  sslCertificateCache: { readonly max: number; readonly inactiveMs: number; readonly validMs: number } | null
  sslCertificateCompression: boolean
  sslProtocols: readonly TlsVersion[]
  sslCiphers: string
  sslPreferServerCiphers: boolean
  sslEcdhCurve: string
  sslDhparam: string | null
  sslConfCommand: readonly { readonly name: string; readonly value: string }[]
  /** Sessions kept for clients without tickets. */
  sslSessionCache: 'off' | 'none' | 'kept'
  sslSessionTimeoutSeconds: number
  sslSessionTickets: boolean
  /** The first one seals; empty: random keys, made anew every hour. */
  sslSessionTicketKey: readonly string[]
  sslVerifyClient: 'off' | 'on' | 'optional' | 'optional_no_ca'
  /** Most certificates between the client's and one that is trusted. */
  sslVerifyDepth: number
  sslClientCertificate: string | null
  sslTrustedCertificate: string | null
  sslCrl: string | null
  sslRejectHandshake: boolean
  /** Whether issuers are asked about clients' certificates: `leaf` about the client's own, `on` about its whole chain. */
  sslOcsp: 'off' | 'on' | 'leaf'
  /** Asked in the place of who certificates name. */
  sslOcspResponder: string | null
  /** What issuers answer is remembered for as long as they say. */
  sslOcspCache: boolean
  /** What issuers say of the server's own certificate is stapled. */
  sslStapling: boolean
  /** Asked in the place of who the certificate names. */
  sslStaplingResponder: string | null
  /** Who answers has to be proved up to a root of sslTrustedCertificate. */
  sslStaplingVerify: boolean
  /** A DER response that is stapled, and nobody is asked; null: none. */
  sslStaplingFile: string | null
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

export const tlsDefaults: TlsSettings = {
  sslCertificate: [],
  sslCertificateKey: [],
  sslPasswordFile: null,
  sslCertificateCache: null,
  sslCertificateCompression: false,
  sslProtocols: ['TLSv1.2', 'TLSv1.3'],
  sslCiphers: 'HIGH:!aNULL:!MD5',
  sslPreferServerCiphers: false,
  sslEcdhCurve: 'auto',
  sslDhparam: null,
  sslConfCommand: [],
  sslSessionCache: 'none',
  sslSessionTimeoutSeconds: 300,
  sslSessionTickets: true,
  sslSessionTicketKey: [],
  sslVerifyClient: 'off',
  sslVerifyDepth: 1,
  sslClientCertificate: null,
  sslTrustedCertificate: null,
  sslCrl: null,
  sslRejectHandshake: false,
  sslOcsp: 'off',
  sslOcspResponder: null,
  sslOcspCache: false,
  sslStapling: false,
  sslStaplingResponder: null,
  sslStaplingVerify: false,
  sslStaplingFile: null,
}

/** What TLS needs and only the main thread may read: given to workers with a configuration, and anew when files change. */
export interface TlsMaterial {
  /** Text of files, one character a byte, by full path. */
  readonly files: Readonly<Record<string, string>>
  /** 48 bytes for tickets of servers without keys of their own. */
  readonly ticketKeys: Uint8Array
}
