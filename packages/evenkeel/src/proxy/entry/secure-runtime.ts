/**
 * A listener as one client behind TLS sees it: the server it named in the handshake answers first, and one whose client
 * certificates matter is not to be reached under another name.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { failure, type FailureCode } from '../../exchange/failure.ts'
import type { RequestReader } from '../../wire/http1/request-reader.ts'
import type { RequestLoop } from '../loop.ts'
import type { Http2Rules } from '../http2/rules.ts'
import type { CompiledServer, ListenerRuntime, Served } from '../listener-runtime.ts'
import { guardedServer, type TlsFace, type TlsFaces } from './tls-face.ts'

abstract class RuntimeView implements ListenerRuntime {
  abstract readonly defaultServer: CompiledServer
  readonly entry: null = null
  protected readonly base: ListenerRuntime

  constructor(base: ListenerRuntime) {
    this.base = base
  }

  get reader(): RequestReader {
    return this.base.reader
  }

  get loop(): RequestLoop {
    return this.base.loop
  }

  get http2(): Http2Rules | null {
    return this.base.http2
  }

  get headerTimeoutMs(): number {
    return this.base.headerTimeoutMs
  }

  get nameCaptures(): ((exchange: Exchange) => void) | null {
    return this.base.nameCaptures
  }

  get connections(): Set<Served> {
    return this.base.connections
  }

  get unixName(): string | null {
    return this.base.unixName
  }

  get retiring(): boolean {
    return this.base.retiring
  }

  abstract chooseServer(host: string): CompiledServer
}

export class SecureRuntime extends RuntimeView {
  readonly defaultServer: CompiledServer
  readonly #faces: TlsFaces
  readonly #face: TlsFace
  /** '' when the client named no server, or one that nobody here is. */
  readonly #serverName: string

  constructor(base: ListenerRuntime, faces: TlsFaces, face: TlsFace, serverName: string) {
    super(base)
    this.defaultServer = face.server
    this.#faces = faces
    this.#face = face
    this.#serverName = serverName
  }

  chooseServer(host: string): CompiledServer {
    if (this.#serverName !== '' && host === this.#serverName) return this.#face.server
    const found = this.#faces.of(this.base.chooseServer(host))
    if (this.#serverName === '' || found.verify === 'off') return found.server
    return guardedServer(found.server, () => failure('misdirected_request'))
  }
}

/** For clients that are refused whatever they ask for. */
export class RefusingRuntime extends RuntimeView {
  readonly #code: FailureCode
  readonly #servers = new Map<CompiledServer, CompiledServer>()

  constructor(base: ListenerRuntime, code: FailureCode) {
    super(base)
    this.#code = code
  }

  get defaultServer(): CompiledServer {
    return this.#refusing(this.base.defaultServer)
  }

  chooseServer(host: string): CompiledServer {
    return this.#refusing(this.base.chooseServer(host))
  }

  #refusing(server: CompiledServer): CompiledServer {
    let refusing = this.#servers.get(server)
    if (refusing === undefined) {
      refusing = guardedServer(server, () => failure(this.#code))
      this.#servers.set(server, refusing)
    }
    return refusing
  }
}

/** For clients that speak HTTP in the clear where TLS is expected: they are told so, in HTTP/1, whatever they spoke. */
export class ClearRuntime extends RefusingRuntime {
  constructor(base: ListenerRuntime) {
    super(base, 'plain_http')
  }

  override get http2(): null {
    return null
  }
}
