/**
 * TLS with the client of one session of `stream`: the handshake, and whether the certificate the client shows will do.
 * Whatever is wrong ends the session; there is nothing to answer it in.
 */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { failure, type Failure } from '../../exchange/failure.ts'
import type { Session } from '../../exchange/session.ts'
import type { Channel } from '../../net/channel.ts'
import { makeChannel } from '../../net/channels.ts'
import type { TlsTerminator } from '../../net/tls-terminator.ts'
import { Deadline } from '../../net/timer-wheel.ts'
import type { ClientHello } from '../../wire/tls-hello.ts'
import { helloTls } from '../entry/hello-tls.ts'
import { awaitStatus, type StatusWait } from '../entry/status-check.ts'
import type { NamedFaces } from '../entry/tls-face.ts'
import { findFace, terminatorOf, TlsGreeting, type GreetingUser, type TlsDenial } from '../entry/tls-greeting.ts'
import { TlsSession } from '../entry/tls-session.ts'
import type { Ports } from '../ports.ts'
import type { StreamFace } from './stream-listener.ts'

/** One of `secured` and `unsecured` is called, once, unless it is stopped before. */
export interface SessionSecured {
  chosen(face: StreamFace, serverName: string): void
  /** The channel is paused and has no user: attach one. */
  secured(channel: Channel): void
  unsecured(problem: Failure, text: string): void
}

export class SessionHandshake extends Deadline implements GreetingUser {
  readonly #faces: NamedFaces<StreamFace>
  readonly #session: Session
  readonly #socket: Socket
  readonly #ports: Ports
  readonly #user: SessionSecured
  readonly #greeting: TlsGreeting
  #face: StreamFace
  #waiting: StatusWait | null = null

  constructor(
    socket: Socket,
    unread: Buffer,
    faces: NamedFaces<StreamFace>,
    session: Session,
    timeoutMs: number,
    ports: Ports,
    user: SessionSecured,
  ) {
    super()
    this.#faces = faces
    this.#face = faces.fallback
    this.#session = session
    this.#socket = socket
    this.#ports = ports
    this.#user = user
    ports.wheel.arm(this, timeoutMs)
    this.#greeting = new TlsGreeting(socket, unread.length > 0 ? unread : null, this)
  }

  stop(): void {
    this.#ports.wheel.disarm(this)
    this.#waiting?.stop()
    this.#greeting.stop()
  }

  override expired(): void {
    this.#user.unsecured(failure('client_handshake_timeout'), 'client timed out (110: Connection timed out)')
  }

  // === GreetingUser

  heard(): void {
    this.#ports.wheel.touch()
  }

  choose(hello: ClientHello): TlsTerminator | TlsDenial {
    const { face, serverName } = findFace(this.#faces, hello)
    this.#face = face
    this.#session.connection.tls = helloTls(hello)
    this.#user.chosen(face, serverName)
    return terminatorOf(this.#faces, face, this.#session)
  }

  secured(socket: TLSSocket, hello: ClientHello): void {
    const { wheel, counters } = this.#ports
    wheel.touch()
    counters.handshake(socket.isSessionReused() ? 'resumed' : 'full')
    const tls = new TlsSession(socket, hello, this.#face.rules)
    const go = (): void => this.#judge(socket, tls)
    this.#waiting = awaitStatus(this.#face.status, socket, tls, go, () => {
      this.#user.unsecured(failure('client_handshake_failed'), 'client closed connection')
    })
    if (this.#waiting === null) go()
  }

  #judge(socket: TLSSocket, tls: TlsSession): void {
    this.#ports.wheel.disarm(this)
    const { connection } = this.#session
    connection.tls = tls
    connection.secure = true
    const { verify } = this.#face
    const wrong = tls.verifyError !== '' && !(verify === 'optional_no_ca' && tls.unknownAuthority)
    const channel = makeChannel(socket, this.#ports.buffers)
    if (verify === 'off' || !(wrong || (verify === 'on' && !tls.certified))) return this.#user.secured(channel)
    const text = wrong
      ? `client SSL certificate verify error: (${tls.verifyError})`
      : 'client sent no required SSL certificate'
    this.#user.unsecured(failure(wrong ? 'client_certificate_refused' : 'no_client_certificate'), text)
    channel.destroy()
  }

  clear(): void {
    this.#socket.on('error', ignore).destroy()
    this.#user.unsecured(failure('client_handshake_failed'), 'SSL_do_handshake() failed (wrong version number)')
  }

  failed(text: string): void {
    if (this.#greeting.handshaking) this.#ports.counters.handshake('failed')
    this.#user.unsecured(failure('client_handshake_failed'), text)
  }

  bug(error: unknown): void {
    this.#ports.buffers.onBug(error)
    this.#user.unsecured(failure('internal', error), 'the handshake broke')
  }
}

function ignore(): void {}
