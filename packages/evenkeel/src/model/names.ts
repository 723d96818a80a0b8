/**
 * The names a model may use: ways of balancing and variables.
 *
 * They stand here, and not where they are implemented, so that every front end can tell a misspelling from a feature
 * without importing the data plane. Tests hold `balance/` and `route/` to these lists.
 */
import type { LogFormatModel } from './model.ts'
import { readTemplate } from './template.ts'

/** MethodModel.name: what `balance/` has a policy for. */
export const methodNames: readonly string[] = [
  'round_robin',
  'least_conn',
  'least_time',
  'ip_hash',
  'hash',
  'random',
  'ewma',
  'maglev',
  'rendezvous',
  'first',
]

/** Methods whose peers cannot be backups: they place a key among all peers, and a backup has no place of its own. */
export const methodsWithoutBackup: ReadonlySet<string> = new Set(['ip_hash', 'hash', 'random', 'maglev', 'rendezvous'])

/** Methods that look at every peer's weight anew for each request, so that one can climb: slow_start needs that. */
export const methodsWithSlowStart: ReadonlySet<string> = new Set(['round_robin', 'least_conn', 'least_time', 'code'])

/** Variables that are always there. Lower-case: names compare caselessly. */
export const variableNames: ReadonlySet<string> = new Set([
  'acme_certificate',
  'acme_certificate_key',
  'args',
  'binary_remote_addr',
  'body_bytes_sent',
  'bytes_sent',
  'connection',
  'connection_requests',
  'connection_time',
  'connections_active',
  'connections_reading',
  'connections_waiting',
  'connections_writing',
  'content_length',
  'content_type',
  'document_root',
  'document_uri',
  'failure',
  'gzip_ratio',
  'host',
  'hostname',
  'http2',
  'https',
  'invalid_referer',
  'is_args',
  'is_request_port',
  'limit_conn_status',
  'limit_rate',
  'limit_req_status',
  'msec',
  'nginx_version',
  'otel_parent_id',
  'otel_parent_sampled',
  'otel_span_id',
  'otel_trace_id',
  'otel_traceparent',
  'pid',
  'pipe',
  'proxy_add_x_forwarded_for',
  'proxy_host',
  'proxy_port',
  'proxy_protocol_addr',
  'proxy_protocol_port',
  'proxy_protocol_server_addr',
  'proxy_protocol_server_port',
  'query_string',
  'realip_remote_addr',
  'realip_remote_port',
  'realpath_root',
  'remote_addr',
  'remote_port',
  'remote_user',
  'request',
  'request_body',
  'request_body_file',
  'request_completion',
  'request_filename',
  'request_id',
  'request_length',
  'request_method',
  'request_port',
  'request_time',
  'request_uri',
  'scheme',
  'secure_link',
  'secure_link_expires',
  'server_addr',
  'server_name',
  'server_port',
  'server_protocol',
  'slice_range',
  'ssl_alpn_protocol',
  'ssl_cipher',
  'ssl_ciphers',
  'ssl_client_cert',
  'ssl_client_escaped_cert',
  'ssl_client_fingerprint',
  'ssl_client_i_dn',
  'ssl_client_i_dn_legacy',
  'ssl_client_raw_cert',
  'ssl_client_s_dn',
  'ssl_client_s_dn_legacy',
  'ssl_client_serial',
  'ssl_client_sigalg',
  'ssl_client_v_end',
  'ssl_client_v_remain',
  'ssl_client_v_start',
  'ssl_client_verify',
  'ssl_curve',
  'ssl_curves',
  'ssl_early_data',
  'ssl_ech_outer_server_name',
  'ssl_ech_status',
  'ssl_protocol',
  'ssl_server_name',
  'ssl_session_id',
  'ssl_session_reused',
  'ssl_sigalg',
  'ssl_sigalgs',
  'status',
  'tcpinfo_rcv_space',
  'tcpinfo_rtt',
  'tcpinfo_rttvar',
  'tcpinfo_snd_cwnd',
  'time_iso8601',
  'time_local',
  'uid_got',
  'uid_reset',
  'uid_set',
  'upstream_addr',
  'upstream_bytes_received',
  'upstream_bytes_sent',
  'upstream_cache_age',
  'upstream_cache_etag',
  'upstream_cache_key',
  'upstream_cache_last_modified',
  'upstream_cache_status',
  'upstream_choice',
  'upstream_connect_time',
  'upstream_header_time',
  'upstream_name',
  'upstream_peers',
  'upstream_queue_time',
  'upstream_response_length',
  'upstream_response_time',
  'upstream_status',
  'uri',
])

/** Families of variables: what follows the prefix names a field, a cookie or an argument. */
export const variablePrefixes: readonly string[] = [
  'http_',
  'arg_',
  'cookie_',
  'sent_http_',
  'sent_trailer_',
  'upstream_http_',
  'upstream_cookie_',
  'upstream_trailer_',
  'proxy_protocol_tlv_',
  'jwt_claim_',
  'jwt_header_',
]

/** The built-in variables that `set` and `map` may give another value. */
export const changeableVariables: ReadonlySet<string> = new Set([
  'args',
  'limit_rate',
  'proxy_host',
  'proxy_port',
  'uid_reset',
])

/** Whether a variable exists without the configuration making it. `name` is lower-case. */
export function isBuiltInVariable(name: string): boolean {
  return variableNames.has(name) || variablePrefixes.some(prefix => name.startsWith(prefix))
}

const combined = readTemplate(
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"',
)

/** Formats that need no log_format. */
export const builtInLogFormats: readonly LogFormatModel[] = [
  { name: 'combined', escape: 'default', template: typeof combined === 'string' ? [] : combined },
]
