/** What TLS knows of a client's connection, for variables, logs and the check of client certificates. */
export interface ClientTls {
  /** What the client asked for (SNI), '' when it did not. */
  readonly serverName: string
  /** Agreed on by ALPN: `h2`, `http/1.1`; '' when nothing was. */
  readonly protocol: string
  /** Whether the client showed a certificate. */
  readonly certified: boolean
  /** Why its certificate is not to be trusted, as OpenSSL says it; '' when it is, or none was asked for. */
  readonly verifyError: string
  /** It has no other fault than that nobody known here has signed it. */
  readonly unknownAuthority: boolean
  /** The value of `$ssl_…` by the rest of its name; undefined: nothing is known. Latin-1, one character a byte. */
  value(name: TlsValue): string | undefined
  /** What servers are told of it by the PROXY protocol; left out: nothing. */
  extensions?(): readonly Extension[]
}

/** One of a PROXY protocol head of version 2. */
export interface Extension {
  /** 0 to 255. */
  readonly type: number
  readonly value: Uint8Array
}

export const tlsValues = [
  'protocol',
  'cipher',
  'ciphers',
  'curve',
  'curves',
  'sigalg',
  'sigalgs',
  'session_id',
  'session_reused',
  'early_data',
  'server_name',
  'alpn_protocol',
  'ech_status',
  'ech_outer_server_name',
  'client_cert',
  'client_raw_cert',
  'client_escaped_cert',
  'client_s_dn',
  'client_i_dn',
  'client_s_dn_legacy',
  'client_i_dn_legacy',
  'client_serial',
  'client_fingerprint',
  'client_verify',
  'client_v_start',
  'client_v_end',
  'client_v_remain',
  'client_sigalg',
] as const

export type TlsValue = (typeof tlsValues)[number]
