/**
 * One request with its response: the plain object that everything on the data plane hands around.
 *
 * All fields are set in the constructor so that every exchange has one shape in the engine; it holds no timer, promise
 * or closure. Who serves the connection makes it, steps and actions read and change it, `finish` in proxy/ ends it.
 */
import type { Attempt } from './attempt.ts'
import type { ClientTls } from './client-tls.ts'
import type { CacheUse } from './cache.ts'
import type { Failure } from './failure.ts'
import type { Fields } from './fields.ts'
import type { RequestHead, ResponseHead } from './head.ts'
import type { RequestBody } from './request-body.ts'
import type { Loop, Route } from './route.ts'
import type { Sink, Source } from './sink.ts'
import type { SubrequestCount } from './subrequest.ts'

/** The client's connection as variables and logs see it. */
export interface ClientConnection {
  /** Number of the connection, unique in the process ($connection). */
  readonly serial: number
  /** Requests begun on it ($connection_requests). */
  readonly requests: number
  readonly openedMs: number
  /** Numeric address without brackets; `unix:` for a Unix socket. */
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  readonly secure: boolean
  /** What TLS knows of the client; null or left out: it speaks in the clear. */
  readonly tls?: ClientTls | null
  /** What a PROXY protocol head said, if one was read. */
  readonly proxied: ProxiedAddress | null
}

export interface ProxiedAddress {
  /** Numeric; as the head spelt it (version 1) or in the usual spelling (version 2). */
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  /** Extensions of a version 2 head: type, length in two bytes, value; one after the other. Left out: none. */
  readonly tlvs?: Uint8Array
}

/** Something that an exchange has for as long as it lasts, such as a place among those a limit lets in. */
export interface Hold {
  release(): void
}

/** A compiled server block, as much of it as variables need. */
export interface ServerInfo {
  /** First name of the block ($server_name). */
  readonly name: string
}

export class Exchange {
  readonly connection: ClientConnection
  readonly request: RequestHead
  readonly loop: Loop
  /** Milliseconds since the epoch when the first byte of the request was read. */
  readonly startedMs: number
  /** Bytes of the request's head, and of its body as it came ($request_length). */
  requestBytes: number

  /** The client's side itself: where a response ends up, whatever filters stand before it. */
  client: Sink<ResponseHead>
  /** Where the response goes, filters included. */
  reply: Sink<ResponseHead>
  body: RequestBody
  server: ServerInfo
  route: Route

  /** Host without port, lower-case; '' when the request had none and no server name stands in for it ($host). */
  host: string
  /** Normalised, decoded path ($uri); changed by rewrites and internal redirects. Latin-1: one character a byte. */
  uri: string
  /** Query string without `?` ($args). */
  args: string
  /** The method that counts from here on; error pages turn it into GET. */
  method: string
  /** The URI is no longer the one of the request line: it has to be escaped anew before it goes on. */
  uriChanged: boolean
  /**
   * The URI was changed inside its location and stayed there (rewrite … break): its start is not the location's text
   * any more, so nothing can stand in the place of that. Any redirect to a path makes it false again.
   */
  rewritten: boolean
  /** try_files chose a file below the alias of a pattern: the URI is to be appended to it. */
  belowAlias: boolean
  /** Reached by an internal redirect, error page or subrequest. */
  internal: boolean
  /** Internal redirects so far. */
  redirects: number
  /** Groups of the regular expression matched last ($1 …). */
  captures: RegExpExecArray | null
  /** Values of `set` and cached `map` variables, by their index in the runtime. */
  values: (string | undefined)[] | null
  /** Client address after realip; the connection's until then. */
  remoteAddress: string
  remotePort: number
  /** Who authenticated ($remote_user); '' nobody. */
  remoteUser: string

  /** Status told to the client, or logged for one who is gone; 0 while unknown. */
  status: number
  /** Status the final answer is to have, whatever is answered (error_page =CODE); 0: none. */
  statusOverride: number
  /** An error page is being served: another is only looked for with recursive_error_pages. */
  inErrorPage: boolean
  /** The response's final head, once it was handed to the client's connection. */
  head: ResponseHead | null
  bytesSent: number
  bodyBytesSent: number
  /** Bytes of the body before and after it was compressed; null: it was not. */
  compressed: { from: number; to: number } | null
  /** It came in one piece with the one before ($pipe). */
  pipelined: boolean
  /** Trailers that went out behind the body; null: none. */
  trailers: Fields | null
  /** The client's connection may be kept after this response; only ever turned off. */
  keep: boolean
  /** Who is at work on the answer: told at once when the client goes away. null: nobody who could stop. */
  work: Source | null
  /** What is to be given back when it has ended; null: nothing. */
  holds: Hold[] | null
  /** The response went out whole ($request_completion). */
  completed: boolean
  failure: Failure | null
  attempts: Attempt[]
  /** Name of the upstream group used last, '' when none. */
  upstream: string
  /** On whose behalf it was made; null: a client's own. */
  parent: Exchange | null
  /** Of a client's own request: its subrequests; null: there were none. */
  subrequests: SubrequestCount | null
  /** The cache this exchange went to; null: none. */
  cache: CacheUse | null
  ended: boolean

  constructor(
    connection: ClientConnection,
    request: RequestHead,
    loop: Loop,
    reply: Sink<ResponseHead>,
    body: RequestBody,
    server: ServerInfo,
    route: Route,
    startedMs: number,
  ) {
    this.connection = connection
    this.request = request
    this.loop = loop
    this.startedMs = startedMs
    this.requestBytes = 0
    this.client = reply
    this.reply = reply
    this.body = body
    this.server = server
    this.route = route
    this.host = ''
    this.uri = ''
    this.args = ''
    this.method = request.method
    this.uriChanged = false
    this.rewritten = false
    this.belowAlias = false
    this.internal = false
    this.redirects = 0
    this.captures = null
    this.values = null
    this.remoteAddress = connection.remoteAddress
    this.remotePort = connection.remotePort
    this.remoteUser = ''
    this.status = 0
    this.statusOverride = 0
    this.inErrorPage = false
    this.head = null
    this.bytesSent = 0
    this.bodyBytesSent = 0
    this.compressed = null
    this.pipelined = false
    this.trailers = null
    this.keep = request.persistent
    this.work = null
    this.holds = null
    this.completed = false
    this.failure = null
    this.attempts = noAttempts
    this.upstream = ''
    this.parent = null
    this.subrequests = null
    this.cache = null
    this.ended = false
  }
}

/** Shared by all exchanges that forwarded nothing: never pushed to. */
const noAttempts: Attempt[] = []
