/**
 * What is measured. Each workload is a shape of configuration, that every peer writes in its own language, and a way to
 * measure. Peers that cannot take a shape are left out of it.
 */

/**
 * plain: three origins, keep-alive on both sides, no log · tutorial: the tutorial's blocks as written, with the access log
 * that Debian's file has · logged: plain with an access log and four proxy_set_header · many: 1,000 servers in the
 * upstream, 10,000 server names, 1,000 locations · stream: connections to three origins, passed on as they
 * come · tls: plain behind TLS, HTTP/2 for who asks for it.
 */
export type Shape = 'plain' | 'tutorial' | 'logged' | 'many' | 'stream' | 'tls'

/** bulk: one connection, read to its end. */
export type Measure =
  | 'throughput'
  | 'handshakes'
  | 'resumptions'
  | 'multiplexed'
  | 'latency'
  | 'idle'
  | 'start'
  | 'bulk'

export interface Workload {
  readonly name: string
  readonly title: string
  readonly shape: Shape
  readonly measure: Measure
  readonly path: string
  readonly host: string
  readonly workers: number
  readonly connections: number
  /** Bytes of a request head; left out: what a browser sends. */
  readonly requestBytes?: number
  /** Only for who reads nginx's configuration language; the slow ones would say nothing new. */
  readonly nginxOnly?: boolean
  /** Also shown as a ratio to the same peer's plain workload, if that was run: what the larger set-up costs it. */
  readonly againstPlain?: boolean
  /** Other peers for whom it would only take time. */
  readonly notNode?: boolean
}

const base = {
  shape: 'plain',
  measure: 'throughput',
  path: '/',
  host: 'bench.test',
  workers: 1,
  connections: 64,
} as const

export const workloads: readonly Workload[] = [
  { ...base, name: 'plain', title: 'small response, keep-alive, 12 headers' },
  { ...base, name: 'tutorial', title: "the tutorial's configuration as written", shape: 'tutorial', nginxOnly: true },
  { ...base, name: 'logged', title: 'access log on, proxy_set_header × 4', shape: 'logged', notNode: true },
  { ...base, name: '100k', title: '100 KB response', path: '/100k', connections: 32 },
  { ...base, name: '10m', title: '10 MB response', path: '/10m', connections: 8 },
  { ...base, name: 'p99', title: 'latency at 70 % of saturation', measure: 'latency', notNode: true },
  {
    ...base,
    name: 'idle',
    title: 'memory of an idle client connection',
    measure: 'idle',
    connections: 4000,
    notNode: true,
  },
  { ...base, name: 'start', title: 'cold start to first answer', measure: 'start' },
  { ...base, name: 'workers2', title: 'plain, 2 workers', workers: 2, nginxOnly: true, againstPlain: true },
  { ...base, name: 'workers8', title: 'plain, 8 workers', workers: 8, nginxOnly: true, againstPlain: true },
  {
    ...base,
    name: 'many',
    title: '1,000 servers, 10,000 names, 1,000 locations',
    shape: 'many',
    path: '/location-777/page',
    host: 'name-7777.test',
    nginxOnly: true,
    againstPlain: true,
  },
  { ...base, name: 'tls', title: 'TLS: requests over connections that are kept', shape: 'tls', nginxOnly: true },
  {
    ...base,
    name: 'tls-new',
    title: 'TLS: a new connection and handshake for each request',
    shape: 'tls',
    measure: 'handshakes',
    nginxOnly: true,
  },
  {
    ...base,
    name: 'tls-resumed',
    title: 'TLS: a resumed session for each request, one after the other',
    shape: 'tls',
    measure: 'resumptions',
    nginxOnly: true,
  },
  {
    ...base,
    name: 'h2',
    title: 'HTTP/2 over TLS: ten streams a connection',
    shape: 'tls',
    measure: 'multiplexed',
    connections: 16,
    nginxOnly: true,
  },
  {
    ...base,
    name: 'stream-echo',
    title: 'TCP passed on: 1 KB each way, 64 connections',
    shape: 'stream',
    path: '/1k',
    requestBytes: 1024,
  },
  {
    ...base,
    name: 'stream-bulk',
    title: 'TCP passed on: 10 GB over one connection',
    shape: 'stream',
    measure: 'bulk',
    path: '/10g',
    connections: 1,
  },
]

/** A request head as browsers send it: 12 fields with Host, some 700 bytes. */
export const browserFields: readonly string[] = [
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-GB,en;q=0.9,de;q=0.8',
  'Cache-Control: max-age=0',
  'Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; consent=necessary%2Cstatistics; _ga=GA1.1.123456789.1700000000',
  'Referer: http://bench.test/some/page?with=a&few=arguments',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Site: same-origin',
  'Upgrade-Insecure-Requests: 1',
]
