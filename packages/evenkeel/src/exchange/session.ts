/**
 * One TCP connection or one exchange of datagrams with a client, passed on as it comes: what an Exchange is for HTTP.
 *
 * Variables, maps, logs and steps of `stream` are about it. All fields are set in the constructor, so that every session
 * has one shape; it holds no socket. Who serves it makes it and ends it, once.
 */
import type { Attempt } from './attempt.ts'
import type { ClientTls } from './client-tls.ts'
import type { ClientConnection, Hold, ProxiedAddress, ServerInfo } from './exchange.ts'
import type { Failure } from './failure.ts'
import type { ErrorLog } from './route.ts'

/** The client's side; a session is one request on it. */
export interface SessionClient extends ClientConnection {
  proxied: ProxiedAddress | null
  /** null until the handshake, in which it is what the client asks for. */
  tls: ClientTls | null
  secure: boolean
}

/** What was read of a TLS client's first message before anything was decided. */
export interface PrereadHello {
  /** As the library of nginx names it: `TLSv1.3`; '' unknown. */
  readonly protocol: string
  /** '' none. */
  readonly serverName: string
  /** Joined by commas. */
  readonly alpnProtocols: string
}

/** A compiled server of `stream`, as much of it as variables and logs need. */
export interface SessionServer extends ServerInfo {
  readonly errorLog: ErrorLog
  /** The same about a session: told with its connection, client and the peer tried last. */
  tell(session: Session, level: number, text: string): void
}

export class Session {
  readonly connection: SessionClient
  readonly protocol: 'TCP' | 'UDP'
  readonly startedMs: number
  /** Address of the listener, as it is told in logs. */
  readonly listener: string
  server: SessionServer
  /** Client address after realip; the connection's until then. */
  remoteAddress: string
  remotePort: number
  /** Groups of the regular expression matched last ($1 …). */
  captures: RegExpExecArray | null
  /** Values of `set` and cached `map` variables, by their index in the runtime. */
  values: (string | undefined)[] | null
  hello: PrereadHello | null
  /** As nginx counts: 200 went well, 403 refused, 502 nobody to pass it to, 500 our fault; 0 while it is open. */
  status: number
  /** Bytes from the client, and to it. */
  bytesReceived: number
  bytesSent: number
  failure: Failure | null
  attempts: Attempt[]
  /** Name of the upstream group, '' when none. */
  upstream: string
  /** Places that end with it (limit_conn). */
  holds: readonly Hold[]
  ended: boolean

  constructor(
    connection: SessionClient,
    protocol: 'TCP' | 'UDP',
    listener: string,
    server: SessionServer,
    startedMs: number,
  ) {
    this.connection = connection
    this.protocol = protocol
    this.startedMs = startedMs
    this.listener = listener
    this.server = server
    this.remoteAddress = connection.remoteAddress
    this.remotePort = connection.remotePort
    this.captures = null
    this.values = null
    this.hello = null
    this.status = 0
    this.bytesReceived = 0
    this.bytesSent = 0
    this.failure = null
    this.attempts = []
    this.upstream = ''
    this.holds = noHolds
    this.ended = false
  }
}

/** Ends it: once, whoever finds out first. False: it had ended before. */
export function endSession(session: Session, status: number, problem: Failure | null): boolean {
  if (session.ended) return false
  session.ended = true
  session.status = status
  session.failure ??= problem
  for (const hold of session.holds) hold.release()
  session.holds = noHolds
  return true
}

const noHolds: readonly Hold[] = []

/** Looks at a session before it is served; answers the status to end it with, 0: go on. */
export type SessionStep = (session: Session) => number

/** Writes one line of a log about a session that has ended. */
export type SessionLog = (session: Session) => void

/** Counts the sessions of a server. Of `leave` and `ended` one follows `begin`, once. */
export interface SessionCounting {
  begin(): void
  /** It turns out to be another server's. */
  leave(): void
  ended(session: Session): void
}
