/**
 * Which of nginx's modules work here, as `-V` tells it: tools look a feature up in that text. nginx builds these in
 * unless told otherwise, so what does not work yet stands there as `--without-…`; the others are named when they work.
 */

/** Built into nginx unless it is told otherwise. */
export const standardModules: Readonly<Record<string, boolean>> = {
  access: true,
  auth_basic: true,
  autoindex: true,
  browser: false,
  charset: true,
  empty_gif: true,
  fastcgi: false,
  geo: true,
  grpc: true,
  gzip: true,
  limit_conn: true,
  limit_req: true,
  map: true,
  memcached: false,
  mirror: true,
  proxy: true,
  referer: true,
  rewrite: true,
  scgi: false,
  split_clients: true,
  ssi: true,
  tunnel: true,
  upstream_hash: true,
  upstream_ip_hash: true,
  upstream_keepalive: true,
  upstream_least_conn: true,
  upstream_least_time: true,
  upstream_random: true,
  upstream_sticky: true,
  upstream_zone: true,
  userid: true,
  uwsgi: false,
}

/** Only built into nginx when it is told to. */
export const extraModules: Readonly<Record<string, boolean>> = {
  http_addition: true,
  http_auth_request: true,
  http_dav: false,
  http_gunzip: true,
  http_gzip_static: true,
  http_realip: true,
  http_secure_link: true,
  http_slice: true,
  http_ssl: true,
  http_stub_status: true,
  http_sub: true,
  http_v2: true,
}

/** Of `stream`; those built into nginx when that is asked for. */
export const streamModules: Readonly<Record<string, boolean>> = {
  access: true,
  geo: true,
  limit_conn: true,
  map: true,
  pass: true,
  return: true,
  set: true,
  split_clients: true,
  upstream_hash: true,
  upstream_least_conn: true,
  upstream_least_time: true,
  upstream_random: true,
  upstream_zone: true,
}

/** Of `stream`, when nginx is told to. */
export const extraStreamModules: Readonly<Record<string, boolean>> = {
  realip: true,
  ssl: true,
  ssl_preread: true,
}

/** The response cache has a switch of its own. */
export const cacheWorks: boolean = true

/** What `configure` would have been told for a build of nginx that can do the same. */
export function configureArguments(): string[] {
  const extra = Object.keys(extraModules).filter(name => extraModules[name])
  const missing = Object.keys(standardModules).filter(name => !standardModules[name])
  return [
    ...extra.map(name => `--with-${name}_module`),
    '--with-stream',
    ...named(extraStreamModules, true).map(name => `--with-stream_${name}_module`),
    ...missing.map(name => `--without-http_${name}_module`),
    ...named(streamModules, false).map(name => `--without-stream_${name}_module`),
    ...(cacheWorks ? [] : ['--without-http-cache']),
  ]
}

function named(modules: Readonly<Record<string, boolean>>, works: boolean): string[] {
  return Object.keys(modules).filter(name => modules[name] === works)
}
