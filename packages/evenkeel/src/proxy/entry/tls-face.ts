/** A virtual server as TLS clients meet it. */
import { failure } from '../../exchange/failure.ts'
import type { Outcome } from '../../exchange/outcome.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import type { TlsTerminator } from '../../net/tls-terminator.ts'
import type { ClientHello } from '../../wire/tls-hello.ts'
import type { CompiledServer } from '../listener-runtime.ts'
import type { StatusCheck } from './status-check.ts'
import type { VerifyRules } from './tls-session.ts'

export type VerifyMode = 'off' | 'on' | 'optional' | 'optional_no_ca'

/** `For`: what names of certificates may depend on. */
export interface TlsFace<For = ClientHello, Server = CompiledServer> {
  /** Serves requests; looks at the client's certificate first where one is asked for. */
  readonly server: Server
  readonly verify: VerifyMode
  readonly rules: VerifyRules
  /** null: nobody is asked whether clients' certificates still hold. */
  readonly status: StatusCheck | null
  /** Handshakes that ask for it are refused. */
  readonly rejects: boolean
  /** Who ends TLS for it; a string: why nobody can; null: it has no certificate of its own. */
  terminator(of: For): TlsTerminator | string | null
}

/** The virtual servers that can be asked for at one address. */
export interface NamedFaces<Face> {
  readonly fallback: Face
  /** undefined: no server has that name. */
  find(serverName: string): Face | undefined
}

export interface TlsFaces extends NamedFaces<TlsFace> {
  of(server: CompiledServer): TlsFace
  /** For who only wants to see that a name is ours (tls-alpn-01): nobody is served behind it; null: it is a client like others. */
  challenge(hello: ClientHello): TlsTerminator | null
}

/** The server with the check of client certificates before everything else. */
export function verifyingServer(server: CompiledServer, mode: VerifyMode): CompiledServer {
  return mode === 'off' ? server : guardedServer(server, exchange => refusal(exchange, mode))
}

/** Answers each request that an earlier one's redirect has not led to, or lets it pass. */
export function guardedServer(server: CompiledServer, guard: (exchange: Exchange) => Outcome): CompiledServer {
  const { rewrite } = server
  return {
    ...server,
    rewrite(exchange) {
      const outcome = exchange.internal ? undefined : guard(exchange)
      if (outcome !== undefined) return outcome
      return rewrite === null ? undefined : rewrite(exchange)
    },
  }
}

/** What error_page knows as 495 and 496; clients see 400. */
function refusal(exchange: Exchange, mode: VerifyMode): Outcome {
  const tls = exchange.connection.tls
  if (tls === undefined || tls === null) return undefined
  if (tls.verifyError !== '' && !(mode === 'optional_no_ca' && tls.unknownAuthority)) {
    return failure('client_certificate_refused', tls.verifyError)
  }
  return mode === 'on' && !tls.certified ? failure('no_client_certificate') : undefined
}
