/**
 * Directives that tune something nginx has and we have not: its hash tables, pools and events, sendfile, caches of open
 * files. They are accepted so that a configuration runs as it is, and listed by -t. Nothing that changes what a client
 * or a server gets is here.
 */
import type { Context } from '../place.ts'
import { ANY, alsoInIf, everywhere, row, serverUp, type Directive } from '../table.ts'

type Group = readonly [contexts: readonly Context[], least: number, most: number, names: string]

const GROUPS: readonly Group[] = [
  [
    ['main'],
    1,
    1,
    'timer_resolution lock_file debug_points worker_priority worker_rlimit_core working_directory load_module',
  ],
  [['main'], 1, 1, 'pcre_jit ssl_engine google_perftools_profiles'],
  [['main'], 1, ANY, 'worker_cpu_affinity'],
  [['main'], 2, 3, 'thread_pool'],
  [['events'], 1, 1, 'use multi_accept accept_mutex accept_mutex_delay debug_connection'],
  [['events'], 1, 1, 'epoll_events worker_aio_requests devpoll_changes devpoll_events eventport_events'],
  [['events'], 1, 1, 'kqueue_changes kqueue_events iocp_threads post_acceptex acceptex_read'],
  [['http'], 1, 1, 'variables_hash_max_size variables_hash_bucket_size map_hash_max_size map_hash_bucket_size'],
  [['http'], 1, 1, 'server_names_hash_max_size server_names_hash_bucket_size'],
  [serverUp, 1, 1, 'connection_pool_size request_pool_size'],
  [everywhere, 1, 1, 'types_hash_max_size types_hash_bucket_size'],
  [everywhere, 1, 1, 'proxy_headers_hash_max_size proxy_headers_hash_bucket_size'],
  [alsoInIf, 1, 1, 'sendfile'],
  [everywhere, 1, 1, 'sendfile_max_chunk aio aio_write read_ahead directio'],
  [everywhere, 1, 1, 'directio_alignment tcp_nopush send_lowat postpone_output msie_refresh'],
  [everywhere, 1, 1, 'ssi_ignore_recycled_buffers ssi_min_file_chunk'],
  [everywhere, 2, 2, 'output_buffers gzip_buffers gunzip_buffers'],
  [everywhere, 1, 1, 'gzip_no_buffer postpone_gzipping'],
  [everywhere, 1, 2, 'open_file_cache'],
  [everywhere, 1, 1, 'open_file_cache_valid open_file_cache_min_uses open_file_cache_errors open_file_cache_events'],
  [everywhere, 1, 1, 'proxy_busy_buffers_size proxy_temp_file_write_size proxy_send_lowat'],
  [everywhere, 1, 1, 'tunnel_buffer_size tunnel_send_timeout tunnel_send_lowat'],
  [everywhere, 1, 1, 'tunnel_socket_rcvbuf tunnel_socket_sndbuf'],
  [everywhere, 1, 1, 'proxy_socket_rcvbuf proxy_socket_sndbuf grpc_socket_rcvbuf grpc_socket_sndbuf'],
  [['http', 'server', 'location', 'if in server', 'if in location'], 1, 1, 'rewrite_log uninitialized_variable_warn'],
]

export const ignoredDirectives: readonly Directive[] = GROUPS.flatMap(([contexts, least, most, names]) =>
  names.split(' ').map((name): Directive => ({
    ...row(name, contexts, '...', null, 'Accepted; has no meaning here.'),
    arguments: [least, most],
    apply: (place, statement) => {
      place.reading.ignored.push({ name, position: statement.position })
    },
  })),
)
