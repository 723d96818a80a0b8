/**
 * What most end-to-end scenarios stand on: one proxy before one scripted origin whose peer takes one connection at a time.
 *
 * Because of `max_conns=1`, a place that a scenario did not give back makes the next one fail: `peerIsFree` asks after
 * each. At the end no connection and no descriptor may be left, however the scenarios went.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { get } from '../scenario/ask.ts'
import { connect, type Connection, type Request } from '../scenario/connection.ts'
import { Origin } from '../scenario/origin.ts'
import { startProxy, type Proxied } from '../scenario/proxy.ts'
import { until } from '../scenario/wait.ts'

export interface StageOptions {
  /** Directives of locations by their prefix; each passes to the origin. There is always `/`. */
  readonly locations?: Readonly<Record<string, string>>
  readonly server?: string
  readonly http?: string | ((ports: Readonly<Record<string, number>>) => string)
  /** Parameters of the origin's `server` line besides max_conns and max_fails. */
  readonly upstream?: string
}

/** A request on its way: the client that sent it, the origin's side, and what the origin got. */
export interface Forwarded {
  readonly client: Connection
  readonly upstream: Connection
  readonly request: Request
}

export class Stage {
  readonly proxy: Proxied
  readonly origin: Origin
  readonly #accepted: Connection[]
  readonly #open: Connection[] = []
  #descriptors = 0

  constructor(proxy: Proxied, origin: Origin, accepted: Connection[]) {
    this.proxy = proxy
    this.origin = origin
    this.#accepted = accepted
  }

  get port(): number {
    return this.proxy.port('main')
  }

  async connect(): Promise<Connection> {
    const client = await connect(this.port)
    this.#open.push(client)
    return client
  }

  /** The next connection to the origin. */
  async accept(): Promise<Connection> {
    const upstream = await until(
      () => `a connection to the origin; it has had ${this.origin.accepted}`,
      () => this.#accepted.shift(),
    )
    this.#open.push(upstream)
    return upstream
  }

  /** Sends this on a connection of its own and waits until the origin has the request, whole. */
  async forward(bytes: string | Uint8Array = get('/')): Promise<Forwarded> {
    const client = (await this.connect()).send(bytes)
    const upstream = await this.accept()
    return { client, upstream, request: await upstream.receive() }
  }

  /** The same, and only the head was read at the origin. */
  async forwardHead(bytes: string | Uint8Array): Promise<{ client: Connection; upstream: Connection }> {
    const client = (await this.connect()).send(bytes)
    const upstream = await this.accept()
    await upstream.readHead()
    return { client, upstream }
  }

  /** After each scenario: ends what it left open. Then the only place at the peer can be had: nobody gone still holds it. */
  async peerIsFree(): Promise<void> {
    for (const connection of [...this.#open.splice(0), ...this.#accepted.splice(0)]) connection.socket.destroy()
    await this.othersAreServed()
  }

  /** Somebody else gets the only place at the peer, while those that are being served go on. */
  async othersAreServed(): Promise<void> {
    await until(
      () => 'the only place at the peer to be free again',
      async () => {
        await using client = await this.connect()
        client.send(get('/free'))
        const upstream = await until(
          () => 'an answer or a connection to the origin',
          () => (client.unread === '' ? this.#accepted.shift() : null),
        )
        if (upstream === null) return undefined
        await upstream.receive()
        upstream.send(ok('free')).close()
        assert.equal((await client.readResponse()).text, 'free')
        return true
      },
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async begin(): Promise<this> {
    await this.#counts()
    this.#descriptors = this.#openDescriptors()
    return this
  }

  /** Nothing is left of all that was served; then the proxy goes, and must go well. */
  async close(): Promise<void> {
    try {
      let counts = ''
      await until(
        () => `every connection to be gone: ${counts}`,
        async () => ((counts = await this.#counts()).startsWith('1 0 1 0') ? true : undefined),
      )
      await until(
        () => `descriptors to be closed: ${this.#openDescriptors()} are open, ${this.#descriptors} were`,
        () => this.#openDescriptors() <= this.#descriptors || undefined,
      )
    } finally {
      await Promise.all([this.proxy[Symbol.asyncDispose](), this.origin[Symbol.asyncDispose]()])
    }
  }

  /** Active connections, then those reading, writing, waiting: of which one is the question. */
  async #counts(): Promise<string> {
    await using client = await this.connect()
    const { text } = await client.send(get('/counts', 'Connection: close')).readResponse()
    return `${/Active connections: (\d+)/.exec(text)?.[1]} ${(/Reading: (\d+) Writing: (\d+) Waiting: (\d+)/.exec(text) ?? []).slice(1).join(' ')}`
  }

  #openDescriptors(): number {
    return readdirSync(`/proc/${this.proxy.pid}/fd`).length
  }
}

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const accepted: Connection[] = []
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = new Origin(server, connection => accepted.push(connection))
  const locations = Object.entries({ '/': '', ...options.locations })
  const proxy = await startProxy({
    config: ports => `
${typeof options.http === 'function' ? options.http(ports) : (options.http ?? '')}
log_format why '$status $failure "$request" [$upstream_addr] [$upstream_status]';
access_log access.log why;
upstream origin { server ${origin.address} max_conns=1 max_fails=0 ${options.upstream ?? ''}; keepalive 0; }
server {
listen 127.0.0.1:${ports['main']};
${options.server ?? ''}
location = /counts { stub_status; access_log off; }
${locations.map(([prefix, text]) => `location ${prefix} { proxy_pass http://origin; ${text} }`).join('\n')}
}`,
  })
  return new Stage(proxy, origin, accepted).begin()
}

/** A whole response with this body. */
export function ok(body: string, ...lines: readonly string[]): string {
  return ['HTTP/1.1 200 OK', `Content-Length: ${body.length}`, ...lines].join('\r\n') + '\r\n\r\n' + body
}

/** A request with this body. */
export function post(target: string, body: string, ...lines: readonly string[]): string {
  return (
    ['POST ' + target + ' HTTP/1.1', 'Host: localhost', `Content-Length: ${body.length}`, ...lines].join('\r\n') +
    '\r\n\r\n' +
    body
  )
}

/** The head of a request whose body comes in chunks. */
export function chunkedHead(target: string, ...lines: readonly string[]): string {
  return (
    ['POST ' + target + ' HTTP/1.1', 'Host: localhost', 'Transfer-Encoding: chunked', ...lines].join('\r\n') +
    '\r\n\r\n'
  )
}
