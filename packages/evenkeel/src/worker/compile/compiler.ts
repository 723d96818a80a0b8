/**
 * The servers and routes of one generation, compiled onto what they share: zones, caches, TLS, what asks inside.
 */
import { WARN } from '../../exchange/log-level.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import type { ExchangeLog, RequestStep } from '../../exchange/route.ts'
import { compileCharsetTables, type CharsetTables } from '../../filter/coding/charset-tables.ts'
import type { Compile } from '../../filter/compile.ts'
import type { FindZone } from '../../filter/limits/limit-zones.ts'
import { redirectReply } from '../../filter/fields/location-field.ts'
import { compileRealip } from '../../filter/access/realip.ts'
import { compileServerRewrite } from '../../filter/rewriting/rewrite.ts'
import type { SsiMemories } from '../../filter/subrequests/ssi/ssi.ts'
import { acmeAnswer } from '../../filter/pages/acme-answer.ts'
import type { TracingPorts } from '../../filter/tracing.ts'
import { compileProcessing, type FindStatusZone } from '../../filter/status-zone.ts'
import type { HttpModel, LocationMatch } from '../../model/model.ts'
import { type ResolvedLocation, type ResolvedServer } from '../../model/resolve.ts'
import type { Settings } from '../../model/settings.ts'
import type { TlsMaterial } from '../../model/settings/tls-settings.ts'
import { type ResolveName } from '../../proxy/forward/forward-action.ts'
import { OriginsByPool } from '../../proxy/http2/origins-by-pool.ts'
import { Http2Share } from '../../proxy/http2/share.ts'
import type { CompiledServer, LocationFound } from '../../proxy/listener-runtime.ts'
import { RequestLoop } from '../../proxy/loop.ts'
import type { ReplyPages } from '../../proxy/reply-pages.ts'
import { InsideRequests } from '../../proxy/subrequest.ts'
import { LocationTree, type LocationEntry } from '../../route/location-choice.ts'
import { spanContext } from '../../route/variables/tracing-variables.ts'
import type { RouteScope } from '../../route/ports.ts'
import { writeName } from '../../route/server-choice.ts'
import { escapePath } from '../../route/uri-escape.ts'
import { type VariableTable } from '../../route/variables/variable-table.ts'
import type { AddressGroup } from './address-groups.ts'
import { openCacheZones, type CacheZones } from './compile-cache.ts'
import type { AcmeChallenges } from '../acme-challenges.ts'
import type { ExplainPorts } from '../../filter/explain.ts'
import type { FaultCells } from '../../filter/fault.ts'
import type { CodeUnits } from '../code/code-units.ts'
import { compileListener } from './compile-listener.ts'
import { compilePort } from './compile-port.ts'
import { compileProxy, type ProxyParts } from './compile-proxy.ts'
import { compileRoute, type CompiledRoute, type RouteParts, type RouteSource } from './compile-route.ts'
import type { Ground } from './compile-runtime.ts'
import { TlsCompiler } from './compile-tls.ts'
import { compileTunnelAction } from './compile-tunnel-action.ts'
import { hasTunnel } from './has-tunnel.ts'
import type { Resolvers } from '../resolvers.ts'
import { routeScope } from './route-scope.ts'
import type { ListenerLife } from '../runtime.ts'
import { storyOf } from '../code/story-of.ts'
import { TlsClients } from '../tls/tls-client.ts'
import type { Upstreams } from '../upstreams.ts'
import type { FindTally } from './tallies.ts'
import { variableByName } from './variable-by-name.ts'
import { WheelWaits } from '../wheel-waits.ts'
import { locationName } from './written-names.ts'
import type { WorkerZones } from '../zones.ts'

