/**
 * A balancer inside the caller's program: the same supervisor and the same worker code, without threads, signals, pid
 * file or logs of its own. What it serves ends with it.
 */
import { createServer, type AddressInfo, type Server } from 'node:net'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Config } from '../config/code/define-config.ts'
import type { ListenAddress } from '../model/model.ts'
import type { MovedListener } from '../worker/messages.ts'
import { BalancerEvents, type BalancerEvent, type EventOptions, type SeenPeer } from './balancer-events.ts'
import { givePorts } from './listening/given-ports.ts'
import type { FetchOptions } from './hosting/fetch-handler.ts'
import type { Next } from './hosting/node-handler.ts'
import { ProgramHost } from './hosting/program-host.ts'
import { listenAddresses } from './listening/listeners.ts'
import { askApi, askMetrics, openUpstreams, type BalancerUpstream } from './balancer-upstreams.ts'
import { startProcess, type Supervisor } from './supervisor.ts'

export interface StartOptions {
  /** Hears of problems and of what the error log would say at the start. Default: nobody. */
  readonly log?: (line: string) => void
  /** What relative paths are relative to. Default: the working directory. */
  readonly prefix?: string
  /**
   * false: nothing is listened on; requests come by `handler`, `upgrade` and `fetch` alone, and `listen` may be left out of
   * the configuration. Default true.
   */
  readonly listen?: boolean
}

export interface Balancer extends AsyncDisposable {
  /** Where it listens, in the order written; port 0 has become the port that was free. */
  readonly listeners: readonly BalancerListener[]
  /**
   * Serves requests that the program received itself, as if they had come to the first listener: for Express, Connect,
   * Fastify, Vite, Next, or as the listener of `createServer`. With `next` a request that no location is for goes there.
   * Takes the body from the stream: it stands before body parsers.
   */
  readonly handler: (request: IncomingMessage, response: ServerResponse, next?: Next) => void
  /**
   * The same for WebSockets: `server.on('upgrade', balancer.upgrade)`. False: no location is for it, and the socket was
   * left alone.
   */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean
  /** The same for a web-standard Request; the Response streams. */
  readonly fetch: (request: Request, options?: FetchOptions) => Promise<Response>
  /**
   * What happens from this call on: `for await (const event of balancer.events())`. Ends with the balancer, by `break`, or
   * by a signal; never holds up traffic.
   */
  events(options?: EventOptions): AsyncIterableIterator<BalancerEvent>
  /** The upstreams of the configuration by name, to be looked at and changed while they are in use. */
  readonly upstreams: Readonly<Record<string, BalancerUpstream>>
  /**
   * Asks what the `api` directive answers, without a location: `api('GET', '/9/http/upstreams')`. Rejects with an
   * ApiRefusal. `body` is what would be sent as JSON.
   */
  api(method: string, path: string, body?: unknown): Promise<unknown>
  /** What the `metrics` directive answers: text for Prometheus. */
  metrics(): string
  /** Makes another configuration live: connections are kept, and a configuration with problems changes nothing. */
  reload(config: Config): Promise<void>
  /** Takes nothing new, lets what has begun finish, and ends. */
  close(): Promise<void>
}

export interface BalancerListener {
  /** '' for a Unix socket. */
  readonly host: string
  /** 0 for a Unix socket. */
  readonly port: number
  /** `http://127.0.0.1:8080`; of every address of the machine, the loopback one. */
  readonly url: string
}

