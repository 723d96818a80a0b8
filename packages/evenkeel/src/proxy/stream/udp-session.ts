/**
 * The datagrams of one client, passed on to one peer and back. It ends when as many answers have come as are expected,
 * or when nothing was heard for proxy_timeout; a peer that owes answers then, or refuses datagrams, has failed.
 */
import { failure, type Failure } from '../../exchange/failure.ts'
import { ERROR, INFO, WARN } from '../../exchange/log-level.ts'
import { endSession, Session } from '../../exchange/session.ts'
import { sessionEnd } from '../../log/session-suffix.ts'
import { UdpConnection, type UdpAddress, type UdpUser } from '../../net/udp.ts'
import type { Peer } from '../../upstream/upstream.ts'
import type { Ports } from '../ports.ts'
import { SessionForward } from './session-forward.ts'
import type { Served } from '../listener-runtime.ts'
import type { StreamListener } from './stream-listener.ts'
import type { SessionForwardSettings, StreamServer } from './stream-settings.ts'
import type { UdpDoor } from './udp-door.ts'
import type { UdpSessions } from './udp-sessions.ts'

/** Datagrams that wait for a peer to be found, which may take a look-up of its name. */
const MOST_WAITING = 64

export class UdpSession implements Served {
  readonly session: Session
  readonly #door: UdpDoor
  readonly #key: string
  readonly #client: UdpAddress
  readonly #listener: StreamListener
  readonly #server: StreamServer
  readonly #all: UdpSessions
  readonly #ports: Ports
  #forward: UdpForward | null = null

