/** The virtual servers of a configuration as TLS clients meet them, compiled once. */
import { Exchange, type ClientConnection } from '../../exchange/exchange.ts'
import { Fields } from '../../exchange/fields.ts'
import { RequestHead, type ResponseHead } from '../../exchange/head.ts'
import type { Sink } from '../../exchange/sink.ts'
import type { ResolvedServer } from '../../model/resolve.ts'
import type { Settings } from '../../model/settings.ts'
import type { TlsMaterial } from '../../model/settings/tls-settings.ts'
import type { ResolveHost } from '../../net/ocsp/asking.ts'
import { helloTls } from '../../proxy/entry/hello-tls.ts'
import { verifyingServer, type TlsFace, type TlsFaces } from '../../proxy/entry/tls-face.ts'
import type { CompiledServer } from '../../proxy/listener-runtime.ts'
import type { RequestLoop } from '../../proxy/loop.ts'
import { noBody } from '../../proxy/body/no-body.ts'
import { noScope } from '../../route/ports.ts'
import { ServerTable } from '../../route/server-choice.ts'
import { compileTemplate } from '../../route/template.ts'
import type { VariableTable } from '../../route/variables/variable-table.ts'
import type { ClientHello } from '../../wire/tls-hello.ts'
import type { AcmeChallenges } from '../acme-challenges.ts'
import { compileStatusCheck } from '../tls/client-status.ts'
import { AUTO } from '../tls/tls-identities.ts'
import { TlsServer } from '../tls/tls-server.ts'

export interface TlsCompilerParts {
  readonly table: VariableTable
  readonly loop: RequestLoop
  readonly material: TlsMaterial
  readonly confPrefix: string
  /** null: the server names no resolver. */
  readonly warn: (text: string) => void
  readonly resolver: (settings: Settings) => ResolveHost | null
  /** Left out: nothing is proved over ACME. */
  readonly challenges?: AcmeChallenges
}

/** What HTTP/1 is called in ALPN; clients out there ask for the old ones, too. */
const HTTP1 = ['http/1.1', 'http/1.0', 'http/0.9']

export class TlsCompiler {
  readonly #parts: TlsCompilerParts
  /** Those that offer HTTP/2 are apart: a server may listen with it here and without it there. */
  readonly #servers = { http1: new Map<ResolvedServer, TlsServer>(), http2: new Map<ResolvedServer, TlsServer>() }

  constructor(parts: TlsCompilerParts) {
    this.#parts = parts
  }

  /** `compiled` answers for each of the servers. Throws what is wrong with a certificate. */
  faces(
    servers: readonly ResolvedServer[],
    fallback: ResolvedServer,
    http2: (server: ResolvedServer) => boolean,
    compiled: (server: ResolvedServer) => CompiledServer,
  ): TlsFaces {
    const byServer = new Map<CompiledServer, TlsFace>()
    const named: { names: ResolvedServer['model']['names']; value: TlsFace | undefined }[] = []
    for (const server of servers) {
      const face = this.#face(server, compiled(server), http2(server))
      byServer.set(compiled(server), face)
      named.push({ names: server.model.names, value: face })
    }
    const { challenges } = this.#parts
    const table = new ServerTable<TlsFace | undefined>(named, undefined, this.#parts.table)
    return {
      fallback: byServer.get(compiled(fallback))!,
      find: serverName => table.find(serverName, null),
      of: server => byServer.get(server)!,
      challenge: hello => challenges?.terminator(hello) ?? null,
    }
  }

  /** Throws what is wrong with the new files; servers whose files are good have taken them then. */
  recertify(material: TlsMaterial): void {
    const problems: unknown[] = []
    for (const server of [...this.#servers.http1.values(), ...this.#servers.http2.values()]) {
      try {
        server.recertify(material)
      } catch (error) {
        problems.push(error)
      }
    }
    if (problems.length > 0) throw problems[0]
  }

  #face(server: ResolvedServer, compiled: CompiledServer, http2: boolean): TlsFace {
    const { settings } = server
    const verify = settings.sslVerifyClient
    const tls = this.#server(server, compiled, http2)
    return {
      server: verifyingServer(compiled, verify),
      verify,
      rules: { asked: verify !== 'off', depth: settings.sslVerifyDepth, groups: settings.sslEcdhCurve },
      status: compileStatusCheck(settings, this.#parts.resolver(settings), () => tls.authorities),
      rejects: settings.sslRejectHandshake,
      terminator: hello => tls.terminator(hello),
    }
  }

  #server(server: ResolvedServer, compiled: CompiledServer, http2: boolean): TlsServer {
    const servers = http2 ? this.#servers.http2 : this.#servers.http1
    const known = servers.get(server)
    if (known !== undefined) return known
    const { material, confPrefix, resolver, warn } = this.#parts
    const tls = new TlsServer(
      {
        settings: server.settings,
        fullPath: path => (path.startsWith('/') ? path : confPrefix + path),
        names: this.#names(server, compiled),
        protocols: http2 ? ['h2', ...HTTP1] : HTTP1,
        now: Date.now,
        stapling: { resolve: resolver(server.settings), warn, now: Date.now },
      },
      material,
    )
    servers.set(server, tls)
    return tls
  }

  #names({ settings }: ResolvedServer, compiled: CompiledServer): ((hello: ClientHello) => readonly string[]) | null {
    const { sslCertificate, sslCertificateKey } = settings
    const templates = sslCertificate.flatMap((name, index) => [name, sslCertificateKey[index] ?? [AUTO]])
    if (templates.every(template => template.every(part => typeof part === 'string'))) return null
    const texts = templates.map(template => compileTemplate(template, this.#parts.table, noScope))
    return hello => {
      const exchange = handshakeExchange(hello, compiled, this.#parts.loop)
      return texts.map(text => Buffer.from(text(exchange), 'latin1').toString())
    }
  }
}

/** Stands for a request in variables, before there is one: all it has is the name that the client asked for. */
function handshakeExchange(hello: ClientHello, server: CompiledServer, loop: RequestLoop): Exchange {
  const connection: ClientConnection = { ...nobody, tls: helloTls(hello) }
  const head = new RequestHead('', '', 10, new Fields(), 0, false)
  return new Exchange(connection, head, loop, nowhere, noBody, server, server.route, 0)
}

const nobody: ClientConnection = {
  serial: 0,
  requests: 0,
  openedMs: 0,
  remoteAddress: '',
  remotePort: 0,
  localAddress: '',
  localPort: 0,
  secure: true,
  proxied: null,
}

const nowhere: Sink<ResponseHead> = { interim() {}, head() {}, body: () => true, flush() {}, end() {}, abort() {} }
