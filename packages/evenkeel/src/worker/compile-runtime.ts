/**
 * Model in, Runtime out: everything a generation of the configuration needs to serve, compiled once.
 */
import type { Exchange } from '../exchange/exchange.ts'
import type { Ask } from '../exchange/questions.ts'
import type { Action, ExchangeLog, RequestStep } from '../exchange/route.ts'
import type { Passwords } from '../filter/auth-basic.ts'
import { compileCharsetTables, type CharsetTables } from '../filter/charset-tables.ts'
import type { Compile } from '../filter/compile.ts'
import { compileAcceptRate } from '../filter/limit-rate.ts'
import type { FindZone } from '../filter/limit-zones.ts'
import { redirectReply } from '../filter/location-field.ts'
import { compileProxyResponse } from '../filter/proxy-response.ts'
import { compileRealip } from '../filter/realip.ts'
import { compileStore } from '../filter/store-file.ts'
import { compileProcessing, type FindStatusZone } from '../filter/status-zone.ts'
import { compileServerRewrite } from '../filter/rewrite.ts'
import type { SsiMemories } from '../filter/ssi/ssi.ts'
import { speaksGrpc } from '../model/grpc-settings.ts'
import type { ContentModel, HttpModel, ListenAddress, ListenModel, LocationMatch } from '../model/model.ts'
import { maySpeakTls, proxyTls } from '../model/origin-tls.ts'
import type { TlsMaterial } from '../model/tls-settings.ts'
import { resolveServers, type ResolvedLocation, type ResolvedServer } from '../model/resolve.ts'
import type { Settings } from '../model/settings.ts'
import { compileForward } from '../proxy/compile-forward.ts'
import type { Entry } from '../proxy/entry/arrival.ts'
import { tlsEntry } from '../proxy/entry/tls-intake.ts'
import { proxyProtocolEntry } from '../proxy/entry/proxy-head-intake.ts'
import { fixedForward, variableForward, type ResolveName } from '../proxy/forward-action.ts'
import type { CompiledServer, ListenerRuntime, LocationFound } from '../proxy/listener-runtime.ts'
import { RequestLoop } from '../proxy/loop.ts'
import type { Ports } from '../proxy/ports.ts'
import { InsideRequests } from '../proxy/subrequest.ts'
import type { ReplyPages } from '../proxy/reply-pages.ts'
import { LocationTree, type LocationEntry } from '../route/location-choice.ts'
import type { RouteScope, VariablePorts } from '../route/ports.ts'
import { escapePath } from '../route/uri-escape.ts'
import { ServerTable, writeName } from '../route/server-choice.ts'
import { declareVariables, type VariableTable } from '../route/variable-table.ts'
import type { ClockCell } from '../shared/clock.ts'
import type { PeerCounters } from '../shared/peer-counters.ts'
import type { Rows } from '../shared/rows.ts'
import { RequestReader } from '../wire/http1/request-reader.ts'
import { TlsCompiler } from './compile-tls.ts'
import { compileTunnelAction } from './compile-tunnel-action.ts'
import { hasTunnel } from './has-tunnel.ts'
import { compileGrpcUrl } from '../proxy/grpc-url.ts'
import { OriginsByPool } from '../proxy/http2/origins-by-pool.ts'
import { Http2Share } from '../proxy/http2/share.ts'
import type { Http2Rules } from '../proxy/http2/rules.ts'
import { compileHttp2 } from './compile-http2.ts'
import { cachedForward } from '../proxy/cache/cached-action.ts'
import { compileCache, openCacheZones, type CacheZones } from './compile-cache.ts'
import type { PassTo } from '../proxy/stream-listener.ts'
import { compileSticky } from './compile-sticky.ts'
import { compilePort } from './compile-port.ts'
import { variableByName } from './variable-by-name.ts'
import { compileRoute, type CompiledRoute, type RouteParts, type RouteSource } from './compile-route.ts'
import type { Logs } from './logs.ts'
import { compileStream } from './compile-stream.ts'
import { ListenerLife, Runtime } from './runtime.ts'
import { Resolvers } from './resolvers.ts'
import type { StubCounts } from '../filter/stub-status.ts'
import { routeScope } from './route-scope.ts'
import { locationName } from './written-names.ts'
import { TlsClients } from './tls-client.ts'
import { Upstreams } from './upstreams.ts'
import { addressKey } from './address-key.ts'
import type { Configuration } from './messages.ts'
import { openStatusZones } from './status-zones.ts'
import type { Watch } from './watch.ts'
import { WheelWaits } from './wheel-waits.ts'
import { WorkerZones } from './zones.ts'