  constructor(
    door: UdpDoor,
    key: string,
    client: UdpAddress,
    listener: StreamListener,
    all: UdpSessions,
    ports: Ports,
  ) {
    this.#door = door
    this.#key = key
    this.#client = client
    this.#listener = listener
    this.#server = listener.defaultServer
    this.#all = all
    this.#ports = ports
    const local = 'host' in listener.address ? listener.address : { host: '', port: 0 }
    const connection = {
      serial: ports.nextSerial(),
      requests: 1,
      openedMs: ports.wheel.now,
      remoteAddress: client.host,
      remotePort: client.port,
      localAddress: local.host === '*' ? '0.0.0.0' : local.host,
      localPort: local.port,
      secure: false,
      tls: null,
      proxied: null,
    }
    this.session = new Session(connection, 'UDP', listener.text, this.#server, ports.wheel.now)
    listener.connections.add(this)
    ports.counters.accepted()
    this.#server.counting?.begin()
  }

  begin(first: Buffer): void {
    const { session } = this
    const { action, steps, errorLog } = this.#server
    const { serial, remoteAddress, remotePort } = session.connection
    if (errorLog.level >= INFO) {
      const client = `${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`
      errorLog.write(INFO, `*${serial} udp client ${client} connected to ${session.listener}`)
    }
    for (const step of steps) {
      const status = step(session)
      if (status !== 0) {
        session.bytesReceived = first.length
        return this.finish(status, null)
      }
    }
    switch (action.kind) {
      case 'proxy':
        this.#forward = new UdpForward(this, action.settings, this.#ports)
        this.receivedFromClient(first)
        return this.#forward.start()
      case 'return': {
        session.bytesReceived = first.length
        const text = Buffer.from(action.text(session), 'latin1')
        if (text.length > 0) this.send(text)
        return this.finish(200, null)
      }
      case 'pass':
        this.say(ERROR, 'cannot pass udp connection while passing connection to port')
        return this.finish(500, failure('pass_impossible'))
      case 'close':
        return this.finish(200, null)
    }
  }

  receivedFromClient(bytes: Buffer): void {
    this.session.bytesReceived += bytes.length
    this.#forward?.receivedFromClient(bytes)
  }

  send(bytes: Buffer): void {
    if (this.#door.send(bytes, this.#client.port, this.#client.host)) this.session.bytesSent += bytes.length
  }

  /** The client's next datagram is for another session. */
  release(): void {
    this.#door.forget(this.#key, this)
  }

  finish(status: number, problem: Failure | null): void {
    const { session } = this
    if (!endSession(session, status, problem)) return
    this.#forward?.stop()
    this.release()
    this.#all.delete(this)
    this.#ports.counters.closed()
    this.#server.counting?.ended(session)
    for (const log of this.#server.logs) log(session)
    this.#listener.connections.delete(this)
  }

  drain(): void {
    if (this.session.ended) return
    this.say(INFO, 'disconnected on shutdown')
    this.finish(200, failure('shutdown'))
  }

  cut(): void {
    this.drain()
  }

  /** Somebody newer needs its place. */
  drop(): void {
    this.say(WARN, 'too many udp sessions: the one idle for longest is dropped')
    this.finish(503, failure('session_dropped'))
  }

  say(level: number, text: string): void {
    this.#server.tell(this.session, level, text)
  }

  /** `udp done, packets …, bytes …`. */
  logEnd(text: string): void {
    const { errorLog } = this.#server
    if (errorLog.level >= INFO) errorLog.write(INFO, sessionEnd(this.session, text))
  }
}

class UdpForward extends SessionForward implements UdpUser {
  readonly #udp: UdpSession
  #waiting: Buffer[] | null = []
  #connection: UdpConnection | null = null
  /** Datagrams. */
  #requests = 0
  #responses = 0
  #released = false

  constructor(udp: UdpSession, settings: SessionForwardSettings, ports: Ports) {
    super(udp.session, settings, ports)
    this.#udp = udp
  }

  receivedFromClient(bytes: Buffer): void {
    if (this.#waiting !== null) {
      if (this.#waiting.length < MOST_WAITING) this.#waiting.push(bytes)
      return
    }
    this.#pass(bytes)
    this.#check()
  }

  stop(): void {
    if (this.done) return
    this.leave()
    this.#connection?.close()
  }

  protected override dial(peer: Peer): void {
    const to = peer.addresses[0]
    this.ports.wheel.arm(this, this.settings.connectTimeoutMs)
    if (to === undefined || 'path' in to) return this.failed('EINVAL')
    this.#connection = new UdpConnection(to, this.settings.bind(this.session), this)
  }

  protected override gaveUp(problem: Failure, status: number): void {
    this.#udp.finish(status, problem)
  }

  // === UdpUser

  connected(): void {
    this.stands()
    const waiting = this.#waiting ?? []
    this.#waiting = null
    const preface = this.settings.preface(this.session)
    if (preface !== null && waiting.length > 0) waiting[0] = Buffer.concat([preface, waiting[0]!])
    for (const bytes of waiting) if (!this.done) this.#pass(bytes)
    this.#check()
  }

  failed(error: string): void {
    this.#connection?.close()
    this.#connection = null
    if (this.done) return
    if (this.#waiting !== null) {
      return this.attemptFailed(failure(error === 'ECONNREFUSED' ? 'connect_refused' : 'connect_failed', error))
    }
    // It refuses datagrams: another server is found when the client sends again, rather than after a long silence.
    const refused = error === 'ECONNREFUSED'
    const text = refused ? 'recv() failed (111: Connection refused)' : `recv() failed (${error})`
    this.#end(502, failure(refused ? 'connect_refused' : 'upstream_reset', error), () => {
      this.say(ERROR, `${text} while proxying and reading from upstream`)
    })
  }

  received(bytes: Buffer): void {
    if (this.done) return
    const attempt = this.attempt!
    this.ports.wheel.arm(this, this.settings.timeoutMs)
    this.answered()
    this.#responses += 1
    attempt.bytesReceived += bytes.length
    this.#udp.send(bytes)
    this.#check()
  }

  override expired(): void {
    const { responses } = this.settings
    if (this.#waiting !== null) {
      this.#connection?.close()
      return this.attemptFailed(failure('connect_timeout'))
    }
    if (responses === null || this.#responses >= responses * this.#requests) {
      return this.#end(200, null, () => this.#udp.logEnd(`udp timed out${this.#packets()}`))
    }
    const problem = failure('no_reply')
    this.#end(502, problem, () => this.tell(ERROR, problem))
  }

  #pass(bytes: Buffer): void {
    const { requests } = this.settings
    this.ports.wheel.arm(this, this.settings.timeoutMs)
    this.#requests += 1
    this.attempt!.bytesSent += bytes.length
    this.#connection?.send(bytes)
    if (requests === 0 || this.#requests < requests || this.#released) return
    this.#released = true
    this.#udp.release()
  }

  /** Ends it when everything that is expected has come. */
  #check(): void {
    const { requests, responses } = this.settings
    if (this.done || this.#waiting !== null || responses === null) return
    if ((requests > 0 && this.#requests < requests) || this.#responses < responses * this.#requests) return
    this.#end(200, null, () => this.#udp.logEnd(`udp done${this.#packets()}`))
  }

  #packets(): string {
    return `, packets from/to client:${this.#requests}/${this.#responses}`
  }

  #end(status: number, problem: Failure | null, tell: () => void): void {
    this.attempt!.failure = problem
    this.closeAttempt()
    tell()
    this.endLease(problem === null ? 'served' : 'failed')
    this.leave()
    this.#connection?.close()
    this.#udp.finish(status, problem)
  }
}
