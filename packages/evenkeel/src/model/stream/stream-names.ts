/** The variables of `stream`; names.ts has those of http, and says why they stand here. */

/** Lower-case: names compare caselessly. */
export const streamVariableNames: ReadonlySet<string> = new Set([
  'binary_remote_addr',
  'bytes_received',
  'bytes_sent',
  'connection',
  'failure',
  'hostname',
  'limit_conn_status',
  'msec',
  'nginx_version',
  'pid',
  'protocol',
  'proxy_protocol_addr',
  'proxy_protocol_port',
  'proxy_protocol_server_addr',
  'proxy_protocol_server_port',
  'realip_remote_addr',
  'realip_remote_port',
  'remote_addr',
  'remote_port',
  'server_addr',
  'server_name',
  'server_port',
  'session_time',
  'ssl_alpn_protocol',
  'ssl_cipher',
  'ssl_ciphers',
  'ssl_client_cert',
  'ssl_client_escaped_cert',
  'ssl_client_fingerprint',
  'ssl_client_i_dn',
  'ssl_client_raw_cert',
  'ssl_client_s_dn',
  'ssl_client_serial',
  'ssl_client_sigalg',
  'ssl_client_v_end',
  'ssl_client_v_remain',
  'ssl_client_v_start',
  'ssl_client_verify',
  'ssl_curve',
  'ssl_curves',
  'ssl_ech_outer_server_name',
  'ssl_ech_status',
  'ssl_preread_alpn_protocols',
  'ssl_preread_protocol',
  'ssl_preread_server_name',
  'ssl_protocol',
  'ssl_server_name',
  'ssl_session_id',
  'ssl_session_reused',
  'ssl_sigalg',
  'ssl_sigalgs',
  'status',
  'time_iso8601',
  'time_local',
  'upstream_addr',
  'upstream_bytes_received',
  'upstream_bytes_sent',
  'upstream_connect_time',
  'upstream_first_byte_time',
  'upstream_name',
  'upstream_session_time',
])

/** Families: what follows names an extension of the PROXY protocol. */
export const streamVariablePrefixes: readonly string[] = ['proxy_protocol_tlv_']

/** Whether a variable exists without the configuration making it. `name` is lower-case. */
export function isStreamVariable(name: string): boolean {
  return (
    streamVariableNames.has(name) ||
    streamVariablePrefixes.some(prefix => name.length > prefix.length && name.startsWith(prefix))
  )
}
