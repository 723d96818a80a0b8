/**
 * Directives of http that stand in `stream` as well, with the same meaning: their rows get further places, so that
 * nothing of them is written twice.
 */
import type { Context } from '../place.ts'
import type { Directive } from '../table.ts'
import { ANY, row } from '../table.ts'
import { method } from './upstream-methods.ts'

const BOTH: readonly Context[] = ['stream', 'stream server']

const shared: readonly (readonly [contexts: readonly Context[], names: string])[] = [
  [['stream'], 'upstream map geo split_clients log_format limit_conn_zone'],
  [BOTH, 'set_real_ip_from limit_conn limit_conn_dry_run limit_conn_log_level'],
  [BOTH, 'allow deny access_log error_log resolver resolver_timeout tcp_nodelay'],
  [BOTH, 'proxy_bind proxy_buffer_size proxy_connect_timeout proxy_socket_keepalive'],
  [BOTH, 'proxy_next_upstream_tries proxy_next_upstream_timeout proxy_socket_rcvbuf proxy_socket_sndbuf'],
  [BOTH, 'open_log_file_cache status_zone'],
  [BOTH, 'ssl_certificate ssl_certificate_key ssl_certificate_cache ssl_certificate_compression ssl_password_file'],
  [BOTH, 'ssl_protocols ssl_ciphers ssl_ecdh_curve ssl_dhparam ssl_prefer_server_ciphers ssl_conf_command'],
  [BOTH, 'ssl_session_cache ssl_session_timeout ssl_session_tickets ssl_session_ticket_key ssl_reject_handshake'],
  [BOTH, 'ssl_verify_client ssl_verify_depth ssl_client_certificate ssl_trusted_certificate ssl_crl'],
  [BOTH, 'ssl_stapling ssl_stapling_file ssl_stapling_responder ssl_stapling_verify'],
  [BOTH, 'ssl_ocsp ssl_ocsp_responder ssl_ocsp_cache'],
  [BOTH, 'proxy_ssl_certificate proxy_ssl_certificate_key proxy_ssl_certificate_cache proxy_ssl_password_file'],
  [BOTH, 'proxy_ssl_protocols proxy_ssl_ciphers proxy_ssl_conf_command proxy_ssl_name proxy_ssl_server_name'],
  [BOTH, 'proxy_ssl_session_reuse proxy_ssl_verify proxy_ssl_verify_depth proxy_ssl_trusted_certificate'],
  [BOTH, 'proxy_ssl_crl'],
  [['stream'], 'variables_hash_max_size variables_hash_bucket_size map_hash_max_size map_hash_bucket_size'],
  [['stream'], 'server_names_hash_max_size server_names_hash_bucket_size'],
  [['stream server'], 'listen server_name'],
  [['stream upstream'], 'server zone hash least_conn ewma maglev rendezvous first balance prefer_zone queue state'],
  [['stream upstream'], 'resolver resolver_timeout'],
]

const additions = new Map<string, Context[]>()
for (const [contexts, names] of shared) {
  for (const name of names.split(' ')) additions.set(name, [...(additions.get(name) ?? []), ...contexts])
}

/** The rows with the places that `stream` has for them: a row of upstreams in its upstreams, others elsewhere. */
export function alsoInStream(rows: readonly Directive[]): readonly Directive[] {
  return rows.map(one => {
    const inUpstream = one.contexts.includes('upstream')
    const more = additions.get(one.name)?.filter(context => (context === 'stream upstream') === inUpstream) ?? []
    return more.length === 0 ? one : { ...one, contexts: [...one.contexts, ...more] }
  })
}

/** Methods that take other words in `stream`, where there is no head of a response. */
export const streamMethodDirectives: readonly Directive[] = [
  method(
    'least_time',
    'connect | first_byte | last_byte [inflight]',
    1,
    [{ words: ['connect', 'first_byte', 'last_byte'], called: 'value' }, { words: ['inflight'] }],
    'The server that is expected to be done soonest, by how long it takes on average and how much it has to do.',
  ),
  method(
    'random',
    '[two [least_conn | least_time=connect | least_time=first_byte | least_time=last_byte]]',
    0,
    [
      { words: ['two'] },
      { words: ['least_conn', 'least_time=connect', 'least_time=first_byte', 'least_time=last_byte'] },
    ],
    'A random server, or the better of two.',
  ),
].map(one => ({ ...one, contexts: ['stream upstream'] }))

/** Old names of `proxy_buffer_size`. */
export const streamIgnoredDirectives: readonly Directive[] = ['proxy_downstream_buffer', 'proxy_upstream_buffer'].map(
  name => ({
    ...row(name, BOTH, '...', null, 'Accepted; has no meaning here.'),
    arguments: [1, ANY],
    apply: (place, statement) => {
      place.reading.ignored.push({ name, position: statement.position })
    },
  }),
)