/** What a runtime is compiled onto: the worker's own things, the same for every generation. */
export interface Ground {
  readonly ports: Ports
  readonly variables: VariablePorts
  readonly rows: Rows
  readonly clock: ClockCell
  readonly logs: Logs
  readonly prefix: string
  /** Folder of the configuration, with a slash: what certificates are relative to. */
  readonly confPrefix: string
  readonly passwords: Passwords
  readonly version: string
  readonly ask: Ask
  readonly peerCounters: PeerCounters
  /** Left out: nobody watches. */
  readonly watch?: Watch
  /** Hears of every exchange that has failed; left out: nobody does. */
  readonly failed?: (exchange: Exchange) => void
  counts(): StubCounts
}

export function compileRuntime(configuration: Configuration, ground: Ground, passTo: PassTo): Runtime {
  const { generation, model, plans, zones, tls, statusZones = new Map(), peerPages } = configuration
  if (peerPages !== undefined) ground.peerCounters.learn(peerPages)
  const http = model.http ?? emptyHttp
  const table = declareVariables(http, ground.variables)
  const resolvers = new Resolvers(error => ground.logs.bug(error))
  const shared = new WorkerZones(model.zones ?? [], zones, ground.rows.column + 1)
  const upstreams = new Upstreams(http, plans, table, ground.rows, ground.clock, ground.ports.wheel, ({ sticky }) =>
    compileSticky(sticky, table, shared, () => ground.ports.wheel.now),
  )
  const counted = openStatusZones(statusZones, ground.rows.column)
  const compiler = new Compiler(http, table, upstreams, resolvers, shared, counted, ground, tls ?? noMaterial)
  const listeners = new Map<string, ListenerLife>()
  for (const [key, group] of groupByAddress(resolveServers(http))) {
    listeners.set(key, compiler.listener(group.address, group.servers, group.fallback))
  }
  const stream =
    model.stream === undefined ? null : compileStream(model.stream, plans, shared, ground, passTo, tls ?? noMaterial)
  return new Runtime(generation, listeners, upstreams, [compiler, ...(stream === null ? [] : [stream])], stream)
}

export interface AddressGroup {
  readonly address: ListenAddress
  readonly servers: ResolvedServer[]
  fallback: ResolvedServer
  explicit: boolean
}

/** Who listens where, and whose requests for nobody known are. */
export function groupByAddress(servers: readonly ResolvedServer[]): Map<string, AddressGroup> {
  const groups = new Map<string, AddressGroup>()
  for (const server of servers) {
    for (const listen of server.model.listens) {
      const key = addressKey(listen.address)
      let group = groups.get(key)
      if (group === undefined)
        groups.set(key, (group = { address: listen.address, servers: [], fallback: server, explicit: false }))
      group.servers.push(server)
      if (listen.defaultServer && !group.explicit) {
        group.fallback = server
        group.explicit = true
      }
    }
  }
  return groups
}

/** What its servers say of an address; an option that one of them gives holds for all. */
function listensOf(servers: readonly ResolvedServer[], address: ListenAddress): ListenModel[] {
  const key = addressKey(address)
  return servers.flatMap(({ model }) => model.listens.filter(listen => addressKey(listen.address) === key))
}

class Compiler {
  readonly #http: HttpModel
  readonly #table: VariableTable
  readonly #upstreams: Upstreams
  readonly #resolvers: Resolvers
  readonly #zones: WorkerZones
  readonly #statusZone: FindStatusZone
  readonly #waits: WheelWaits
  readonly #caches: CacheZones
  readonly #ground: Ground
  readonly #loop: RequestLoop
  readonly tls: TlsCompiler
  readonly #subrequests: InsideRequests
  readonly #memories: SsiMemories = new WeakMap()
  readonly #charsets: CharsetTables
  #http2Share: Http2Share | null = null
  readonly #tlsClients: TlsClients
  #http2Origins: OriginsByPool | null = null
  /** A server that listens on several addresses is compiled once. */
  readonly #servers = new Map<ResolvedServer, CompiledServer>()