/** What is wrong with a configuration, a line for each problem. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}

/** Rejects with a ConfigurationError, and then nothing listens. */
export async function start(config: Config, options: StartOptions = {}): Promise<Balancer> {
  const prefix = folder(options.prefix ?? process.cwd())
  const bound: MovedListener[] = []
  const { listen: listens = true } = options
  const bind = async (host: string): Promise<number> => {
    const server = await listen(host)
    const { port } = server.address() as AddressInfo
    bound.push({ address: { host: host === '' ? '*' : host, port }, server })
    return port
  }
  const given = listens ? await givePorts(config, bind) : config
  const lines: string[] = []
  const source = {
    paths: { prefix, confPrefix: prefix, file: `${prefix}the configuration`, errorLog: 'stderr' },
    globals: null,
    config: given as unknown,
  }
  let starting = true
  const say = (line: string): void => {
    if (starting) lines.push(line)
    options.log?.(line)
  }
  const events = new BalancerEvents(() => seenPeers(supervisor))
  const host = new ProgramHost(listens, events)
  const supervisor: Supervisor | null = await startProcess({
    source,
    say,
    signals: null,
    pidFile: false,
    bound,
    listens,
    carrier: host.carrier,
    bindTries: 1,
    reloaded: problems => {
      events.tell({ kind: 'reload', problems })
      events.compare()
    },
  })
  starting = false
  if (supervisor === null) {
    for (const { server } of bound) server.close()
    throw new ConfigurationError(lines.join('\n'))
  }
  return new Running(supervisor, source, host, events, listens)
}

class Running implements Balancer {
  readonly #supervisor: Supervisor
  readonly #source: { config: unknown }
  readonly #host: ProgramHost
  readonly #events: BalancerEvents
  readonly #listens: boolean

  constructor(
    supervisor: Supervisor,
    source: { config: unknown },
    host: ProgramHost,
    events: BalancerEvents,
    listens: boolean,
  ) {
    this.#supervisor = supervisor
    this.#source = source
    this.#host = host
    this.#events = events
    this.#listens = listens
  }

  readonly handler: Balancer['handler'] = (request, response, next) => this.#host.serve(request, response, next)
  readonly upgrade: Balancer['upgrade'] = (request, socket, head) => this.#host.upgrade(request, socket, head)
  readonly fetch: Balancer['fetch'] = (request, options) => this.#host.fetch(request, options)

  events(options: EventOptions = {}): AsyncIterableIterator<BalancerEvent> {
    return this.#events.listen(options)
  }

  get listeners(): readonly BalancerListener[] {
    const { model } = this.#supervisor
    return model === null || !this.#listens ? [] : listenAddresses(model).map(describe)
  }

  get upstreams(): Readonly<Record<string, BalancerUpstream>> {
    return openUpstreams(this.#supervisor, () => this.#events.compare())
  }

  async api(method: string, path: string, body?: unknown): Promise<unknown> {
    return askApi(this.#supervisor, method, path, body)
  }

  metrics(): string {
    return askMetrics(this.#supervisor)
  }

  async reload(config: Config): Promise<void> {
    const before = this.#source.config
    this.#source.config = config
    const problems = await this.#supervisor.reload()
    if (problems.length === 0) return
    this.#source.config = before
    throw new ConfigurationError(problems.join('\n'))
  }

  async close(): Promise<void> {
    await this.#supervisor.quit()
    await this.#ended()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#supervisor.stop()
    await this.#ended()
  }

  async #ended(): Promise<void> {
    await this.#supervisor.ended
    this.#events.close()
  }
}

function seenPeers(supervisor: Supervisor | null): SeenPeer[] {
  return (supervisor?.upstreams ?? []).flatMap(({ name: upstream, model, peers }) =>
    model.implicit
      ? []
      : peers.map(({ line, server, state }) => ({ upstream, name: line.text, address: server, state })),
  )
}

function describe(address: ListenAddress): BalancerListener {
  if ('path' in address) return { host: '', port: 0, url: `unix:${address.path}` }
  const { host, port } = address
  const reachable = host === '*' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host
  return { host, port, url: `http://${reachable}:${port}` }
}

function listen(host: string): Promise<Server> {
  const { promise, resolve, reject } = Promise.withResolvers<Server>()
  const server = createServer()
  server.once('error', error => reject(new ConfigurationError(`cannot listen on "${host}": ${error.message}`)))
  server.listen({ port: 0, ...(host === '' ? { host: '0.0.0.0' } : { host }) }, () => resolve(server))
  return promise
}

function folder(path: string): string {
  return path.endsWith('/') ? path : `${path}/`
}
