/**
 * A model made live in this worker: what stands behind each listening address, the upstreams with their connections.
 *
 * Several may live side by side: after a reload the old one serves the connections that began with it, answering each
 * request with `Connection: close`, and is gone when the last of them is.
 */
import type { Exchange } from '../exchange/exchange.ts'
import type { ListenAddress } from '../model/model.ts'
import type { TlsMaterial } from '../model/settings/tls-settings.ts'
import type { Entry } from '../proxy/entry/arrival.ts'
import type { Http2Rules } from '../proxy/http2/rules.ts'
import type { CompiledServer, Doing, ListenerRuntime, Served } from '../proxy/listener-runtime.ts'
import type { RequestLoop } from '../proxy/loop.ts'
import type { StreamListener } from '../proxy/stream/stream-listener.ts'
import type { ServerTable } from '../route/server-choice.ts'
import type { RequestReader } from '../wire/http1/request-reader.ts'
import type { CompiledStream } from './compile/compile-stream.ts'
import type { Upstreams } from './upstreams.ts'

/** What has certificates. */
interface Certified {
  recertify(material: TlsMaterial): void
}

export class Runtime {
  readonly generation: number
  /** Of connections, by address key. */
  readonly listeners: ReadonlyMap<string, ListenerLife | StreamListener>
  readonly upstreams: Upstreams
  readonly #certified: readonly Certified[]
  /** null: the model has no such part. */
  readonly stream: CompiledStream | null
  /** Since when there is a newer one; 0: there is none. */
  retiredMs = 0
  /** When what is left of it is cut; 0: never. */
  cutMs = 0

  constructor(
    generation: number,
    listeners: ReadonlyMap<string, ListenerLife>,
    upstreams: Upstreams,
    certified: readonly Certified[],
    stream: CompiledStream | null,
  ) {
    this.generation = generation
    this.listeners =
      stream === null ? listeners : new Map<string, ListenerLife | StreamListener>([...listeners, ...stream.tcp])
    this.upstreams = upstreams
    this.#certified = certified
    this.stream = stream
  }

  get connections(): number {
    let count = 0
    for (const listener of this.#all()) count += listener.connections.size
    return count
  }

  /** How many connections are at what. */
  count(): Record<Doing, number> {
    const counts = { silent: 0, idle: 0, request: 0, tunnel: 0, session: 0 }
    this.#each(connection => void counts[connection.doing ?? 'session']++)
    return counts
  }

  /** Connections that nobody asks anything on now; those that never did only if they were opened before then. */
  idle(openedBeforeMs: number): Served[] {
    const found: Served[] = []
    this.#each(connection => {
      const { doing, openedMs = Infinity } = connection
      if (doing === 'idle' || (doing === 'silent' && openedMs < openedBeforeMs)) found.push(connection)
    })
    return found
  }

  /** Gives it other certificates. Throws what is wrong with them; what is good of them is in use then. */
  recertify(material: TlsMaterial): void {
    const problems: unknown[] = []
    for (const one of this.#certified) {
      try {
        one.recertify(material)
      } catch (error) {
        problems.push(error)
      }
    }
    if (problems.length > 0) throw problems[0]
  }

  /** Take no further requests: `empty` is called once, when the last connection has gone. */
  retire(empty: () => void): void {
    for (const listener of this.#all()) {
      listener.retiring = true
      ;(listener.connections as Connections).onEmpty = () => this.#check(empty)
    }
    this.upstreams.retire()
    this.#each(connection => connection.retire?.())
    this.#check(empty)
  }

  /** Ends what is idle now and everything else after the response under way. */
  drain(): void {
    this.#each(connection => connection.drain())
  }

  /** Ends everything at once. */
  cut(): void {
    this.#each(connection => connection.cut())
  }

  #each(act: (connection: Served) => void): void {
    for (const listener of this.#all()) for (const connection of listener.connections) act(connection)
  }

  *#all(): Generator<ListenerLife | StreamListener> {
    yield* this.listeners.values()
    if (this.stream !== null) yield* this.stream.udp.values()
  }

  #check(empty: () => void): void {
    if (this.connections > 0) return
    for (const listener of this.#all()) (listener.connections as Connections).onEmpty = null
    empty()
  }
}

/** The live connections of one listener; says when the last one leaves. */
export class Connections extends Set<Served> {
  onEmpty: (() => void) | null = null

  override delete(connection: Served): boolean {
    const found = super.delete(connection)
    if (found && this.size === 0) this.onEmpty?.()
    return found
  }
}

export class ListenerLife implements ListenerRuntime {
  readonly address: ListenAddress
  readonly reader: RequestReader
  readonly loop: RequestLoop
  readonly headerTimeoutMs: number
  readonly defaultServer: CompiledServer
  readonly connections: Connections = new Connections()
  readonly nameCaptures: ((exchange: Exchange) => void) | null
  http2: Http2Rules | null = null
  retiring = false
  readonly entry: Entry | null
  readonly unixName: string | null
  readonly #servers: ServerTable<CompiledServer>
  /** The one server of this address, whatever the host: no name has to be looked up. */
  readonly #sole: CompiledServer | null

  constructor(
    address: ListenAddress,
    reader: RequestReader,
    loop: RequestLoop,
    headerTimeoutMs: number,
    defaultServer: CompiledServer,
    servers: ServerTable<CompiledServer>,
    patterns: boolean,
    sole: boolean,
    entry: Entry | null,
  ) {
    this.entry = entry
    this.address = address
    this.unixName = 'path' in address ? `unix:${address.path}` : null
    this.reader = reader
    this.loop = loop
    this.headerTimeoutMs = headerTimeoutMs
    this.defaultServer = defaultServer
    this.#servers = servers
    this.#sole = sole ? defaultServer : null
    this.nameCaptures = patterns ? exchange => void servers.find(exchange.request.host, exchange) : null
  }

  chooseServer(host: string): CompiledServer {
    return this.#sole ?? this.#servers.find(host, null)
  }
}
