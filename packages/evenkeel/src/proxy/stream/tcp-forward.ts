/** Passes one TCP session on: connects to a peer, joins the two connections, and tells the session how it ended. */
import { failure, type Failure } from '../../exchange/failure.ts'
import type { Channel } from '../../net/channel.ts'
import { dialAny, type Dialing, type DialUser } from '../../net/dial.ts'
import type { TlsRefusal } from '../../net/tls-dial.ts'
import type { Peer } from '../../upstream/upstream.ts'
import { Join, type JoinEnd, type JoinUser } from '../tunnel/join.ts'
import type { Ports } from '../ports.ts'
import { refusalFailure } from '../forward/tls-refusal.ts'
import { SessionForward } from './session-forward.ts'
import type { SessionForwardSettings } from './stream-settings.ts'
import type { TcpSession } from './tcp-session.ts'

export class TcpForward extends SessionForward implements JoinUser, DialUser {
  readonly #tcp: TcpSession
  /** Bytes of the client that were read before. */
  readonly #preread: Buffer
  #dialing: Dialing | null = null
  #join: Join | null = null
  #prefaceBytes = 0
  /** It has come to a handshake with the peer. */
  #securing = false

  constructor(tcp: TcpSession, settings: SessionForwardSettings, ports: Ports, preread: Buffer) {
    super(tcp.session, settings, ports)
    this.#tcp = tcp
    this.#preread = preread
  }

  /** The session has ended by something else. */
  stop(): void {
    if (this.done) return
    this.#dialing?.cancel()
    this.#dialing = null
    const join = this.#join
    // Before the lease ends: that is where they are counted.
    if (join !== null) this.#moved(join.bytesUp, join.bytesDown)
    this.leave()
    join?.cut(false)
  }

  // === connecting

  protected override dial(peer: Peer): void {
    const options = this.settings.dialOptions(this.session)
    if ('code' in options) return this.impossible(options)
    const preface = this.settings.preface(this.session)
    this.#prefaceBytes = preface?.length ?? 0
    this.#securing = false
    this.ports.wheel.arm(this, this.settings.connectTimeoutMs)
    this.#dialing = dialAny(peer.addresses, preface === null ? options : { ...options, preface }, this)
  }

  /** As in nginx the handshake has as long as connecting had. */
  securing(): void {
    this.#securing = true
    this.ports.wheel.touch()
    this.ports.wheel.arm(this, this.settings.connectTimeoutMs)
  }

  connected(channel: Channel): void {
    this.#dialing = null
    this.ports.wheel.disarm(this)
    this.stands()
    const { settings, session } = this
    this.#join = new Join(
      { channel: this.#tcp.channel, unread: this.#preread },
      { channel, unread: nothing },
      {
        idleMs: settings.timeoutMs,
        halfClose: settings.halfClose,
        upRate: settings.uploadRate(session),
        downRate: settings.downloadRate(session),
      },
      this.ports.wheel,
      this,
    )
  }

  failed(error: string, refusal?: TlsRefusal): void {
    this.#dialing = null
    this.ports.wheel.disarm(this)
    if (refusal !== undefined) return this.attemptFailed(refusalFailure(refusal))
    this.attemptFailed(failure(error === 'ECONNREFUSED' ? 'connect_refused' : 'connect_failed', error))
  }

  override expired(): void {
    this.#dialing?.cancel()
    this.#dialing = null
    this.attemptFailed(failure(this.#securing ? 'handshake_timeout' : 'connect_timeout'))
  }

  protected override gaveUp(problem: Failure, status: number): void {
    this.#tcp.finish(status, problem)
  }

  // === joined

  over(end: JoinEnd, up: number, down: number): void {
    this.#moved(up, down)
    if (this.done) return
    const attempt = this.attempt!
    const problem = problemOf(end)
    attempt.failure = problem
    this.closeAttempt()
    this.endLease('served')
    this.leave()
    this.#tcp.logEnd(textOf(end))
    this.#tcp.finish(200, problem, 'open')
  }

  clientClosed(): void {
    this.#tcp.clientClosed()
  }

  #moved(up: number, down: number): void {
    const { session } = this
    const attempt = this.attempt!
    session.bytesReceived = up
    session.bytesSent = down
    attempt.bytesSent = up + this.#prefaceBytes
    attempt.bytesReceived = down
  }
}

const nothing = Buffer.alloc(0)

function problemOf({ by, error }: JoinEnd): Failure | null {
  if (by === 'silence') return failure('client_idle')
  if (error === '') return null
  return failure(by === 'client' ? 'client_reset' : 'upstream_reset', error)
}

function textOf({ by, error }: JoinEnd): string {
  if (by === 'silence') return 'connection timed out (110: Connection timed out) while proxying connection'
  const who = by === 'client' ? 'client' : 'upstream'
  return error === '' ? `${who} disconnected` : `${who} disconnected (${error})`
}
