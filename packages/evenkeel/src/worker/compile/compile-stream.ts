/** The `stream` part of a model, made into listeners: as compile-runtime.ts does for http, onto the same ground. */
import { WARN } from '../../exchange/log-level.ts'
import type { Session, SessionStep } from '../../exchange/session.ts'
import {
  compileSessionAccess,
  compileSessionLimit,
  compileSessionRealip,
  compileSet,
  type SessionLimit,
} from '../../filter/session-steps.ts'
import { compileSessionCounting, type FindStatusZone } from '../../filter/status-zone.ts'
import { sessionMessage } from '../../log/session-suffix.ts'
import type { ListenModel } from '../../model/model.ts'
import type { UpstreamPlan } from '../../model/plan.ts'
import { planName, resolveStream, type ResolvedStreamServer, type StreamModel } from '../../model/stream/stream.ts'
import type { StreamSettings } from '../../model/stream/stream-settings.ts'
import type { Template } from '../../model/template.ts'
import type { TlsMaterial } from '../../model/settings/tls-settings.ts'
import type { DialOptions } from '../../net/dial.ts'
import { detachableEntry, proxyProtocolEntry } from '../../proxy/entry/proxy-head-intake.ts'
import { StreamListener, type PassTo } from '../../proxy/stream/stream-listener.ts'
import type { SessionAction, SessionForwardSettings, StreamServer } from '../../proxy/stream/stream-settings.ts'
import { variableTarget } from '../../proxy/stream/stream-target.ts'
import { noScope, type TextOf } from '../../route/ports.ts'
import { ServerTable, writeName } from '../../route/server-choice.ts'
import { declareStreamVariables } from '../../route/variables/stream-variables.ts'
import { compileTemplate } from '../../route/template.ts'
import type { VariableTable } from '../../route/variables/variable-table.ts'
import { proxyHeadBytes, proxyLine } from '../../wire/proxy-protocol.ts'
import { addressKey } from './address-key.ts'
import { StreamTls } from './compile-stream-tls.ts'
import type { CodeUnits } from '../code/code-units.ts'
import type { Ground } from './compile-runtime.ts'
import { Resolvers } from '../resolvers.ts'
import { Connections } from '../runtime.ts'
import { Upstreams } from '../upstreams.ts'
import type { WorkerZones } from '../zones.ts'

export interface CompiledStream {
  readonly tcp: ReadonlyMap<string, StreamListener>
  readonly udp: ReadonlyMap<string, StreamListener>
  readonly upstreams: Upstreams<Session>
  /** Gives it other certificates; throws what is wrong with them. */
  recertify(material: TlsMaterial): void
}

export function compileStream(
  stream: StreamModel,
  plans: readonly UpstreamPlan[],
  zones: WorkerZones,
  ground: Ground,
  passTo: PassTo,
  material: TlsMaterial,
  statusZone: FindStatusZone,
  code: CodeUnits,
): CompiledStream {
  const table = declareStreamVariables(stream, ground.variables)
  const { rows, clock, ports } = ground
  const upstreams = new Upstreams<Session>(stream, plans, table, rows, clock, ports.wheel, () => null, planName, code)
  const compiler = new StreamCompiler(stream, table, upstreams, zones, ground, material, statusZone)
  const servers = resolveStream(stream)
  const listeners = (udp: boolean): Map<string, StreamListener> => {
    const groups = new Map<string, ServerAt[]>()
    for (const server of servers) {
      for (const listen of server.model.listens) {
        if ((listen.udp === true) !== udp) continue
        const key = addressKey(listen.address)
        groups.set(key, [...(groups.get(key) ?? []), { server, listen }])
      }
    }
    return new Map([...groups].map(([key, group]) => [key, compiler.listener(group, passTo)]))
  }
  return { tcp: listeners(false), udp: listeners(true), upstreams, recertify: next => compiler.tls.recertify(next) }
}

interface ServerAt {
  readonly server: ResolvedStreamServer
  readonly listen: ListenModel
}

class StreamCompiler {
  readonly #stream: StreamModel
  readonly #table: VariableTable<Session>
  readonly #upstreams: Upstreams<Session>
  readonly #zones: WorkerZones
  readonly #statusZone: FindStatusZone
  readonly #ground: Ground
  readonly #resolvers: Resolvers
  readonly tls: StreamTls
  /** A server that listens on several addresses is compiled once. */
  readonly #servers = new Map<ResolvedStreamServer, StreamServer>()

