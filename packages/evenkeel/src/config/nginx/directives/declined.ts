/** nginx's directives that evenkeel is not meant to have, each with what to do instead. */

const FASTCGI = words([
  'fastcgi_bind fastcgi_buffer_size fastcgi_buffering fastcgi_buffers fastcgi_busy_buffers_size fastcgi_cache',
  'fastcgi_cache_background_update fastcgi_cache_bypass fastcgi_cache_key fastcgi_cache_lock fastcgi_cache_lock_age',
  'fastcgi_cache_lock_timeout fastcgi_cache_max_range_offset fastcgi_cache_methods fastcgi_cache_min_uses',
  'fastcgi_cache_path fastcgi_cache_revalidate fastcgi_cache_use_stale fastcgi_cache_valid fastcgi_catch_stderr',
  'fastcgi_connect_timeout fastcgi_force_ranges fastcgi_hide_header fastcgi_ignore_client_abort',
  'fastcgi_ignore_headers fastcgi_index fastcgi_intercept_errors fastcgi_keep_conn fastcgi_limit_rate',
  'fastcgi_max_temp_file_size fastcgi_next_upstream fastcgi_next_upstream_timeout fastcgi_next_upstream_tries',
  'fastcgi_no_cache fastcgi_param fastcgi_pass fastcgi_pass_header fastcgi_pass_request_body',
  'fastcgi_pass_request_headers fastcgi_read_timeout fastcgi_request_buffering fastcgi_send_lowat',
  'fastcgi_send_timeout fastcgi_socket_keepalive fastcgi_socket_rcvbuf fastcgi_socket_sndbuf',
  'fastcgi_split_path_info fastcgi_store fastcgi_store_access fastcgi_temp_file_write_size fastcgi_temp_path perl',
  'perl_modules perl_require perl_set scgi_bind scgi_buffer_size scgi_buffering scgi_buffers scgi_busy_buffers_size',
  'scgi_cache scgi_cache_background_update scgi_cache_bypass scgi_cache_key scgi_cache_lock scgi_cache_lock_age',
  'scgi_cache_lock_timeout scgi_cache_max_range_offset scgi_cache_methods scgi_cache_min_uses scgi_cache_path',
  'scgi_cache_revalidate scgi_cache_use_stale scgi_cache_valid scgi_connect_timeout scgi_force_ranges',
  'scgi_hide_header scgi_ignore_client_abort scgi_ignore_headers scgi_intercept_errors scgi_limit_rate',
  'scgi_max_temp_file_size scgi_next_upstream scgi_next_upstream_timeout scgi_next_upstream_tries scgi_no_cache',
  'scgi_param scgi_pass scgi_pass_header scgi_pass_request_body scgi_pass_request_headers scgi_read_timeout',
  'scgi_request_buffering scgi_send_timeout scgi_socket_keepalive scgi_socket_rcvbuf scgi_socket_sndbuf scgi_store',
  'scgi_store_access scgi_temp_file_write_size scgi_temp_path uwsgi_bind uwsgi_buffer_size uwsgi_buffering',
  'uwsgi_buffers uwsgi_busy_buffers_size uwsgi_cache uwsgi_cache_background_update uwsgi_cache_bypass',
  'uwsgi_cache_key uwsgi_cache_lock uwsgi_cache_lock_age uwsgi_cache_lock_timeout uwsgi_cache_max_range_offset',
  'uwsgi_cache_methods uwsgi_cache_min_uses uwsgi_cache_path uwsgi_cache_revalidate uwsgi_cache_use_stale',
  'uwsgi_cache_valid uwsgi_connect_timeout uwsgi_force_ranges uwsgi_hide_header uwsgi_ignore_client_abort',
  'uwsgi_ignore_headers uwsgi_intercept_errors uwsgi_limit_rate uwsgi_max_temp_file_size uwsgi_modifier1',
  'uwsgi_modifier2 uwsgi_next_upstream uwsgi_next_upstream_timeout uwsgi_next_upstream_tries uwsgi_no_cache',
  'uwsgi_param uwsgi_pass uwsgi_pass_header uwsgi_pass_request_body uwsgi_pass_request_headers uwsgi_read_timeout',
  'uwsgi_request_buffering uwsgi_send_timeout uwsgi_socket_keepalive uwsgi_socket_rcvbuf uwsgi_socket_sndbuf',
  'uwsgi_ssl_certificate uwsgi_ssl_certificate_cache uwsgi_ssl_certificate_key uwsgi_ssl_ciphers',
  'uwsgi_ssl_conf_command uwsgi_ssl_crl uwsgi_ssl_name uwsgi_ssl_password_file uwsgi_ssl_protocols',
  'uwsgi_ssl_server_name uwsgi_ssl_session_reuse uwsgi_ssl_trusted_certificate uwsgi_ssl_verify',
  'uwsgi_ssl_verify_depth uwsgi_store uwsgi_store_access uwsgi_string uwsgi_temp_file_write_size uwsgi_temp_path',
])

