/**
 * One TCP connection of `stream`, from accept to its log line: steps that may refuse it, what is read of it before it is
 * decided where it goes, and then what its server does with it.
 *
 * What ends it ends it once: everything comes down to `finish`, which logs. The client's channel may outlive that while
 * what was sent to it is still on its way; the listener knows the session until it is closed.
 */
import { failure, type Failure } from '../../exchange/failure.ts'
import { ERROR, INFO } from '../../exchange/log-level.ts'
import { endSession, Session } from '../../exchange/session.ts'
import { sessionEnd } from '../../log/session-suffix.ts'
import type { Channel, ChannelUser } from '../../net/channel.ts'
import { Deadline } from '../../net/timer-wheel.ts'
import { readClientHello, type ClientHello } from '../../wire/tls-hello.ts'
import type { Arrival } from '../entry/arrival.ts'
import type { NamedFaces } from '../entry/tls-face.ts'
import { Linger } from '../tunnel/linger.ts'
import type { Ports } from '../ports.ts'
import { SessionHandshake, type SessionSecured } from './session-handshake.ts'
import type { StreamFace, StreamListener } from './stream-listener.ts'
import type { StreamServer } from './stream-settings.ts'
import { TcpForward } from './tcp-forward.ts'

export class TcpSession extends Deadline implements ChannelUser, SessionSecured {
  readonly session: Session
  /** The client's; another one once TLS is agreed on. */
  channel: Channel
  readonly #listener: StreamListener
  readonly #ports: Ports
  #server: StreamServer
  #reading = false
  /** What was read before it is passed on. */
  #preread: Buffer = nothing
  #forward: TcpForward | null = null
  /** null: there is none under way. */
  #handshake: SessionHandshake | null = null
  #gone = false