  constructor(
    http: HttpModel,
    table: VariableTable,
    upstreams: Upstreams,
    resolvers: Resolvers,
    zones: WorkerZones,
    statusZone: FindStatusZone,
    ground: Ground,
    material: TlsMaterial,
  ) {
    this.#http = http
    this.#table = table
    this.#upstreams = upstreams
    this.#resolvers = resolvers
    this.#zones = zones
    this.#statusZone = statusZone
    this.#waits = new WheelWaits(ground.ports.wheel)
    this.#caches = openCacheZones(http.cachePaths ?? [], zones, ground.rows.column + 1, ground.prefix)
    this.#ground = ground
    this.#loop = new RequestLoop(replyPages)
    this.tls = new TlsCompiler({ table, loop: this.#loop, material, confPrefix: ground.confPrefix })
    this.#subrequests = new InsideRequests(this.#loop, ground.ports)
    this.#charsets = compileCharsetTables(http.charsetMaps ?? [])
    const fullPath = (path: string): string => (path.startsWith('/') ? path : ground.confPrefix + path)
    this.#tlsClients = new TlsClients({ material, fullPath, now: Date.now })
  }

  /** Throws what is wrong with the new files; what is good of them is in use then. */
  recertify(material: TlsMaterial): void {
    try {
      this.tls.recertify(material)
    } finally {
      this.#tlsClients.recertify(material)
    }
  }

  listener(address: ListenAddress, servers: readonly ResolvedServer[], fallback: ResolvedServer): ListenerLife {
    const { settings } = fallback
    const large = settings.largeClientHeaderBuffers
    const reader = new RequestReader({
      lineSize: large.size,
      fieldSize: large.size,
      totalSize: settings.clientHeaderBufferSize + large.count * large.size,
      maxFields: settings.maxHeaders,
      underscores: settings.underscoresInHeaders,
      ignoreInvalid: settings.ignoreInvalidHeaders,
    })
    const named = servers.map(server => ({ names: server.model.names, value: this.server(server) }))
    const table = new ServerTable(named, this.server(fallback), this.#table)
    const patterns = servers.some(server => server.model.names.some(name => name.kind === 'pattern'))
    const listener = new ListenerLife(
      address,
      reader,
      this.#loop,
      settings.clientHeaderTimeout,
      this.server(fallback),
      table,
      patterns,
      servers.length === 1,
      this.#arrival(address, servers, fallback),
    )
    listener.http2 = this.#http2(address, servers, fallback)
    return listener
  }

  /** nginx's rule: in the clear an address' default server says whether it has HTTP/2, or any `listen … http2` does. */
  #http2(address: ListenAddress, servers: readonly ResolvedServer[], fallback: ResolvedServer): Http2Rules | null {
    const everyServer = listensOf(servers, address).some(listen => listen.http2)
    if (!everyServer && !servers.some(server => server.settings.http2)) return null
    const inClear = everyServer || fallback.settings.http2
    return compileHttp2(fallback.settings, this.#sharedHttp2(), { everyServer, inClear })
  }

  #sharedHttp2(): Http2Share {
    return (this.#http2Share ??= new Http2Share(error => this.#ground.logs.bug(error)))
  }

  #arrival(address: ListenAddress, servers: readonly ResolvedServer[], fallback: ResolvedServer): Entry | null {
    const { ports } = this.#ground
    const listens = listensOf(servers, address)
    const proxyProtocol = listens.some(listen => listen.proxyProtocol)
    if (!listens.some(listen => listen.ssl))
      return proxyProtocol
        ? proxyProtocolEntry<ListenerRuntime>(ports, runtime => runtime.defaultServer.route.errorLog)
        : null
    const faces = this.tls.faces(
      servers,
      fallback,
      server => server.settings.http2 || listens.some(listen => listen.http2),
      server => this.server(server),
    )
    return tlsEntry({ proxyProtocol, faces, ports })
  }

  server(server: ResolvedServer): CompiledServer {
    let compiled = this.#servers.get(server)
    if (compiled === undefined) this.#servers.set(server, (compiled = this.#watchedServer(server)))
    return compiled
  }

  #watchedServer(server: ResolvedServer): CompiledServer {
    const compiled = this.#compileServer(server)
    return this.#ground.watch?.server(compiled, server) ?? compiled
  }

  #compileServer(server: ResolvedServer): CompiledServer {
    const { settings, model } = server
    const route = this.#route('', null, { ...blank, settings, content: model.content, internal: false })
    const own: LocationFound = { kind: 'route', route }
    const tree = new LocationTree(
      server.locations.map(location => this.#entry(location)),
      this.#table,
    )
    const compile = this.#port(null, routeScope(settings, model.content, null))
    return {
      name: model.names[0] === undefined ? '' : writeName(model.names[0]),
      route,
      mergeSlashes: settings.mergeSlashes,
      allowsConnect: hasTunnel(server),
      rewrite: inOrder(
        compileProcessing(settings, this.#statusZone),
        inOrder(compileRealip(settings), compileServerRewrite(server.rewrite, settings, compile)),
      ),
      http2: settings.http2,
      find(exchange) {
        const found = tree.find(exchange)
        return found === undefined ? own : found.redirect === '' ? found.value.found : found.value.slash
      },
      named: name => tree.named(name)?.route,
    }
  }

  #entry(location: ResolvedLocation): LocationEntry<Place> {
    const { match } = location
    const route = this.#route(locationName(match), match, location)
    const place: Place = { route, found: { kind: 'route', route }, slash: { kind: 'add-slash', route } }
    return {
      match,
      value: place,
      autoRedirect: location.content?.kind === 'proxy',
      locations: location.locations.map(inner => this.#entry(inner)),
    }
  }

  #route(
    name: string,
    match: LocationMatch | null,
    source: Pick<ResolvedLocation, 'settings' | 'content' | 'internal' | 'rewrite' | 'exceptions'>,
  ): CompiledRoute {
    const scope = routeScope(source.settings, source.content, match)
    const compile = this.#port(match, scope)
    return this.#compileRoute({ name, match, ...source }, compile, scope)
  }

  #compileRoute(source: RouteSource, compile: Compile, scope: RouteScope): CompiledRoute {
    const route = compileRoute(source, this.#parts(compile, scope))
    return this.#ground.watch?.route(route, source) ?? route
  }

  #parts(compile: Compile, scope: RouteScope): RouteParts {
    const { logs, version, counts, ask, ports } = this.#ground
    return {
      compile,
      charsets: this.#charsets,
      zones: this.#zones,
      waits: this.#waits,
      passwords: this.#ground.passwords,
      limitZone: (kind, name) => this.#limitZone(kind, name),
      version,
      counts,
      subrequests: this.#subrequests,
      ssi: {
        subrequests: this.#subrequests,
        memories: this.#memories,
        variable: variableByName(this.#table, scope),
        now: this.#ground.variables.now,
      },
      ask,
      statusZone: this.#statusZone,
      nowMs: () => ports.wheel.now,
      forward: (settings, content, match) => this.#forward(settings, content, match, compile),
      tunnel: (settings, pass) =>
        compileTunnelAction(settings, pass, compile, {
          find: name => this.#upstreams.get(name),
          resolve: this.#resolver(settings),
          ports: this.#ground.ports,
        }),
      logs: settings => this.#logs(settings, scope),
      errorLog: settings => logs.errorLog(settings.errorLog),
    }
  }

  #limitZone(...[kind, name]: Parameters<FindZone>): ReturnType<FindZone> {
    const model = this.#http.limitZones?.find(zone => zone.kind === kind && zone.name === name)
    const table = this.#zones.get(kind, name)
    return model === undefined || table === undefined ? undefined : { ...model, table }
  }