  constructor(
    stream: StreamModel,
    table: VariableTable<Session>,
    upstreams: Upstreams<Session>,
    zones: WorkerZones,
    ground: Ground,
    material: TlsMaterial,
    statusZone: FindStatusZone,
  ) {
    this.#statusZone = statusZone
    this.#zones = zones
    this.#stream = stream
    this.#table = table
    this.#upstreams = upstreams
    this.#ground = ground
    this.#resolvers = new Resolvers(error => ground.logs.bug(error))
    this.tls = new StreamTls(table, material, ground.confPrefix, this.#resolvers, text =>
      ground.ports.errorLog.write(WARN, text),
    )
  }

  listener(group: readonly ServerAt[], passTo: PassTo): StreamListener {
    const { listen, server } = group.find(one => one.listen.defaultServer) ?? group[0]!
    const fallback = this.#server(server)
    const named = group.map(one => ({ names: one.server.model.names, value: this.#server(one.server) }))
    const table = new ServerTable(named, fallback, this.#table)
    const { ports } = this.#ground
    // An option that one of an address's servers gives holds for all.
    const secure = group.some(one => one.listen.ssl)
    const detachable = secure || group.some(one => one.server.model.content?.kind === 'pass')
    const entry = group.some(one => one.listen.proxyProtocol)
      ? proxyProtocolEntry<StreamListener>(ports, ({ defaultServer }) => defaultServer.errorLog, detachable)
      : detachable
        ? detachableEntry<StreamListener>(ports)
        : null
    const tls = secure
      ? this.tls.faces(
          group.map(one => one.server),
          server,
          one => this.#server(one),
        )
      : null
    return new StreamListener(listen.address, fallback, table, new Connections(), passTo, entry, tls)
  }

  #server(server: ResolvedStreamServer): StreamServer {
    let compiled = this.#servers.get(server)
    if (compiled === undefined) this.#servers.set(server, (compiled = this.#compile(server)))
    return compiled
  }

  #compile({ model, settings }: ResolvedStreamServer): StreamServer {
    const { logs } = this.#ground
    const errorLog = logs.errorLog(settings.errorLog)
    return {
      name: model.names[0] === undefined ? '' : writeName(model.names[0]),
      errorLog,
      tell(session, level, text) {
        if (level <= errorLog.level) errorLog.write(level, sessionMessage(session, text))
      },
      steps: this.#steps({ model, settings }),
      preread: settings.sslPreread,
      prereadSize: settings.prereadBufferSize,
      prereadTimeoutMs: settings.prereadTimeout,
      handshakeTimeoutMs: settings.sslHandshakeTimeout,
      proxyProtocolTimeoutMs: settings.proxyProtocolTimeout,
      action: this.#action({ model, settings }),
      logs: logs.accessLogs(
        settings.accessLog,
        this.#stream.logFormats,
        this.#table,
        noScope,
        settings.openLogFileCache,
      ),
      counting: compileSessionCounting(settings, this.#statusZone, () => this.#ground.ports.wheel.now),
    }
  }

  #steps({ model, settings }: ResolvedStreamServer): SessionStep[] {
    const table = this.#table
    const assignments = model.assignments.map(({ variable, value }) => {
      const index = table.declare(variable)
      return compileSet(this.#text(value), (session, text) => table.write(session, index, text))
    })
    const slot = table.indexOf('limit_conn_status')
    const limit = compileSessionLimit(this.#limits(settings), settings, (session, status) =>
      table.write(session, slot, status),
    )
    return [
      compileSessionRealip(settings.realIpFrom),
      ...assignments,
      limit,
      compileSessionAccess(settings.access),
    ].filter(step => step !== null)
  }

  #limits({ limitConn }: StreamSettings): SessionLimit[] {
    return limitConn.flatMap(({ zone, connections }) => {
      const model = this.#stream.limitZones?.find(({ name }) => name === zone)
      const table = this.#zones.get('limit_conn', planName(zone))
      return model === undefined || table === undefined
        ? []
        : [{ zone, connections, table, key: this.#text(model.key) }]
    })
  }

  #action({ model, settings }: ResolvedStreamServer): SessionAction {
    const { content } = model
    switch (content?.kind) {
      case undefined:
        return { kind: 'close' }
      case 'return':
        return { kind: 'return', text: this.#text(content.text) }
      case 'pass':
        return { kind: 'pass', to: this.#text(content.to) }
      case 'proxy':
        return { kind: 'proxy', settings: this.#forward(settings, content.pass) }
    }
  }

  #forward(
    settings: StreamSettings,
    pass: Extract<StreamModel['servers'][number]['content'], { kind: 'proxy' }>['pass'],
  ): SessionForwardSettings {
    const bind = settings.proxyBind === null ? () => '' : this.#text(settings.proxyBind)
    const { buffers } = this.#ground.ports
    const keepAlive = settings.proxySocketKeepalive
    const plain: DialOptions = { buffers, keepAlive }
    const fixedHost = pass.kind === 'fixed' ? nameOf(pass.written) : null
    const secure = this.tls.towards(settings, fixedHost)
    const host = pass.kind === 'fixed' ? () => pass.written : this.#text(pass.address)
    const live = pass.kind === 'fixed' ? this.#upstreams.get(pass.upstream) : undefined
    const timed = live?.model.method.arguments.some(one => one.endsWith('connect')) === true
    return {
      connectTimeoutMs: settings.proxyConnectTimeout,
      timeoutMs: settings.proxyTimeout,
      nextUpstream: settings.proxyNextUpstreamOn,
      tries: settings.proxyNextUpstreamTries,
      triesTimeoutMs: settings.proxyNextUpstreamTimeout,
      halfClose: settings.proxyHalfClose,
      requests: settings.proxyRequests,
      responses: settings.proxyResponses,
      timedBy: timed ? 'connect' : 'first_byte',
      uploadRate: this.#rate(settings.proxyUploadRate),
      downloadRate: this.#rate(settings.proxyDownloadRate),
      dialOptions(session) {
        const localAddress = bind(session)
        const options = localAddress === '' ? plain : { ...plain, localAddress }
        if (secure === null) return options
        const tls = secure(session, nameOf(host(session)))
        return 'code' in tls ? tls : { ...options, tls }
      },
      bind,
      preface: compilePreface(settings.proxyProtocol),
      target:
        pass.kind === 'fixed'
          ? fixedTarget(live)
          : variableTarget({
              address: this.#text(pass.address),
              find: name => this.#upstreams.get(name),
              resolve:
                settings.resolver === null ? null : this.#resolvers.of(settings.resolver, settings.resolverTimeout),
            }),
    }
  }

  #rate(template: Template | null): (session: Session) => number {
    if (template === null) return () => 0
    const text = this.#text(template)
    return session => readRate(text(session))
  }

  #text(template: Template): TextOf<Session> {
    return compileTemplate(template, this.#table)
  }
}

function fixedTarget(live: ReturnType<Upstreams<Session>['get']>): SessionForwardSettings['target'] {
  // Checked before: the upstream is there.
  return (_, done) => done(live ?? { code: 'no_live_peers' })
}

/** Whom the certificate of what proxy_pass names has to be for. */
function nameOf(written: string): string {
  return written.startsWith('unix:') ? 'localhost' : written
}

function compilePreface(version: StreamSettings['proxyProtocol']): SessionForwardSettings['preface'] {
  if (version === 'off') return () => null
  return ({ connection, protocol, remoteAddress, remotePort }) => {
    const { localAddress, localPort, tls } = connection
    const told = { remoteAddress, remotePort, localAddress, localPort }
    if (version === 'v1') return Buffer.from(proxyLine(told), 'latin1')
    return proxyHeadBytes(told, tls?.extensions?.(), protocol === 'TCP' ? 'stream' : 'datagrams')
  }
}

/** What a variable says a rate is; what is no size is no limit. */
function readRate(text: string): number {
  const [, digits = '0', unit = ''] = /^(\d{1,12})([kKmM]?)$/.exec(text) ?? []
  return Number(digits) * (unit === '' ? 1 : unit === 'k' || unit === 'K' ? 1024 : 1024 * 1024)
}