  constructor(channel: Channel, listener: StreamListener, ports: Ports, arrival: Arrival | null) {
    super()
    this.channel = channel
    this.#listener = listener
    this.#ports = ports
    this.#server = listener.defaultServer
    const unix = 'path' in listener.address
    const connection = {
      serial: ports.nextSerial(),
      requests: 1,
      openedMs: ports.wheel.now,
      remoteAddress: unix ? 'unix:' : channel.remoteAddress,
      remotePort: channel.remotePort,
      localAddress: unix ? listener.text : channel.localAddress,
      localPort: channel.localPort,
      secure: arrival?.tls != null,
      tls: arrival?.tls ?? null,
      proxied: arrival?.proxied ?? null,
    }
    this.session = new Session(connection, 'TCP', listener.text, this.#server, ports.wheel.now)
    this.#server.counting?.begin()
    ports.counters.accepted()
    listener.connections.add(this)
    const unread = arrival?.unread ?? null
    if (unread !== null) this.#preread = Buffer.from(unread)
    channel.attach(this)
    this.#logConnected()
    this.#begin()
  }

  /** What has ended waits for the client's FIN no longer; what has not goes on until it does. */
  drain(): void {
    if (this.session.ended) this.channel.destroy()
  }

  /** Ends now. */
  cut(): void {
    if (!this.session.ended) this.#say(INFO, 'shutdown timeout')
    this.finish(200, null)
    this.channel.destroy()
  }

  // === ChannelUser, while it is read for itself

  received(bytes: Buffer, end: number): void {
    this.#preread = Buffer.concat([this.#preread, bytes.subarray(0, end)])
    if (this.#reading) this.#look()
  }

  drained(): void {}

  ended(): void {
    this.finish(200, failure('client_gone'))
  }

  closed(error: string): void {
    if (!this.session.ended) this.finish(200, failure(error === '' ? 'client_gone' : 'client_reset', error))
    this.clientClosed()
  }

  /** Nothing more came of what was to be read first. */
  override expired(): void {
    this.#say(INFO, 'client timed out (110: Connection timed out) while prereading client data')
    this.finish(200, failure('client_header_timeout'))
  }

  // === for who passes it on

  /** Logs it, and closes the client's channel unless it is lingering already. */
  finish(status: number, problem: Failure | null, how: 'close' | 'linger' | 'open' = 'close'): void {
    const { session } = this
    if (!endSession(session, status, problem)) return
    this.#ports.wheel.disarm(this)
    this.#forward?.stop()
    this.#dropHandshake()
    this.#server.counting?.ended(session)
    for (const log of this.#server.logs) log(session)
    if (how === 'close') this.channel.destroy()
    else if (how === 'linger') void new Linger(this.channel, this.#ports.wheel, () => this.clientClosed())
  }

  /** The client's channel is no more. */
  clientClosed(): void {
    if (this.#gone) return
    this.#gone = true
    this.#ports.counters.closed()
    this.#listener.connections.delete(this)
  }

  /** `upstream disconnected, bytes from/to …`. */
  logEnd(text: string): void {
    const { errorLog } = this.#server
    if (errorLog.level >= INFO) errorLog.write(INFO, sessionEnd(this.session, text))
  }

  // === the way of a session

  #begin(): void {
    for (const step of this.#server.steps) {
      const status = step(this.session)
      if (status !== 0) return this.finish(status, null)
    }
    if (this.#listener.tls !== null) return this.#secure(this.#listener.tls)
    this.#read()
  }

  #read(): void {
    if (!this.#server.preread) return this.#act()
    this.#reading = true
    this.#ports.wheel.arm(this, this.#server.prereadTimeoutMs)
    this.channel.resume()
    if (this.#preread.length > 0) this.#look()
  }

  #secure(faces: NamedFaces<StreamFace>): void {
    const socket = this.channel.detach!(null)
    const unread = this.#preread
    this.#preread = nothing
    const ports = this.#ports
    this.#handshake = new SessionHandshake(
      socket,
      unread,
      faces,
      this.session,
      this.#server.handshakeTimeoutMs,
      ports,
      this,
    )
  }

  /** The handshake says which server is meant. */
  chosen(face: StreamFace, serverName: string): void {
    const { session } = this
    // Groups of its name become variables.
    if (serverName !== '') this.#listener.chooseServer(serverName, session)
    this.#goTo(face.server)
  }

  secured(channel: Channel): void {
    this.#handshake = null
    this.channel = channel
    channel.attach(this)
    this.#read()
  }

  unsecured(problem: Failure, text: string): void {
    this.#say(INFO, `${text} while SSL handshaking`)
    this.finish(500, problem)
  }

  #dropHandshake(): void {
    const handshake = this.#handshake
    this.#handshake = null
    if (handshake === null) return
    handshake.stop()
    this.clientClosed()
  }

  /** What has come may be enough to know what the client asks for. */
  #look(): void {
    this.session.bytesReceived = this.#preread.length
    const hello = readClientHello(this.#preread, 0, this.#preread.length)
    if (hello === null) {
      if (this.#preread.length < this.#server.prereadSize) return
      this.#say(ERROR, 'preread buffer full while prereading client data')
      return this.finish(400, failure('preread_too_large'))
    }
    this.#reading = false
    this.channel.pause()
    this.#ports.wheel.disarm(this)
    if (typeof hello !== 'string') this.#greet(hello)
    this.#act()
  }

  /** What the client asked for by name may be another server of this address. */
  #greet(hello: ClientHello): void {
    const { session } = this
    session.hello = {
      protocol: protocolNames[hello.version - 0x0300] ?? '',
      serverName: hello.serverName,
      alpnProtocols: hello.protocols.join(','),
    }
    if (hello.serverName === '') return
    this.#goTo(this.#listener.chooseServer(hello.serverName, session))
  }

  #goTo(server: StreamServer): void {
    this.#server.counting?.leave()
    server.counting?.begin()
    this.#server = server
    this.session.server = server
  }

  #act(): void {
    const { action } = this.#server
    switch (action.kind) {
      case 'proxy':
        this.#forward = new TcpForward(this, action.settings, this.#ports, this.#preread)
        return this.#forward.start()
      case 'return':
        return this.#answer(action.text(this.session))
      case 'pass':
        return this.#pass(action.to(this.session))
      case 'close':
        return this.finish(200, null)
    }
  }

  #answer(text: string): void {
    this.session.bytesSent = text.length
    if (text !== '') this.channel.write(text)
    this.finish(200, null, 'linger')
  }

  #pass(to: string): void {
    const { session } = this
    const { tls } = session.connection
    const wrong =
      this.#preread.length > 0 && tls !== null
        ? 'cannot pass connection with preread data'
        : this.#listener.passTo(to, () => this.channel.detach!(this.#preread), tls)
    if (wrong === null) {
      if (endSession(session, 200, null)) this.#server.counting?.ended(session)
      return this.clientClosed()
    }
    this.#say(ERROR, `${wrong} while passing connection to port`)
    this.finish(wrong.startsWith('port not found') ? 200 : 500, failure('pass_impossible', wrong))
  }

  #logConnected(): void {
    const { errorLog } = this.#server
    if (errorLog.level < INFO) return
    const { serial, remoteAddress, remotePort } = this.session.connection
    const client = remotePort === 0 ? remoteAddress : `${bracketed(remoteAddress)}:${remotePort}`
    errorLog.write(INFO, `*${serial} client ${client} connected to ${this.#listener.text}`)
  }

  #say(level: number, text: string): void {
    this.#server.tell(this.session, level, text)
  }
}

const nothing = Buffer.alloc(0)

/** As the library of nginx names them, from version 0x0300 on. */
const protocolNames = ['SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
