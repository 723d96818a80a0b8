/**
 * What forwarding in one location needs to know, made once when the configuration is compiled.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { Failure } from '../../exchange/failure.ts'
import type { Sink } from '../../exchange/sink.ts'
import type { RequestHead, ResponseHead } from '../../exchange/head.ts'
import type { NameSet } from '../../exchange/name-set.ts'
import type { Outcome } from '../../exchange/outcome.ts'
import type { DialOptions } from '../../net/dial.ts'
import type { ReadBuffers } from '../../net/read-buffers.ts'
import type { TlsTarget } from '../../net/tls-dial.ts'
import type { Pool } from '../../upstream/pool.ts'
import type { Selection } from '../../upstream/selection.ts'
import type { Sticky } from '../../upstream/sticky.ts'
import type { Peer, Upstream } from '../../upstream/upstream.ts'
import type { OriginConnection } from '../http1/origin-connection.ts'
import type { OriginSettings } from '../http1/request-output.ts'
import type { OriginsByPool } from '../http2/origins-by-pool.ts'
import type { RetrySettings } from './may-retry.ts'
import type { ReadAheadSettings } from '../body/slow-client.ts'

/** Where an exchange goes: the same for all requests of a location, or made for one by proxy_pass with variables. */
export interface ForwardTarget {
  readonly upstream: Upstream
  /** Idle connections of that upstream; null: none are kept. */
  readonly pool: Pool<OriginConnection> | null
  poolKey(peer: Peer): string
  /** How TLS is spoken with its peers; null: it is not. */
  readonly tls: TlsTargetOf | null
  /** $proxy_host, the default Host. */
  readonly host: string
  /** The URI part of proxy_pass; null: none. */
  readonly uri: string | null
  /** The URI part was made of variables: it goes out as it is. */
  readonly uriIsWhole: boolean
  hashKey(exchange: Exchange): string
  /** null: requests are bound to nobody. */
  readonly sticky: Sticky | null
}

/** Whom an exchange means when it goes to `host` over TLS; a failure says why it can't. */
export type TlsTargetOf<Subject = Exchange> = (subject: Subject, host: string) => TlsTarget | Failure

export interface ForwardSettings {
  readonly origin: OriginSettings
  /** Shared connections of HTTP/2; null: HTTP/1 is spoken. */
  readonly http2: OriginsByPool | null
  readonly retry: RetrySettings
  readonly connectTimeoutMs: number
  /** For all attempts and the answer together; 0: no limit. */
  readonly totalTimeoutMs: number
  /** How long the client waits, by its own words (0: for ever); null: it is not asked. */
  readonly deadlineMs: ((exchange: Exchange) => number) | null
  readonly bufferRequest: boolean
  readonly passBody: boolean
  readonly passTrailers: boolean
  readonly ignoreClientAbort: boolean
  readonly hiddenFields: NameSet
  readonly addServer: boolean
  readonly addDate: boolean
  /** What the client's body goes through on its way; null: nothing. */
  readonly throughBody: ((exchange: Exchange, sink: Sink<RequestHead>) => Sink<RequestHead>) | null
  /** proxy_set_body; null: the client's body goes on. */
  readonly setBody: ((exchange: Exchange) => string) | null
  /** Answers may be replaced whatever their status (X-Accel-Redirect is not ignored). */
  readonly looksAtAll: boolean
  readonly readAhead: ReadAheadSettings
  /** How long to wait before the next attempt, after so many. */
  backOffMs(attempts: number): number
  limitTries(selection: Selection): Selection
  dialOptions(exchange: Exchange, buffers: ReadBuffers): DialOptions
  request(exchange: Exchange, target: ForwardTarget): RequestHead
  passesEarlyHints(exchange: Exchange): boolean
  /** What is answered instead of this response (X-Accel-Redirect, proxy_intercept_errors); undefined: itself. */
  replacement(exchange: Exchange, head: ResponseHead): Exclude<Outcome, undefined> | undefined
  /** Changes the answer's head on its way: proxy_redirect, cookies. */
  adjust(exchange: Exchange, head: ResponseHead): void
}
