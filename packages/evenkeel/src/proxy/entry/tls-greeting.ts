/**
 * The beginning of TLS on an accepted socket. The client's first message is read here, since it says which virtual server
 * is meant, and then goes back into the socket for TLS to read.
 *
 * Who waits for it has the deadline, and is told one thing, once.
 */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Handshake, TlsTerminator } from '../../net/tls-terminator.ts'
import { readClientHello, type ClientHello } from '../../wire/tls-hello.ts'
import { Stash } from '../body/stash.ts'
import type { NamedFaces, TlsFace } from './tls-face.ts'

export interface GreetingUser {
  /** Bytes came. */
  heard(): void
  /** Who ends TLS for this client, or why nobody does. */
  choose(hello: ClientHello): TlsTerminator | TlsDenial
  secured(socket: TLSSocket, hello: ClientHello): void
  /** It speaks in the clear: what it said. The socket is paused, and nobody hears of it any more. */
  clear(unread: Buffer): void
  /** The socket is about to go. `text` is for logs. */
  failed(text: string): void
  /** Something is wrong here, not with the client; the socket is gone. */
  bug(error: unknown): void
}

/** Why there is no handshake, in an alert and in words. */
export interface TlsDenial {
  readonly alert: Buffer
  readonly why: string
}

/** Alerts of TLS, sent before TLS has begun: version 1.2 stands for all in a record. */
const UNRECOGNIZED_NAME = Buffer.from('15030300020270', 'hex')
const INTERNAL_ERROR = Buffer.from('15030300020250', 'hex')

export class TlsGreeting implements Handshake {
  readonly #socket: Socket
  readonly #stash: Stash = new Stash()
  /** Null once told. */
  #user: GreetingUser | null
  #hello: ClientHello | null = null
  /** The first message is complete, whatever it is. */
  handshaking = false

  /** `unread` came with what was read before. */
  constructor(socket: Socket, unread: Buffer | null, user: GreetingUser) {
    this.#socket = socket
    this.#user = user
    socket.on('data', this.#received)
    socket.on('end', this.#ended)
    socket.on('error', this.#ended)
    socket.on('close', this.#ended)
    if (unread !== null) process.nextTick(this.#received, unread)
    if (socket.readableEnded || socket.destroyed) process.nextTick(this.#ended)
    socket.resume()
  }

  /** Nobody waits any more. Once something was told it is too late. */
  stop(): void {
    if (this.#user === null) return
    this.#user = null
    this.#drop()
  }

  #drop(): void {
    this.#socket.on('error', ignore)
    this.#socket.destroy()
  }

  // === Handshake

  secured(socket: TLSSocket): void {
    const user = this.#user
    this.#user = null
    if (user === null) socket.on('error', ignore).destroy()
    else user.secured(socket, this.#hello!)
  }

  failed(reason: string): void {
    this.#fail(`SSL_do_handshake() failed (${reason})`)
  }

  // === the first message

  readonly #received = (bytes: Buffer): void => {
    const user = this.#user
    if (user === null) return
    try {
      user.heard()
      this.#stash.add(bytes, 0, bytes.length)
      this.#advance(user)
    } catch (error) {
      this.stop()
      user.bug(error)
    }
  }

  readonly #ended = (): void => {
    this.#fail('client closed connection')
  }

  #advance(user: GreetingUser): void {
    const stash = this.#stash
    if (stash.empty) return
    const first = stash.bytes[stash.start]!
    if (first !== HANDSHAKE && (first & 0x80) === 0) {
      this.#user = null
      return user.clear(this.#release())
    }
    const hello = readClientHello(stash.bytes, stash.start, stash.end)
    if (hello === null) return
    this.handshaking = true
    if (typeof hello === 'string') return this.failed(hello)
    this.#hello = hello
    const chosen = user.choose(hello)
    if ('alert' in chosen) return this.#refuse(chosen)
    const socket = this.#socket
    const unread = this.#release()
    socket.on('close', this.#ended)
    socket.unshift(unread)
    chosen.secure(socket, this, hello)
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

  #refuse({ alert, why }: TlsDenial): void {
    const user = this.#user
    this.#user = null
    user?.failed(`SSL_do_handshake() failed (${why})`)
    this.#socket.on('error', ignore)
    this.#socket.write(alert)
    this.#socket.destroySoon()
  }

  #fail(text: string): void {
    const user = this.#user
    if (user === null) return
    // While the socket still knows whose it was.
    this.#user = null
    user.failed(text)
    this.#drop()
  }
}

const HANDSHAKE = 0x16

/** The virtual server a client asks for; `serverName` is '' where it asks for none, or for one that nobody is. */
export function findFace<Face>(
  faces: NamedFaces<Face>,
  hello: ClientHello,
): { readonly face: Face; readonly serverName: string } {
  const name = nameOf(hello)
  const face = name === '' ? undefined : faces.find(name)
  return face === undefined ? { face: faces.fallback, serverName: '' } : { face, serverName: name }
}

/** One without a certificate shows that of the default server. */
export function terminatorOf<For>(
  faces: NamedFaces<TlsFace<For, unknown>>,
  face: TlsFace<For, unknown>,
  subject: For,
): TlsTerminator | TlsDenial {
  if (face.rejects) return { alert: UNRECOGNIZED_NAME, why: 'callback failed: rejected by ssl_reject_handshake' }
  const found = face.terminator(subject) ?? faces.fallback.terminator(subject) ?? 'no certificate to show'
  return typeof found === 'string' ? { alert: INTERNAL_ERROR, why: found } : found
}

/** As servers are looked up; '' for what can be the name of none. */
function nameOf({ serverName }: ClientHello): string {
  return /^[A-Za-z0-9\-._]+$/.test(serverName) ? serverName.toLowerCase().replace(/\.$/, '') : ''
}

function ignore(): void {}