  #logs(settings: Settings, scope: RouteScope): readonly ExchangeLog[] {
    const { accessLog, openLogFileCache } = settings
    const { logs, failed } = this.#ground
    const written = logs.accessLogs(accessLog, this.#http.logFormats, this.#table, scope, openLogFileCache)
    if (failed === undefined) return written
    const tell = (exchange: Exchange): void => {
      if (exchange.failure !== null) failed(exchange)
    }
    return [...written, tell]
  }

  #port(match: LocationMatch | null, scope: RouteScope): Compile {
    const made = compilePort(this.#table, scope, this.#ground.prefix, (inner, content) => {
      const innerScope = routeScope(inner, content, match)
      const port = this.#port(match, innerScope)
      const source = { name: '', match, settings: inner, content, internal: false, rewrite: [], exceptions: [] }
      return this.#compileRoute(source, port, innerScope)
    })
    return this.#ground.watch?.compile(made) ?? made
  }

  #resolver(settings: Settings): ResolveName | null {
    return settings.resolver === null ? null : this.#resolvers.of(settings.resolver, settings.resolverTimeout)
  }

  #forward(
    settings: Settings,
    content: Extract<ContentModel, { kind: 'proxy' }>,
    match: LocationMatch | null,
    compile: Compile,
  ): Action {
    const { ports } = this.#ground
    const { pass } = content
    const live = pass.kind === 'fixed' ? this.#upstreams.get(pass.upstream) : undefined
    const model = live?.model
    const prefix =
      match !== null && (match.kind === 'prefix' || match.kind === 'prefix-final' || match.kind === 'exact')
        ? match.text
        : ''
    const forward = compileForward({
      settings,
      compile,
      prefix,
      cached: settings.proxyCache !== null,
      keepalive: {
        requests: model?.keepaliveRequests ?? 1000,
        timeMs: model?.keepaliveTimeMs ?? 3_600_000,
        timeoutMs: model?.keepaliveTimeoutMs ?? 60_000,
      },
      adjustments: compileProxyResponse(settings, pass, match, compile),
      acceptRate: compileAcceptRate(settings, compile, this.#waits),
      grpc: speaksGrpc(content),
      http2: () => (this.#http2Origins ??= new OriginsByPool(this.#sharedHttp2(), ports)),
    })
    const cache = compileCache(settings, { content, prefix }, forward, this.#caches, compile)
    const keep = (action: Action): Action =>
      cache === null ? compileStore(settings, match, compile, action) : cachedForward(cache, action, ports.wheel)
    const fixedHost = pass.kind === 'fixed' ? pass.host : null
    const secure = maySpeakTls(content)
      ? this.#tlsClients
          .of(proxyTls(settings, settings.proxyHttpVersion === '2' ? ['h2'] : []))
          .compile(compile.text, fixedHost)
      : null
    if (pass.kind === 'fixed') {
      if (live === undefined) return () => ({ kind: 'reply', status: 502 })
      return keep(fixedForward(live, pass.host, pass.uri, forward, ports, secure))
    }
    const resolver = this.#resolver(settings)
    const url = compile.text(pass.url)
    return keep(
      variableForward(
        {
          url: speaksGrpc(content) ? compileGrpcUrl(url) : url,
          find: name => this.#upstreams.get(name),
          resolve: resolver,
        },
        forward,
        ports,
        secure,
      ),
    )
  }
}

/** The client's real address is found before anything looks at it. */
function inOrder(first: RequestStep | null, then: RequestStep | null): RequestStep | null {
  return first === null || then === null ? (first ?? then) : exchange => first(exchange) ?? then(exchange)
}

interface Place {
  readonly route: CompiledRoute
  readonly found: LocationFound
  readonly slash: LocationFound
}

const noMaterial: TlsMaterial = { files: {}, ticketKeys: new Uint8Array(48) }

const blank = { rewrite: [], exceptions: [] }

const emptyHttp: HttpModel = { settings: {}, upstreams: [], servers: [], maps: [], logFormats: [] }

const replyPages: ReplyPages = {
  page(exchange, reply) {
    return (exchange.route as CompiledRoute).pages.replyFor(exchange, reply.status, reply.fields)
  },
  addSlash(exchange) {
    const route = exchange.route as CompiledRoute
    const path = escapePath(exchange.uri) + '/' + (exchange.args === '' ? '' : '?' + exchange.args)
    return redirectReply(301, route.locationOf(exchange, path))
  },
}
