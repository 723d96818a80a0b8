/**
 * Ends TLS on accepted sockets with one set of options: Node's TLS server, which never listens itself.
 */
import type { Socket } from 'node:net'
import { createServer, type Server, type TlsOptions, type TLSSocket } from 'node:tls'

/** Who waits for a handshake; exactly one of the two is called, once. */
export interface Handshake {
  secured(socket: TLSSocket): void
  /** The socket is gone or about to be. */
  failed(reason: string): void
}

export interface TerminatorOptions extends TlsOptions {
  /** Sessions kept here for clients that have no tickets; 0: none. */
  readonly keptSessions: number
  /** What is stapled to a handshake; null: nothing ever is. */
  readonly staple: (() => Buffer | null) | null
}

/** What a client's first message says of sessions, in Latin-1. */
export interface SessionOffer {
  readonly sessionId: string
  readonly identities: readonly string[]
}

const kHandshake: unique symbol = Symbol('handshake')
type Raw = { [kHandshake]?: Handshake | null }

/** Deadlines are kept by who asks; Node's own only has to be out of the way. */
const NEVER_MS = 86_400_000

export class TlsTerminator {
  readonly #server: Server
  readonly #keeps: boolean
  readonly #sessions = new Map<string, Buffer>()
  /** What clients whose handshake is under way want to take up, by the session id that Node tells of them. */
  readonly #wanted = new Map<string, readonly string[]>()

  /** Throws what OpenSSL says about the options. */
  constructor(options: TerminatorOptions) {
    this.#server = createServer({ ...options, handshakeTimeout: NEVER_MS })
    this.#server.on('secureConnection', socket => {
      socket.allowHalfOpen = true
      takeHandshake(socket)?.secured(socket)
    })
    this.#server.on('tlsClientError', (error, socket) => {
      socket.on('error', ignore)
      takeHandshake(socket)?.failed(handshakeReason(error))
      socket.destroy()
    })
    const { staple } = options
    // Node takes null for nothing, whatever its types say.
    if (staple !== null) this.#server.on('OCSPRequest', (_, __, answer) => answer(null, staple() as Buffer))
    this.#keeps = options.keptSessions > 0
    if (this.#keeps) this.#keepSessions(options.keptSessions)
  }

  /**
   * Bytes that were read from the socket before have to be put back (`unshift`). `offer` is what they say of sessions:
   * Node looks for the id of TLS 1.2 alone, which in TLS 1.3 is a random text that stands for nothing.
   */
  secure(socket: Socket, handshake: Handshake, offer: SessionOffer | null = null): void {
    if (offer !== null && this.#keeps && offer.identities.length > 0 && offer.sessionId !== '') {
      const { sessionId, identities } = offer
      this.#wanted.set(sessionId, identities)
      socket.once('close', () => this.#wanted.delete(sessionId))
    }
    ;(socket as Raw)[kHandshake] = handshake
    // TLS takes this over. A client that is gone in the middle of a handshake may have nothing left to tell but its end,
    // and would be waited for until the deadline.
    socket.allowHalfOpen = false
    this.#server.emit('connection', socket)
  }

  #keepSessions(most: number): void {
    const sessions = this.#sessions
    this.#server.on('newSession', (id, data, done) => {
      sessions.set(id.toString('latin1'), data)
      const [oldest] = sessions.size > most ? sessions.keys() : []
      if (oldest !== undefined) sessions.delete(oldest)
      done()
    })
    this.#server.on('resumeSession', (id, done) => {
      const key = id.toString('latin1')
      const wanted = this.#wanted.get(key)
      this.#wanted.delete(key)
      const known = wanted?.find(one => sessions.has(one))
      done(null, sessions.get(known ?? key))
    })
  }
}

/** Node keeps the socket underneath in `_parent`. */
function takeHandshake(socket: TLSSocket): Handshake | undefined {
  const raw = (socket as unknown as { ['_parent']?: Raw })['_parent']
  const handshake = raw?.[kHandshake]
  if (handshake === undefined || handshake === null) return undefined
  raw![kHandshake] = null
  return handshake
}

/** The end of OpenSSL's line says what happened; the codes before it say where in OpenSSL. */
function handshakeReason(error: Error): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ECONNRESET') return 'client closed connection'
  return /:SSL routines:[^:]*:([^:]+)/.exec(error.message)?.[1] ?? error.message
}

function ignore(): void {}
