/**
 * `createProxyServer` in the shape of the http-proxy package: what programs that use it need to go on as they are, until
 * they are given a balancer. Its options, methods and events; not its passes.
 */
import { EventEmitter } from 'node:events'
import { createServer as createPlain, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecure } from 'node:https'
import type { Duplex } from 'node:stream'
import { readTarget, type ProxyOptions } from './options.ts'
import { passUpgrade, type SocketFailed } from './upgrade.ts'
import { passWeb, type WebFailed } from './web.ts'

export class ProxyServer extends EventEmitter {
  readonly options: ProxyOptions
  #server: Server | null = null

  constructor(options: ProxyOptions = {}) {
    super()
    this.options = options
  }

  /** Proxies a request. An error goes to `failed` if there is one, else to `error`, which throws when nobody listens. */
  web(
    request: IncomingMessage,
    response: ServerResponse,
    options?: ProxyOptions | WebFailed,
    failed?: WebFailed,
  ): void {
    const [own, ear] = typeof options === 'function' ? [undefined, options] : [options, failed]
    const all = { ...this.options, ...own }
    if (all.target === undefined && all.forward === undefined) return this.#refuse(new Error(NO_TARGET))
    try {
      passWeb(this, request, response, all, ear)
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      if (ear === undefined) this.emit('error', error, request, response, all.target)
      else ear(error, request, response, all.target)
    }
  }

  /** Proxies a WebSocket, from a server's `upgrade` event. */
  ws(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    options?: ProxyOptions | SocketFailed,
    failed?: SocketFailed,
  ): void {
    const [own, ear] = typeof options === 'function' ? [undefined, options] : [options, failed]
    const all = { ...this.options, ...own }
    const target = readTarget(all.target)
    if (target === null) return this.#refuse(new Error(NO_TARGET))
    passUpgrade(this, request, socket, head, all, target, ear)
  }

  /** A server of its own, with `ssl` over TLS, with `ws` for WebSockets too. */
  listen(port: number, hostname?: string): this {
    const serve = (request: IncomingMessage, response: ServerResponse): void => this.web(request, response)
    const { ssl, ws } = this.options
    const server = ssl === undefined ? createPlain(serve) : createSecure(ssl, serve)
    if (ws === true) server.on('upgrade', (request, socket, head) => this.ws(request, socket, head))
    server.listen(port, hostname)
    this.#server = server
    return this
  }

  /** Of `listen`; null before it. */
  get server(): Server | null {
    return this.#server
  }

  close(done?: (error?: Error) => void): void {
    this.#server?.close(done)
    this.#server = null
  }

  #refuse(error: Error): void {
    this.emit('error', error)
  }
}

const NO_TARGET = 'Must provide a proper URL as target'

export function createProxyServer(options?: ProxyOptions): ProxyServer {
  return new ProxyServer(options)
}

export { createProxyServer as createProxy, createProxyServer as createServer }
