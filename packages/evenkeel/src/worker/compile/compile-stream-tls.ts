/** TLS of `stream` in a worker: with clients, as the servers of one address have it, and with origins. */
import type { Session } from '../../exchange/session.ts'
import { streamProxyTls } from '../../model/stream/stream-tls.ts'
import type { ResolvedStreamServer } from '../../model/stream/stream.ts'
import type { StreamSettings } from '../../model/stream/stream-settings.ts'
import type { TlsMaterial } from '../../model/settings/tls-settings.ts'
import type { ResolveHost } from '../../net/ocsp/asking.ts'
import type { NamedFaces } from '../../proxy/entry/tls-face.ts'
import type { TlsTargetOf } from '../../proxy/forward/forward-settings.ts'
import type { StreamFace } from '../../proxy/stream/stream-listener.ts'
import type { StreamServer } from '../../proxy/stream/stream-settings.ts'
import { ServerTable } from '../../route/server-choice.ts'
import { compileTemplate } from '../../route/template.ts'
import type { VariableTable } from '../../route/variables/variable-table.ts'
import { compileStatusCheck } from '../tls/client-status.ts'
import type { Resolvers } from '../resolvers.ts'
import { TlsClients } from '../tls/tls-client.ts'
import { AUTO } from '../tls/tls-identities.ts'
import { TlsServer } from '../tls/tls-server.ts'

export class StreamTls {
  readonly #table: VariableTable<Session>
  readonly #material: TlsMaterial
  readonly #fullPath: (path: string) => string
  readonly #servers = new Map<ResolvedStreamServer, TlsServer<Session>>()
  readonly #clients: TlsClients
  readonly #resolvers: Resolvers
  readonly #warn: (text: string) => void

  constructor(
    table: VariableTable<Session>,
    material: TlsMaterial,
    confPrefix: string,
    resolvers: Resolvers,
    warn: (text: string) => void,
  ) {
    this.#warn = warn
    this.#resolvers = resolvers
    this.#table = table
    this.#material = material
    this.#fullPath = path => (path.startsWith('/') ? path : confPrefix + path)
    this.#clients = new TlsClients({ material, fullPath: this.#fullPath, now: Date.now })
  }

  /** `compiled` answers for each of the servers. Throws what is wrong with a certificate. */
  faces(
    servers: readonly ResolvedStreamServer[],
    fallback: ResolvedStreamServer,
    compiled: (server: ResolvedStreamServer) => StreamServer,
  ): NamedFaces<StreamFace> {
    const faces = new Map(servers.map(server => [server, this.#face(server, compiled(server))]))
    const named = servers.map(server => ({ names: server.model.names, value: faces.get(server) }))
    const table = new ServerTable<StreamFace | undefined>(named, undefined, this.#table)
    return { fallback: faces.get(fallback)!, find: serverName => table.find(serverName, null) }
  }

  /** null: sessions go on in the clear. Throws what is wrong with a certificate. */
  towards(settings: StreamSettings, fixedHost: string | null): TlsTargetOf<Session> | null {
    const model = streamProxyTls(settings)
    if (model === null) return null
    const alpn = settings.proxySslAlpn.length === 0 ? null : settings.proxySslAlpn
    return this.#clients.of(model).compile<Session>(text => compileTemplate(text, this.#table), fixedHost, alpn)
  }

  /** Throws what is wrong with the new files; what is good of them is in use then. */
  recertify(material: TlsMaterial): void {
    const problems: unknown[] = []
    for (const one of [...this.#servers.values(), this.#clients]) {
      try {
        one.recertify(material)
      } catch (error) {
        problems.push(error)
      }
    }
    if (problems.length > 0) throw problems[0]
  }

  #face(server: ResolvedStreamServer, compiled: StreamServer): StreamFace {
    const { settings } = server
    const tls = this.#server(server)
    const resolve = this.#resolve(settings)
    return {
      server: compiled,
      verify: settings.sslVerifyClient,
      rules: {
        asked: settings.sslVerifyClient !== 'off',
        depth: settings.sslVerifyDepth,
        groups: settings.sslEcdhCurve,
      },
      status: compileStatusCheck(settings, resolve, () => tls.authorities),
      rejects: settings.sslRejectHandshake,
      terminator: session => tls.terminator(session),
    }
  }

  #server(server: ResolvedStreamServer): TlsServer<Session> {
    let tls = this.#servers.get(server)
    if (tls !== undefined) return tls
    const { settings } = server
    tls = new TlsServer<Session>(
      {
        settings,
        fullPath: this.#fullPath,
        names: this.#names(settings),
        protocols: settings.sslAlpn,
        now: Date.now,
        stapling: { resolve: this.#resolve(settings), warn: this.#warn, now: Date.now },
      },
      this.#material,
    )
    this.#servers.set(server, tls)
    return tls
  }

  #resolve({ resolver, resolverTimeout }: StreamSettings): ResolveHost | null {
    return resolver === null ? null : this.#resolvers.of(resolver, resolverTimeout)
  }

  #names({ sslCertificate, sslCertificateKey }: StreamSettings): ((session: Session) => readonly string[]) | null {
    const templates = sslCertificate.flatMap((name, index) => [name, sslCertificateKey[index] ?? [AUTO]])
    if (templates.every(template => template.every(part => typeof part === 'string'))) return null
    const texts = templates.map(template => compileTemplate(template, this.#table))
    return session => texts.map(text => Buffer.from(text(session), 'latin1').toString())
  }
}