const MAIL = words([
  'auth_http auth_http_header auth_http_pass_client_cert auth_http_timeout imap_auth imap_capabilities',
  'imap_client_buffer mail max_errors pop3_auth pop3_capabilities protocol proxy proxy_buffer',
  'proxy_pass_error_message proxy_smtp_auth smtp_auth smtp_capabilities smtp_client_buffer smtp_greeting_delay',
  'starttls timeout xclient',
])

const JAVASCRIPT = 'write it in TypeScript: set_by, step and response_step run modules in the workers'
const MEDIA =
  'a balancer does not make other pictures, films or documents: let the application do it, behind proxy_pass'
const WEBDAV = 'evenkeel writes no files for clients: put a WebDAV server behind proxy_pass'
const BROWSERS = 'use map with $http_user_agent, or the Sec-CH-UA fields that browsers send'
const PLACES = 'those databases are no longer published: use geo with networks, or map over a field set in front'

/** Names and what to do, by groups. */
const others: readonly (readonly [instead: string, names: readonly string[]])[] = [
  [BROWSERS, words(['ancient_browser ancient_browser_value modern_browser modern_browser_value'])],
  [PLACES, words(['geoip_city geoip_country geoip_org geoip_proxy geoip_proxy_recursive'])],
  [WEBDAV, words(['create_full_put_path dav_access dav_methods min_delete_depth'])],
  [JAVASCRIPT, words(['js_content js_import js_set'])],
  [
    MEDIA,
    words([
      'f4f flv image_filter image_filter_buffer image_filter_interlace image_filter_jpeg_quality image_filter_sharpen',
      'image_filter_transparency image_filter_webp_quality mp4 mp4_buffer_size mp4_max_buffer_size mp4_start_key_frame',
      'xml_entities xml_external_entities xslt_last_modified xslt_param xslt_string_param xslt_stylesheet xslt_types',
    ]),
  ],
  [
    'memcached is not spoken here: proxy_cache keeps answers in memory and on disk',
    words([
      'memcached_bind memcached_buffer_size memcached_connect_timeout memcached_gzip_flag memcached_next_upstream',
      'memcached_next_upstream_timeout memcached_next_upstream_tries memcached_pass memcached_read_timeout',
      'memcached_send_timeout memcached_socket_keepalive',
    ]),
  ],
  ['use overload, which sheds requests before memory runs out', words(['degradation degrade'])],
  ['use api, which is what nginx has in its place', words(['status upstream_conf'])],
  ['use sticky cookie', words(['sticky_cookie_insert'])],
]

/** What to do instead, by name. */
export const declined: ReadonlyMap<string, string> = new Map([
  ...FASTCGI.map(name => [name, spoken(name)] as const),
  ...MAIL.map(name => [name, 'evenkeel carries no mail; a mail server of its own can stand beside it'] as const),
  ...others.flatMap(([instead, names]) => names.map(name => [name, instead] as const)),
])

function spoken(name: string): string {
  if (name.startsWith('perl')) return JAVASCRIPT
  const protocol = name.startsWith('fastcgi') ? 'FastCGI' : name.startsWith('uwsgi') ? 'uWSGI' : 'SCGI'
  return `${protocol} is not spoken here: let the application serve HTTP, and use proxy_pass`
}

export function words(lines: readonly string[]): readonly string[] {
  return lines.flatMap(line => line.split(' '))
}
