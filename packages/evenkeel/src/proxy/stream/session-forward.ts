/**
 * Finds a peer for one session of `stream` and keeps account of the tries, for TCP and UDP alike. A peer that cannot be
 * connected to is followed by the next one; once a connection stands there are no further tries, since nobody knows what
 * the bytes that went out have done.
 */
import { Attempt } from '../../exchange/attempt.ts'
import { failure, failures, type Failure } from '../../exchange/failure.ts'
import { ERROR, WARN } from '../../exchange/log-level.ts'
import type { Session } from '../../exchange/session.ts'
import { Deadline } from '../../net/timer-wheel.ts'
import type { Selection } from '../../upstream/selection.ts'
import type { Asker, Lease, LeaseOutcome, Peer } from '../../upstream/upstream.ts'
import { addressBytes } from '../forward/address-bytes.ts'
import type { Ports } from '../ports.ts'
import type { SessionForwardSettings, SessionTarget } from './stream-settings.ts'

export abstract class SessionForward extends Deadline implements Asker {
  protected readonly session: Session
  protected readonly settings: SessionForwardSettings
  protected readonly ports: Ports
  protected attempt: Attempt | null = null
  protected done = false
  #target: SessionTarget | null = null
  #selection: Selection | null = null
  #lease: Lease | null = null
  #startedMs = 0

  constructor(session: Session, settings: SessionForwardSettings, ports: Ports) {
    super()
    this.session = session
    this.settings = settings
    this.ports = ports
  }

  start(): void {
    this.#startedMs = this.ports.wheel.now
    this.settings.target(this.session, found => {
      if (this.done) return
      if ('code' in found) {
        this.tell(ERROR, found)
        return this.#end(found)
      }
      this.#target = found
      this.next()
    })
  }

  // === Asker

  hashKey(): string {
    return this.#target!.hashKey(this.session)
  }

  address(): Uint8Array {
    return addressBytes(this.session.remoteAddress)
  }

  /** Sessions carry nothing that could bind them. */
  stickyId(): string {
    return ''
  }

  /** Connects to that peer; `stands` or `attemptFailed` is to be called. */
  protected abstract dial(peer: Peer): void

  /** Nobody is left to try, or what happened allows no further try. Once. */
  protected abstract gaveUp(problem: Failure, status: number): void

  protected next(): void {
    const { current } = this.#target!
    this.session.upstream = current.name
    if (this.#selection === null) {
      this.#selection = current.select(this)
      const { tries } = this.settings
      if (tries > 0 && this.#selection.tries > tries) this.#selection.tries = tries
    }
    const lease = current.lease(this.#selection)
    if (!(lease instanceof Promise)) return this.#leased(lease)
    lease.then(
      found => this.#leased(found),
      (cause: unknown) => this.#end(failure('internal', cause)),
    )
  }

  protected stands(): void {
    const attempt = this.attempt!
    attempt.connectMs = this.ports.wheel.touch() - attempt.startedMs
    this.#lease?.connected?.()
    if (this.settings.timedBy === 'connect') this.#lease?.responded?.(attempt.connectMs, 200)
  }

  /** The first bytes of the origin came. */
  answered(): void {
    const attempt = this.attempt
    if (attempt === null || attempt.headerMs >= 0) return
    attempt.headerMs = this.ports.wheel.now - attempt.startedMs
    if (this.settings.timedBy === 'first_byte') this.#lease?.responded?.(attempt.headerMs, 200)
  }

  /** The attempt failed before a connection stood: the next peer, or the end. */
  protected attemptFailed(problem: Failure): void {
    this.attempt!.failure = problem
    this.closeAttempt()
    this.tell(ERROR, problem)
    this.endLease('failed')
    const { nextUpstream, triesTimeoutMs } = this.settings
    const late = triesTimeoutMs > 0 && this.ports.wheel.now - this.#startedMs >= triesTimeoutMs
    if (this.#selection!.tries === 0 || !nextUpstream || late) this.#end(problem)
    else this.next()
  }

  /** It can't even be tried, and no other peer would change that. */
  protected impossible(problem: Failure): void {
    this.attempt!.failure = problem
    this.closeAttempt()
    this.tell(ERROR, problem)
    this.endLease('abandoned')
    this.#end(problem)
  }

  protected closeAttempt(): void {
    const { attempt } = this
    if (attempt !== null && attempt.responseMs < 0) attempt.responseMs = this.ports.wheel.now - attempt.startedMs
  }

  protected endLease(outcome: LeaseOutcome): void {
    const lease = this.#lease
    if (lease === null) return
    this.#lease = null
    const { attempt } = this
    const disabled = lease.end(outcome, attempt?.responseMs)
    if (attempt !== null) this.ports.sessionAttempted(lease.peer.row, attempt, disabled)
    if (disabled) this.say(WARN, 'upstream server temporarily disabled')
  }

  /** It will not be asked any more: what it waits for is let go. */
  protected leave(): void {
    this.done = true
    this.ports.wheel.disarm(this)
    this.#selection?.leave()
    this.closeAttempt()
    this.endLease('abandoned')
  }

  protected tell(level: number, problem: Failure): void {
    const cause = typeof problem.cause === 'string' ? problem.cause : ''
    const text = failures[problem.code].text + (cause === '' ? '' : ` (${cause})`)
    this.say(level, texts[problem.code] ?? (TOLD.has(problem.code) && cause !== '' ? cause : text))
  }

  protected say(level: number, text: string): void {
    this.session.server.tell(this.session, level, text)
  }

  #leased(lease: Lease | Failure): void {
    if ('code' in lease) {
      if (this.done) return
      this.#begin(this.#target!.current.name).failure = lease
      this.closeAttempt()
      this.tell(ERROR, lease)
      return this.#end(lease)
    }
    if (this.done) {
      lease.end('abandoned')
      return
    }
    this.#lease = lease
    this.#begin(lease.peer.name)
    this.dial(lease.peer)
  }

  #begin(address: string): Attempt {
    const attempt = (this.attempt = new Attempt(address, this.ports.wheel.touch()))
    this.session.attempts.push(attempt)
    return attempt
  }

  #end(problem: Failure): void {
    this.done = true
    // As nginx counts: what no server could be had for is 502, what could not even be asked for is 500.
    const { side, status } = failures[problem.code]
    this.gaveUp(problem, side === 'upstream' || (status !== 0 && !OURS.has(problem.code)) ? 502 : 500)
  }
}

/** What keeps anybody from being asked. */
const OURS: ReadonlySet<Failure['code']> = new Set([
  'not_resolved',
  'no_resolver',
  'invalid_target',
  'certificate_not_loaded',
  'internal',
])

/** Their causes say it all. */
const TOLD: ReadonlySet<Failure['code']> = new Set(['not_resolved', 'no_resolver', 'invalid_target'])

/** As nginx words them for people who look for them in logs. */
const texts: Readonly<Partial<Record<Failure['code'], string>>> = {
  connect_refused: 'connect() failed (111: Connection refused) while connecting to upstream',
  connect_timeout: 'upstream timed out (110: Connection timed out) while connecting to upstream',
  handshake_timeout: 'upstream timed out (110: Connection timed out) while SSL handshaking to upstream',
  no_reply: 'upstream timed out (110: Connection timed out) while proxying connection',
}
