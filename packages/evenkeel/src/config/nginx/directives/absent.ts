/**
 * nginx's directives that we do not have yet: every name of nginx 1.31, so that "not here yet" is told from a misspelling.
 */
import { words } from './declined.ts'

/** What evenkeel means to have one day. */
export const notYet: readonly string[] = words([
  'client_body_early_read',
  'http3 http3_hq http3_max_concurrent_streams http3_stream_buffer_size keepalive_min_timeout',
  'quic_active_connection_id_limit quic_bpf quic_gso quic_host_key quic_retry',
  'ssl_ech_file',
])

/** Of nginx's commercial edition and of modules that are not part of it. */
export const notYetOfOthers: readonly string[] = words([
  'auth_oidc keyval keyval_zone mqtt ntlm oidc_provider',
  'proxy_session_drop proxy_ssl_key_log session_log session_log_format session_log_zone',
  'zone_sync zone_sync_server',
])
