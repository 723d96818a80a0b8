/**
 * Takes an accepted socket through PROXY protocol, if its listener wants it, and TLS.
 *
 * The client's first message is read here, since it says which virtual server is meant, and then goes back into the
 * socket for TLS to read. What is no TLS at all is HTTP in the clear, and is told so in HTTP.
 */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ProxiedAddress } from '../../exchange/exchange.ts'
import { failures, isFailure } from '../../exchange/failure.ts'
import { ERROR, INFO } from '../../exchange/log-level.ts'
import { connectionMessage } from '../../log/exchange-suffix.ts'
import { makeChannel, nobody } from '../../net/channels.ts'
import { PortableChannel } from '../../net/portable-channel.ts'
import { Deadline } from '../../net/timer-wheel.ts'
import type { Handshake } from '../../net/tls-terminator.ts'
import { readProxyHead } from '../../wire/proxy-protocol.ts'
import { readClientHello, type ClientHello } from '../../wire/tls-hello.ts'
import type { ListenerRuntime, Served } from '../listener-runtime.ts'
import type { Ports } from '../ports.ts'
import { Stash } from '../stash.ts'
import type { Entry, Serve } from './arrival.ts'
import { ClearRuntime, SecureRuntime } from './secure-runtime.ts'
import type { TlsFace, TlsFaces } from './tls-face.ts'
import { TlsSession } from './tls-session.ts'

export interface TlsEntryParts {
  readonly proxyProtocol: boolean
  readonly faces: TlsFaces
  readonly ports: Ports
}

export function tlsEntry(parts: TlsEntryParts): Entry {
  return {
    take(socket, runtime, serve) {
      // It lives by the socket's events.
      void new TlsIntake(parts, socket, runtime, serve)
    },
  }
}

/** Alerts of TLS, sent before TLS has begun: version 1.2 stands for all in a record. */
const UNRECOGNIZED_NAME = Buffer.from('15030300020270', 'hex')
const INTERNAL_ERROR = Buffer.from('15030300020250', 'hex')

type Stage = 'reading PROXY protocol' | 'waiting for request' | 'SSL handshaking'

class TlsIntake extends Deadline implements Served, Handshake {
  readonly #parts: TlsEntryParts
  readonly #socket: Socket
  readonly #runtime: ListenerRuntime
  readonly #serve: Serve
  readonly #stash: Stash = new Stash()
  #stage: Stage
  #proxied: ProxiedAddress | null = null
  #hello: ClientHello | null = null
  #face: TlsFace
  /** As the virtual server was found by it. */
  #serverName = ''
  #left = false

