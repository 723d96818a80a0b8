/**
 * TLS towards a server on a connection that stands: the handshake, who the other side proves to be, and sessions that
 * are taken up again.
 *
 * Nothing is read from the socket before TLS has it: bytes that come in the clear first are no TLS, and so the end of
 * the handshake, never the beginning of an answer.
 */
import type { Socket } from 'node:net'
import { connect, type SecureContext, type TLSSocket } from 'node:tls'
import type { LRU } from './lru.ts'
import { CHAIN_TOO_LONG, chainTooLong, numberedVerifyError } from './tls-verify.ts'

/** As whom, and to whom, TLS is spoken. Connections of one target may stand for each other; of two, never. */
export interface TlsTarget {
  /** Different for every target: part of the key by which idle connections are kept. */
  readonly key: string
  readonly context: SecureContext
  /** Told to the server (SNI); '': none is. */
  readonly serverName: string
  /** Offered by ALPN, the best first. */
  readonly protocols: readonly string[]
  /** Whom the certificate has to be for, and how long its chain may be; null: anybody will do. */
  readonly verify: { readonly name: string; readonly depth: number } | null
  /** The last session of each address; null: each handshake is a whole one. */
  readonly sessions: LRU<string, Buffer> | null
}

/** Why there is no TLS. `text` is OpenSSL's, or the name that was not in the certificate. */
export interface TlsRefusal {
  readonly kind: 'failed' | 'closed' | 'untrusted' | 'misnamed'
  readonly text: string
}

/** Told one of the two, once, unless the socket is destroyed before. */
export interface TlsUser {
  secured(socket: TLSSocket): void
  /** The socket is destroyed. */
  refused(refusal: TlsRefusal): void
}

const kHandshake: unique symbol = Symbol('handshake')
type Owned = { [kHandshake]: Handshake }

/** `address` tells servers with sessions of their own apart. */
export function startTls(raw: Socket, address: string, target: TlsTarget, user: TlsUser): TLSSocket {
  return new Handshake(raw, address, target, user).socket
}

class Handshake {
  readonly socket: TLSSocket
  readonly #address: string
  readonly #target: TlsTarget
  /** Null once told. */
  #user: TlsUser | null
  #trusted = false

  constructor(raw: Socket, address: string, target: TlsTarget, user: TlsUser) {
    this.#address = address
    this.#target = target
    this.#user = user
    const { context, serverName, protocols, sessions } = target
    const session = sessions?.get(address)
    this.socket = connect({
      socket: raw,
      secureContext: context,
      // Looked at below: Node would leave the name of a session that is taken up unchecked, and tell less.
      rejectUnauthorized: false,
      checkServerIdentity: unchecked,
      ...(serverName === '' ? {} : { servername: serverName }),
      ...(protocols.length === 0 ? {} : { ALPNProtocols: [...protocols] }),
      ...(session === undefined ? {} : { session }),
    })
    ;(this.socket as unknown as Owned)[kHandshake] = this
    // Before the handshake: TLS 1.2 hands sessions over with it.
    if (sessions !== null) this.socket.on('session', Handshake.#session)
    this.socket.on('secureConnect', Handshake.#done)
    this.socket.on('error', Handshake.#erred)
  }

  static #done(this: TLSSocket): void {
    const handshake = (this as unknown as Owned)[kHandshake]
    const user = handshake.#user
    if (user === null || this.destroyed) return
    const refusal = handshake.#judge()
    if (refusal !== null) return handshake.#refuse(refusal)
    handshake.#user = null
    handshake.#trusted = true
    this.pause()
    user.secured(this)
    // From here on errors are the channel's.
    this.off('error', Handshake.#erred)
  }

  static #erred(this: TLSSocket, error: Error): void {
    ;(this as unknown as Owned)[kHandshake].#refuse(reasonOf(error))
  }

  static #session(this: TLSSocket, session: Buffer): void {
    const { sessions } = (this as unknown as Owned)[kHandshake].#target
    const handshake = (this as unknown as Owned)[kHandshake]
    if (handshake.#trusted) sessions?.set(handshake.#address, session)
  }

  #judge(): TlsRefusal | null {
    const { verify } = this.#target
    if (verify === null) return null
    const code = String(this.socket.authorizationError ?? '')
    if (code !== '') return { kind: 'untrusted', text: numberedVerifyError(code) }
    // Only sessions of connections that were found good are kept, and by target: whose they are has been looked at.
    if (this.socket.isSessionReused()) return null
    const certificate = this.socket.getPeerX509Certificate()
    if (chainTooLong(certificate, verify.depth)) {
      return { kind: 'untrusted', text: numberedVerifyError(CHAIN_TOO_LONG) }
    }
    const named = verify.name !== '' && certificate?.checkHost(verify.name) !== undefined
    return named ? null : { kind: 'misnamed', text: `"${verify.name}"` }
  }

  #refuse(refusal: TlsRefusal): void {
    const user = this.#user
    this.#user = null
    // It may be the session that was not to its taste.
    this.#target.sessions?.delete(this.#address)
    this.socket.destroy()
    user?.refused(refusal)
  }
}

/** The end of OpenSSL's line says what happened; the code before it stands for where. */
function reasonOf(error: Error): TlsRefusal {
  const [, number, what] = /error:([0-9A-F]{8}):SSL routines:[^:]*:([^:]+)/.exec(error.message) ?? []
  if (number !== undefined) return { kind: 'failed', text: `SSL: error:${number}:SSL routines::${what}` }
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ECONNRESET' && !error.message.includes('ECONNRESET')) return { kind: 'closed', text: '' }
  return { kind: 'failed', text: code ?? error.message }
}

function unchecked(): undefined {}
