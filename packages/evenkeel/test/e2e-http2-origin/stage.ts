/**
 * What scenarios of HTTP/2 towards origins stand on: a proxy before an origin of Node's own HTTP/2, which does what the
 * test says for each path, and before one that is scripted frame by frame.
 */
import { once } from 'node:events'
import {
  createServer as createHttp2Server,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import { createServer, type AddressInfo } from 'node:net'
import { after } from 'node:test'
import { flags, frameTypes, PREFACE } from '../../src/wire/http2/codes.ts'
import { settingsFrame } from '../../src/wire/http2/frame-writer.ts'
import { frame, Http2Client } from '../e2e-http2/client.ts'
import type { Connection } from '../scenario/connection.ts'
import { Origin } from '../scenario/origin.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

type Answer = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void

/** What the origin does for a path; a test says it before it asks. */
export const answers: Map<string, Answer> = new Map()
/** Connections of the origin that are open. */
export const sessions: Set<ServerHttp2Session> = new Set()
/** How many there have been. */
export const counts: { sessions: number } = { sessions: 0 }

const node: Http2Server = createHttp2Server({ settings: { maxConcurrentStreams: 4 } })
node.on('session', session => {
  counts.sessions++
  sessions.add(session)
  session.on('close', () => sessions.delete(session))
  session.on('error', () => {})
})
node.on('stream', (stream, headers) => {
  stream.on('error', () => {})
  answers.get(String(headers[':path']))?.(stream as ServerHttp2Stream, headers)
})
node.listen(0, '127.0.0.1')
await once(node, 'listening')
const nodePort = (node.address() as AddressInfo).port

const accepted: Http2Client[] = []
const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
await once(server, 'listening')
const scripted: Origin = new Origin(server, (connection: Connection) => {
  accepted.push(new Http2Client(connection, PREFACE))
})

export const proxy: Proxied = await startProxy({
  config: ports => `
log_format why '$request|$status|$failure|$upstream_status|$upstream_addr';
access_log access.log why;
upstream node { server 127.0.0.1:${nodePort} max_fails=0; }
upstream scripted { server ${scripted.address} max_fails=0; keepalive 4; }
upstream unkept { server ${scripted.address} max_fails=0; keepalive 0; }
upstream pair { server ${scripted.address} max_fails=0; server 127.0.0.1:${nodePort} backup; }
proxy_http_version 2;
server {
  listen 127.0.0.1:${ports['main']};
  http2 on;
  http2_max_concurrent_streams 1000;
  client_max_body_size 100m;
  location / { proxy_pass http://node; }
  location /stream { proxy_request_buffering off; proxy_buffering off; proxy_pass_trailers on; proxy_pass http://node; }
  location /early { early_hints 1; proxy_pass http://node; }
  location /scripted { proxy_pass http://scripted; }
  location /flow { proxy_request_buffering off; client_body_buffer_size 1k; proxy_pass http://scripted; }
  location /unkept { proxy_pass http://unkept; }
  location /pair { proxy_pass http://pair; }
  location /soon { proxy_read_timeout 200ms; proxy_pass http://scripted; }
  location /upgrade { proxy_set_header Connection upgrade; proxy_set_header Upgrade $http_upgrade; proxy_pass http://node; }
  location = /counts { stub_status; access_log off; }
}
`,
})
after(async () => {
  await proxy[Symbol.asyncDispose]()
  await scripted[Symbol.asyncDispose]()
  for (const session of sessions) session.destroy()
  node.close()
})

export const open = (name = 'main'): Promise<Http2Client> => Http2Client.open(proxy.port(name))

/** The next connection to the scripted origin, with the proxy's preface taken and settings exchanged. */
export async function next(settings: readonly (readonly [number, number])[] = []): Promise<Http2Client> {
  const client = await until(
    () => 'a connection to the scripted origin',
    () => accepted.shift(),
  )
  return client.send(settingsFrame(settings) + frame(frameTypes.settings, flags.ack, 0))
}

/** Nobody has connected besides those that were taken. */
export function noneCame(): boolean {
  return accepted.length === 0
}