export class Compiler {
  readonly #http: HttpModel
  readonly #table: VariableTable
  readonly #upstreams: Upstreams
  readonly #resolvers: Resolvers
  readonly #zones: WorkerZones
  readonly #statusZone: FindStatusZone
  readonly #waits: WheelWaits
  readonly #caches: CacheZones
  readonly #ground: Ground
  readonly #code: CodeUnits
  readonly #faults: FaultCells
  readonly #tallies: FindTally
  readonly #loop: RequestLoop
  readonly tls: TlsCompiler
  readonly #challenges: AcmeChallenges | null
  readonly #subrequests: InsideRequests
  readonly #memories: SsiMemories = new WeakMap()
  readonly #charsets: CharsetTables
  #http2Share: Http2Share | null = null
  readonly #tlsClients: TlsClients
  #http2Origins: OriginsByPool | null = null
  readonly #proxyParts: ProxyParts
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
    code: CodeUnits,
    faults: ReadonlyMap<string, SharedArrayBuffer>,
    tallies: FindTally,
  ) {
    this.#tallies = tallies
    this.#code = code
    const cells = new Map([...faults].map(([name, buffer]) => [name, new Int32Array(buffer)]))
    this.#faults = name => cells.get(name)
    this.#http = http
    this.#table = table
    this.#upstreams = upstreams
    this.#resolvers = resolvers
    this.#zones = zones
    this.#statusZone = statusZone
    this.#waits = new WheelWaits(ground.ports.wheel)
    this.#caches = openCacheZones(http.cachePaths ?? [], zones, ground.rows.column + 1, ground.prefix)
    this.#ground = ground
    this.#loop = new RequestLoop(replyPages, ground.strain)
    const { confPrefix, challenges } = ground
    this.#challenges = (http.acmeIssuers ?? []).length > 0 && challenges !== undefined ? challenges : null
    this.tls = new TlsCompiler({
      table,
      loop: this.#loop,
      material,
      confPrefix,
      resolver: settings => this.#resolver(settings),
      warn: text => ground.ports.errorLog.write(WARN, text),
      ...(this.#challenges === null ? {} : { challenges: this.#challenges }),
    })
    this.#subrequests = new InsideRequests(this.#loop, ground.ports)
    this.#charsets = compileCharsetTables(http.charsetMaps ?? [])
    const fullPath = (path: string): string => (path.startsWith('/') ? path : confPrefix + path)
    this.#tlsClients = new TlsClients({ material, fullPath, now: Date.now })
    this.#proxyParts = {
      upstreams,
      caches: this.#caches,
      waits: this.#waits,
      tlsClients: this.#tlsClients,
      ports: ground.ports,
      code,
      http2Origins: () => (this.#http2Origins ??= new OriginsByPool(this.#sharedHttp2(), ground.ports)),
      resolver: settings => this.#resolver(settings),
    }
  }

  /** Throws what is wrong with the new files; what is good of them is in use then. */
  recertify(material: TlsMaterial): void {
    try {
      this.tls.recertify(material)
    } finally {
      this.#tlsClients.recertify(material)
    }
  }

  listener(group: AddressGroup): ListenerLife {
    return compileListener(group, {
      table: this.#table,
      loop: this.#loop,
      tls: this.tls,
      ports: this.#ground.ports,
      http2Share: () => this.#sharedHttp2(),
      server: server => this.#server(server),
    })
  }

  #sharedHttp2(): Http2Share {
    return (this.#http2Share ??= new Http2Share(error => this.#ground.logs.bug(error)))
  }

  #server(server: ResolvedServer): CompiledServer {
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
        inOrder(compileProcessing(settings, this.#statusZone), this.#challenges && acmeAnswer(this.#challenges)),
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
    const variable = variableByName(this.#table, scope)
    return {
      compile,
      explain: this.#explainPorts(variable),
      faults: this.#faults,
      code: { unit: this.#code, variable, waits: this.#waits },
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
        variable,
        now: this.#ground.variables.now,
      },
      ask,
      statusZone: this.#statusZone,
      cacheTally: zone => this.#tallies('cache', zone),
      tracing: this.#tracing(compile, scope),
      nowMs: () => ports.wheel.now,
      forward: (settings, content, match) => compileProxy(settings, content, match, compile, this.#proxyParts),
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

  #tracing(compile: Compile, scope: RouteScope): TracingPorts {
    const { spans, variables } = this.#ground
    const { text } = compile
    return {
      contextOf: spanContext({ table: this.#table, scope, text }),
      random32: variables.random32,
      nowMs: variables.now,
      text,
      offer: made => spans.offer(made),
    }
  }

  #explainPorts(variable: ExplainPorts['variable']): ExplainPorts {
    const { ports, rows, stories } = this.#ground
    return {
      variable,
      nowMs: () => ports.wheel.now,
      upstream: name => storyOf(this.#upstreams.get(name)?.current, rows),
      keep(id, story) {
        stories()?.write({ id, text: JSON.stringify(story) })
      },
    }
  }

  #limitZone(...[kind, name]: Parameters<FindZone>): ReturnType<FindZone> {
    const model = this.#http.limitZones?.find(zone => zone.kind === kind && zone.name === name)
    const table = this.#zones.get(kind, name)
    if (model === undefined || table === undefined) return undefined
    const tally = this.#tallies(kind, name)
    return { ...model, table, ...(tally === undefined ? {} : { tally }) }
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

const blank = { rewrite: [], exceptions: [] }

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