  constructor(parts: TlsEntryParts, socket: Socket, runtime: ListenerRuntime, serve: Serve) {
    super()
    this.#parts = parts
    this.#socket = socket
    this.#runtime = runtime
    this.#serve = serve
    this.#stage = parts.proxyProtocol ? 'reading PROXY protocol' : 'waiting for request'
    this.#face = parts.faces.fallback
    runtime.connections.add(this)
    parts.ports.wheel.arm(this, runtime.headerTimeoutMs)
    socket.on('data', this.#received)
    socket.on('end', this.#ended)
    socket.on('error', this.#ended)
    socket.on('close', this.#ended)
    socket.resume()
  }

  override expired(): void {
    this.#drop(INFO, 'client timed out')
  }

  drain(): void {
    this.cut()
  }

  cut(): void {
    this.#leave()
    this.#socket.on('error', ignore)
    this.#socket.destroy()
  }

  secured(socket: TLSSocket): void {
    const { ports, faces } = this.#parts
    if (this.#left) {
      socket.on('error', ignore).destroy()
      return
    }
    ports.wheel.touch()
    ports.counters.handshake(socket.isSessionReused() ? 'resumed' : 'full')
    const tls = new TlsSession(socket, this.#hello!, this.#face.rules)
    const runtime = new SecureRuntime(this.#runtime, faces, this.#face, this.#serverName)
    this.#serve(makeChannel(socket, ports.buffers), runtime, { proxied: this.#proxied, tls, unread: null })
    // Not before: a runtime that is on its way out must not be empty in between.
    this.#leave()
  }

  failed(reason: string): void {
    if (!this.#left) this.#drop(INFO, `SSL_do_handshake() failed (${reason})`)
  }

  readonly #received = (bytes: Buffer): void => {
    this.#parts.ports.wheel.touch()
    try {
      this.#stash.add(bytes, 0, bytes.length)
      this.#advance()
    } catch (error) {
      this.cut()
      this.#parts.ports.buffers.onBug(error)
    }
  }

  readonly #ended = (): void => {
    this.#drop(INFO, 'client closed connection')
  }

  #advance(): void {
    const stash = this.#stash
    if (this.#stage === 'reading PROXY protocol') {
      const head = readProxyHead(stash.bytes, stash.start, stash.end)
      if (head === null) return
      if (isFailure(head)) return this.#drop(ERROR, `${failures[head.code].text}: ${String(head.cause)}`)
      this.#proxied = head.proxied
      stash.consumedTo(stash.start + head.size)
      this.#stage = 'waiting for request'
    }
    if (stash.empty) return
    const first = stash.bytes[stash.start]!
    if (first !== HANDSHAKE && (first & 0x80) === 0) return this.#serveClear()
    const hello = readClientHello(stash.bytes, stash.start, stash.end)
    if (hello === null) return
    this.#stage = 'SSL handshaking'
    if (typeof hello === 'string') return this.#drop(INFO, `SSL_do_handshake() failed (${hello})`)
    this.#hello = hello
    this.#handshake(hello)
  }

  #handshake(hello: ClientHello): void {
    const { faces } = this.#parts
    const name = serverNameOf(hello)
    const face = name === '' ? undefined : faces.find(name)
    if (face !== undefined) {
      this.#face = face
      this.#serverName = name
    }
    if (this.#face.rejects) return this.#alert(UNRECOGNIZED_NAME, 'callback failed: rejected by ssl_reject_handshake')
    const terminator = this.#face.terminator(hello) ?? faces.fallback.terminator(hello) ?? 'no certificate to show'
    if (typeof terminator === 'string') return this.#alert(INTERNAL_ERROR, terminator)
    const socket = this.#socket
    const unread = this.#release()
    socket.on('close', this.#ended)
    socket.unshift(unread)
    terminator.secure(socket, this)
  }

  #serveClear(): void {
    const { ports } = this.#parts
    const unread = this.#release()
    const channel = new PortableChannel(this.#socket, ports.buffers.onBug, nobody)
    this.#serve(channel, new ClearRuntime(this.#runtime), { proxied: this.#proxied, tls: null, unread })
    this.#leave()
  }

  /** Nothing here hears of the socket any more; what was read and not used is given back. */
  #release(): Buffer {
    const socket = this.#socket
    socket.pause()
    socket.off('data', this.#received)
    socket.off('end', this.#ended)
    socket.off('error', this.#ended)
    socket.off('close', this.#ended)
    const { bytes, start, end } = this.#stash
    return bytes.subarray(start, end)
  }

  #alert(alert: Buffer, why: string): void {
    this.#socket.write(alert)
    this.#drop(INFO, `SSL_do_handshake() failed (${why})`, true)
  }

  #drop(level: number, text: string, politely = false): void {
    if (this.#left) return
    if (this.#stage === 'SSL handshaking') this.#parts.ports.counters.handshake('failed')
    const { remoteAddress = '', localAddress = '', localPort = 0 } = this.#socket
    const about = { serial: this.#parts.ports.nextSerial(), remoteAddress, localAddress, localPort }
    const log = this.#runtime.defaultServer.route.errorLog
    if (level <= log.level) log.write(level, connectionMessage(about, `${text} while ${this.#stage}`))
    if (!politely) return this.cut()
    this.#leave()
    this.#socket.on('error', ignore)
    this.#socket.destroySoon()
  }

  #leave(): void {
    this.#left = true
    this.#parts.ports.wheel.disarm(this)
    this.#runtime.connections.delete(this)
  }
}

const HANDSHAKE = 0x16

/** As servers are looked up; '' for what can be the name of none. */
function serverNameOf({ serverName }: ClientHello): string {
  return /^[A-Za-z0-9\-._]+$/.test(serverName) ? serverName.toLowerCase().replace(/\.$/, '') : ''
}

function ignore(): void {}
