/**
 * Takes an accepted socket of http through TLS, behind a PROXY protocol head if its listener wants one. What is no TLS at
 * all is HTTP in the clear, and is told so in HTTP.
 */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ProxiedAddress } from '../../exchange/exchange.ts'
import { INFO } from '../../exchange/log-level.ts'
import { connectionMessage } from '../../log/exchange-suffix.ts'
import { makeChannel, nobody } from '../../net/channels.ts'
import { PortableChannel } from '../../net/portable-channel.ts'
import { Deadline } from '../../net/timer-wheel.ts'
import type { TlsTerminator } from '../../net/tls-terminator.ts'
import type { ClientHello } from '../../wire/tls-hello.ts'
import type { ListenerRuntime, Served } from '../listener-runtime.ts'
import type { Ports } from '../ports.ts'
import type { Arrival, Entry, Serve } from './arrival.ts'
import { proxyProtocolEntry } from './proxy-head-intake.ts'
import { ClearRuntime, SecureRuntime } from './secure-runtime.ts'
import { awaitStatus, type StatusWait } from './status-check.ts'
import type { TlsFace, TlsFaces } from './tls-face.ts'
import { findFace, terminatorOf, TlsGreeting, type GreetingUser, type TlsDenial } from './tls-greeting.ts'
import { TlsSession } from './tls-session.ts'

export interface TlsEntryParts {
  readonly proxyProtocol: boolean
  readonly faces: TlsFaces
  readonly ports: Ports
}

export function tlsEntry(parts: TlsEntryParts): Entry {
  const head = parts.proxyProtocol
    ? proxyProtocolEntry<ListenerRuntime>(parts.ports, runtime => runtime.defaultServer.route.errorLog, true)
    : null
  return {
    secure: true,
    take(socket, runtime, serve) {
      // They live by the socket's events.
      if (head === null) void new TlsIntake(parts, socket, runtime, serve, null)
      else {
        head.take(socket, runtime, (channel, same, arrival) => {
          void new TlsIntake(parts, channel.detach!(null), same, serve, arrival)
        })
      }
    },
  }
}

class TlsIntake extends Deadline implements Served, GreetingUser {
  readonly #parts: TlsEntryParts
  readonly #socket: Socket
  readonly #runtime: ListenerRuntime
  readonly #serve: Serve
  readonly #proxied: ProxiedAddress | null
  readonly #greeting: TlsGreeting
  #face: TlsFace
  /** As the virtual server was found by it. */
  #serverName = ''
  /** It came for the certificate alone. */
  #challenged = false
  #waiting: StatusWait | null = null

  constructor(parts: TlsEntryParts, socket: Socket, runtime: ListenerRuntime, serve: Serve, arrival: Arrival | null) {
    super()
    this.#parts = parts
    this.#socket = socket
    this.#runtime = runtime
    this.#serve = serve
    this.#proxied = arrival?.proxied ?? null
    this.#face = parts.faces.fallback
    // Node remembers them from now on: a socket that is gone has none any more.
    void socket.remoteAddress
    void socket.localAddress
    runtime.connections.add(this)
    parts.ports.wheel.arm(this, runtime.headerTimeoutMs)
    this.#greeting = new TlsGreeting(socket, arrival?.unread ?? null, this)
  }

  override expired(): void {
    this.#tell('client timed out')
    this.cut()
  }

  drain(): void {
    this.cut()
  }

  cut(): void {
    this.#leave()
    this.#waiting?.stop()
    this.#greeting.stop()
  }

  // === GreetingUser

  heard(): void {
    this.#parts.ports.wheel.touch()
  }

  choose(hello: ClientHello): TlsTerminator | TlsDenial {
    const { faces } = this.#parts
    const challenge = faces.challenge(hello)
    if (challenge !== null) {
      this.#challenged = true
      return challenge
    }
    const { face, serverName } = findFace(faces, hello)
    this.#face = face
    this.#serverName = serverName
    return terminatorOf(faces, face, hello)
  }

  secured(socket: TLSSocket, hello: ClientHello): void {
    if (this.#challenged) {
      this.#leave()
      socket.on('error', ignore).end()
      socket.destroySoon()
      return
    }
    const { ports, faces } = this.#parts
    ports.wheel.touch()
    ports.counters.handshake(socket.isSessionReused() ? 'resumed' : 'full')
    const tls = new TlsSession(socket, hello, this.#face.rules)
    const go = (): void => {
      const runtime = new SecureRuntime(this.#runtime, faces, this.#face, this.#serverName)
      this.#serve(makeChannel(socket, ports.buffers), runtime, { proxied: this.#proxied, tls, unread: null })
      // Not before: a runtime that is on its way out must not be empty in between.
      this.#leave()
    }
    this.#waiting = awaitStatus(this.#face.status, socket, tls, go, () => this.#leave())
    if (this.#waiting === null) go()
  }

  clear(unread: Buffer): void {
    const { ports } = this.#parts
    const channel = new PortableChannel(this.#socket, ports.buffers.onBug, nobody)
    this.#serve(channel, new ClearRuntime(this.#runtime), { proxied: this.#proxied, tls: null, unread })
    this.#leave()
  }

  failed(text: string): void {
    this.#leave()
    this.#tell(text)
  }

  bug(error: unknown): void {
    this.#leave()
    this.#parts.ports.buffers.onBug(error)
  }

  #tell(text: string): void {
    if (this.#greeting.handshaking) this.#parts.ports.counters.handshake('failed')
    const log = this.#runtime.defaultServer.route.errorLog
    if (log.level < INFO) return
    const { remoteAddress = '', localAddress = '', localPort = 0 } = this.#socket
    const about = { serial: this.#parts.ports.nextSerial(), remoteAddress, localAddress, localPort }
    const stage = this.#greeting.handshaking ? 'SSL handshaking' : 'waiting for request'
    log.write(INFO, connectionMessage(about, `${text} while ${stage}`))
  }

  #leave(): void {
    this.#parts.ports.wheel.disarm(this)
    this.#runtime.connections.delete(this)
  }
}

function ignore(): void {}
