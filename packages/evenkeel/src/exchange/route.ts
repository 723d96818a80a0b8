/**
 * A compiled location, as much of it as the heart has to know: lists of functions made when the configuration was read.
 *
 * Everything that can be decided then is decided then. A location without rewrites, limits or filters has empty lists,
 * and a request runs through nothing that its configuration does not name.
 */
import type { Exchange } from './exchange.ts'
import type { Failure } from './failure.ts'
import type { ResponseHead } from './head.ts'
import type { Outcome, Redirect } from './outcome.ts'
import type { Sink } from './sink.ts'

/** Looks at a request before it is answered. Undefined: go on. A promise is awaited; most steps are not async. */
export type RequestStep = (exchange: Exchange) => Outcome | Promise<Outcome>

/** Answers a request. Undefined: it took over, and tells the loop later (Exchange.proceed), or writes to exchange.reply. */
export type Action = (exchange: Exchange) => Outcome | Promise<Outcome>

/** Changes a final response head on its way to the client. */
export type HeadStep = (exchange: Exchange, head: ResponseHead) => void

/** Puts itself in front of the sink of a response, or answers `next` itself when the response is not its business. */
export type BodyFilter = (exchange: Exchange, next: Sink<ResponseHead>) => Sink<ResponseHead>

/** Writes one line of a log about an exchange that has ended. */
export type ExchangeLog = (exchange: Exchange) => void

/** What a response with this status, or this failure, is replaced by (error_page). Undefined: nothing. */
export type ErrorPage = (exchange: Exchange, status: number) => Outcome

/** Where problems of an exchange are told. Levels as in nginx; never blocks, never throws. */
export interface ErrorLog {
  /** The least grave level that is written at all. */
  readonly level: number
  write(level: number, text: string): void
  /** The same about an exchange: told with its connection, client, request and the peer tried last. */
  tell(exchange: Exchange, level: number, text: string): void
}

/** What a client's connection has to keep to while it serves a request of this route. Times in ms, sizes in bytes. */
export interface ClientSettings {
  readonly maxBodySize: number // 0: no limit
  readonly bodyBufferSize: number
  /** Bodies always go to a file; 'on': which stays there. */
  readonly bodyInFileOnly: 'on' | 'clean' | 'off'
  readonly bodyTimeoutMs: number
  readonly bodyTempPath: string
  readonly sendTimeoutMs: number
  readonly keepaliveTimeoutMs: number // 0: never keep
  readonly keepaliveHeaderSeconds: number // 0: no Keep-Alive field
  readonly keepaliveRequests: number
  readonly keepaliveTimeMs: number
  /** keepalive_disable: whether this client may not be kept; null: every client may. */
  readonly keepaliveRefused: ((exchange: Exchange) => boolean) | null
  readonly lingeringClose: 'off' | 'on' | 'always'
  readonly lingeringTimeMs: number
  readonly lingeringTimeoutMs: number
  readonly resetTimedOut: boolean
  readonly chunkedResponses: boolean // chunked_transfer_encoding
  readonly tcpNodelay: boolean
  readonly http2ChunkSize: number // largest DATA frame
  /** What `Server:` says; null: no such field. */
  readonly serverToken: string | null
}

export interface Route {
  /** The location as written, for logs and explanations. */
  readonly name: string
  readonly internal: boolean
  readonly client: ClientSettings
  /** Rewrite, limits, access, try_files: in the order in which they run. */
  readonly steps: readonly RequestStep[]
  /** The same for subrequests: without limits and access control, which are asked once a client's request. */
  readonly subrequestSteps: readonly RequestStep[]
  readonly action: Action
  readonly headSteps: readonly HeadStep[]
  readonly bodyFilters: readonly BodyFilter[]
  /** Those that change a subrequest's response, too: what concerns the message as the client gets it is not among them. */
  readonly subrequestFilters: readonly BodyFilter[]
  readonly errorPage: ErrorPage | null
  readonly recursiveErrorPages: boolean
  readonly logs: readonly ExchangeLog[]
  /** For subrequests: none unless log_subrequest is on. */
  readonly subrequestLogs: readonly ExchangeLog[]
  /** What is done after the response (post_action); null: nothing. */
  readonly postAction: Redirect | null
  readonly errorLog: ErrorLog
}

/** The loop in proxy/ that an action tells how it ended. */
export interface Loop {
  proceed(exchange: Exchange, outcome: Exclude<Outcome, undefined>): void
}

export type { Failure }
