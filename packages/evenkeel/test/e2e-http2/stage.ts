/** What scenarios of HTTP/2 stand on: a proxy with all sorts of locations before one scripted origin. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after } from 'node:test'
import type { Connection } from '../scenario/connection.ts'
import { Origin } from '../scenario/origin.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'
import { Http2Client } from './client.ts'

/** Connections to the origin that nobody has taken yet. */
export const accepted: Connection[] = []
const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
await once(server, 'listening')
export const origin: Origin = new Origin(server, connection => accepted.push(connection))
export const proxy: Proxied = await startProxy({
  config: ports => `
log_format h2 '$request|$status|$http2|$server_protocol|$connection_requests|$host|$http_host|$failure|$request_length';
access_log access.log h2;
upstream origin { server ${origin.address} max_fails=0; keepalive 0; }
server {
  listen 127.0.0.1:${ports['main']};
  http2 on;
  keepalive_requests 100000;
  client_max_body_size 10m;
  location / { proxy_pass http://origin; }
  location /stream { proxy_request_buffering off; proxy_pass_trailers on; proxy_pass http://origin; }
  location /hints { early_hints 1; proxy_pass http://origin; }
  location /small { client_max_body_size 5; proxy_pass http://origin; }
  location /text { return 200 "text $http_cookie"; }
  location /chunks { http2_chunk_size 100; alias html/; }
  location /trailer { add_trailer X-Sum 42; proxy_pass http://origin; }
  location = /counts { stub_status; access_log off; }
}
server {
  listen 127.0.0.1:${ports['timeouts']};
  http2 on;
  client_body_timeout 200ms; client_header_timeout 300ms; keepalive_timeout 300ms; send_timeout 300ms;
  location / { proxy_pass http://origin; }
  location /text { return 200 text; }
  location /chunks { alias html/; }
}
server {
  listen 127.0.0.1:${ports['few']};
  http2 on;
  keepalive_requests 2;
  location / { return 200 text; }
}
server {
  listen 127.0.0.1:${ports['preread']};
  http2 on;
  http2_body_preread_size 0;
  client_body_buffer_size 1k;
  location / { proxy_request_buffering off; proxy_pass http://origin; }
}
server { listen 127.0.0.1:${ports['names']}; server_name a; http2 on; location / { return 200 a; } }
server { listen 127.0.0.1:${ports['names']}; server_name b; http2 off; location / { return 200 b; } }
server { listen 127.0.0.1:${ports['old']} http2; location / { return 200 old; } }
`,
  files: { 'html/10000': '0123456789'.repeat(1000), 'html/big': Buffer.alloc(1 << 20, 'x') },
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
})

/** A client at the listener of that name. */
export const open = (name = 'main', settings?: readonly (readonly [number, number])[]): Promise<Http2Client> =>
  Http2Client.open(proxy.port(name), settings)

/** The next connection to the origin. */
export const upstream = (): Promise<Connection> =>
  until(
    () => 'a connection to the origin',
    () => accepted.shift(),
  )

export const logged = (pattern: RegExp): Promise<true> =>
  until(
    () => `${pattern} in access.log:\n${proxy.read('access.log')}`,
    () => pattern.test(proxy.read('access.log')) || undefined,
  )
