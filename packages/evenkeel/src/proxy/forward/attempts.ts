/**
 * What is kept of the attempts to forward one exchange: which peers were chosen, how each attempt went, what that means
 * for the peer, and whether there may be another one. Forward does the rest, and asks here.
 */
import { Attempt } from '../../exchange/attempt.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import { failure, failures, type Failure } from '../../exchange/failure.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import { ERROR, WARN } from '../../exchange/log-level.ts'
import type { Selection } from '../../upstream/selection.ts'
import type { Asker, Lease, LeaseOutcome } from '../../upstream/upstream.ts'
import { addressBytes } from './address-bytes.ts'
import type { ForwardSettings, ForwardTarget } from './forward-settings.ts'
import { asksForAnother, mayHedge, mayRetry, mayRetryStatus, type AttemptFacts } from './may-retry.ts'
import type { OriginLink } from './origin-link.ts'
import type { Ports } from '../ports.ts'
import { whyNobody } from './why-nobody.ts'

/** What counts for the choice of peers. */
export type AttemptSettings = Pick<ForwardSettings, 'retry' | 'limitTries'>

interface Beside {
  readonly lease: Lease | null
  readonly current: Attempt | null
  readonly sent: boolean
}

export class Attempts implements AttemptFacts, Asker {
  /** A place at a peer, until the attempt has ended. */
  lease: Lease | null = null
  /** The one under way, or the last one. */
  current: Attempt | null = null
  sent = false
  readonly startedMs: number
  readonly #exchange: Exchange
  readonly #settings: AttemptSettings
  readonly #target: ForwardTarget
  readonly #ports: Ports
  #selection: Selection | null = null
  /** Failed ones of which it is not known yet whether it was the peer or the request. */
  #doubtful: Lease[] | null = null
  /** A second attempt that runs beside the first (proxy/hedge). */
  #beside: Beside | null = null

  constructor(exchange: Exchange, settings: AttemptSettings, target: ForwardTarget, ports: Ports) {
    this.#exchange = exchange
    this.#settings = settings
    this.#target = target
    this.#ports = ports
    this.startedMs = ports.wheel.now
  }

  // === AttemptFacts

  get method(): string {
    return this.#exchange.method
  }

  get bodyGone(): boolean {
    const { body } = this.#exchange
    return body.spent && body.recalled !== true
  }

  get bodySpent(): boolean {
    return this.#exchange.body.spent
  }

  /** A lease that has not ended yet still holds its own try. */
  get triesLeft(): number {
    const { tries } = this.#selection!
    const held = (this.lease === null ? 0 : 1) + (this.#beside === null || this.#beside.lease === null ? 0 : 1)
    return tries - held
  }

  get elapsedMs(): number {
    return this.#ports.wheel.now - this.startedMs
  }

  // === Asker

  hashKey(): string {
    return this.#target.hashKey(this.#exchange)
  }

  address(): Uint8Array {
    return addressBytes(this.#exchange.remoteAddress)
  }

  stickyId(): string {
    return this.#target.sticky?.idOf(this.#exchange) ?? ''
  }

  // === one after the other

  /** A place for the next one. */
  ask(): Lease | Failure | Promise<Lease | Failure> {
    const { upstream } = this.#target
    this.#selection ??= this.#settings.limitTries(upstream.select(this))
    this.#exchange.upstream = upstream.name
    return upstream.lease(this.#selection)
  }

  /** If it still waits for a place it does no longer. */
  leave(): void {
    this.#selection?.leave()
  }

  begin(lease: Lease): Attempt {
    this.lease = lease
    this.sent = false
    return this.#add(lease.peer.name, this.#target.upstream.explains === true)
  }

  /** A place beside the one that is held; null: there is none. */
  askBeside(): Lease | null {
    return this.triesLeft > 0 ? (this.#target.upstream.hedging?.lease(this.#selection!) ?? null) : null
  }

  beginBeside(lease: Lease): Attempt {
    const { current } = this
    const attempt = this.#add(lease.peer.name, this.#target.upstream.explains === true)
    this.current = current
    this.#beside = { lease, current: attempt, sent: false }
    return attempt
  }

  /** What is said from here on is said of the other one of two attempts, until the next call. */
  turn(): void {
    const { lease, current, sent } = this
    const beside = this.#beside!
    this.lease = beside.lease
    this.current = beside.current
    this.sent = beside.sent
    this.#beside = { lease, current, sent }
  }

  /** The attempt at hand goes on alone. The last in lists is whose answer counts. */
  alone(): void {
    const { attempts } = this.#exchange
    const last = attempts.length - 1
    const { current } = this
    if (current !== null && attempts[last] !== current) {
      const other = attempts[last]!
      other.afterRedirect = current.afterRedirect
      current.afterRedirect = false
      attempts[last - 1] = other
      attempts[last] = current
    }
    this.#beside = null
  }

  /** Another attempt was faster, which says nothing about this peer. */
  outrun(connection: OriginLink | null): void {
    if (this.lease === null) return
    this.current!.failure ??= failure('outrun')
    this.close(connection)
    this.end('doubtful')
  }

  /** Nobody was to be had. After tries that failed, nginx answers 502 as well. */
  none(problem: Failure): void {
    const attempt = this.#add(this.#target.upstream.name, true, false)
    attempt.failure = problem
    attempt.status = failures[problem.code].status
    this.close(null)
    this.#log(ERROR, problem.code === 'no_live_peers' ? { ...problem, cause: whyNobody(attempt.choice) } : problem)
  }

  responded(head: ResponseHead): Attempt {
    const attempt = this.current!
    attempt.status = head.status
    attempt.head = head
    attempt.headerMs = this.#ports.wheel.now - attempt.startedMs
    this.lease?.responded?.(attempt.headerMs, head.status)
    return attempt
  }

  /** An answer that asks for another peer, where one may be asked. `atWork`: another one is asked already. */
  mayPassOn(status: number, atWork = false): boolean {
    if (status < 400) return false
    if (atWork) return asksForAnother(status, this.#settings.retry)
    return mayRetryStatus(status, this, this.#settings.retry) && this.#isInBudget()
  }

  /** Whether a request may be sent to two peers at a time: one that may run twice, and has nothing that is sent once. */
  get mayHedge(): boolean {
    return mayHedge(this.method, this.#settings.retry) && !this.#exchange.body.spent
  }

  /** The answer goes to the client. */
  answered(answer: ResponseHead): void {
    const { sticky } = this.#target
    if (sticky !== null && this.lease !== null) sticky.answered(this.#exchange, answer, this.lease.peer.stickyId)
  }

  /** It failed before an answer. Answers whether the next peer may be asked; `atWork`: another one is asked already. */
  failed(problem: Failure, connection: OriginLink | null, atWork = false): boolean {
    const attempt = this.current!
    const row = failures[problem.code]
    attempt.failure = problem
    if (row.side === 'upstream' && row.status !== 0) attempt.status = row.status
    this.close(connection)
    if (row.side !== 'upstream') {
      this.end('abandoned')
      return false
    }
    this.#log(ERROR, problem)
    // A peer that refuses a stream, or goes away in good order, has not failed.
    this.end(problem.code === 'stream_refused' ? 'abandoned' : 'failed')
    // A kept connection that died before its answer may just have been closed in time: that costs no try (nginx). After
    // the lease has ended, since that takes every try where there is one peer only.
    const stale = attempt.reused && row.condition === 'error' && attempt.bytesReceived === 0
    if (stale) this.#selection!.giveBack()
    if (atWork) return false
    return mayRetry(problem, this, this.#settings.retry) && (stale || this.#isInBudget())
  }

  /** It broke off behind the head: as in nginx, that is not held against the peer. */
  brokeOff(problem: Failure): void {
    this.end('served')
    this.current!.failure = problem
    this.#log(ERROR, problem)
  }

  /** Its connection was a tunnel, which is closed now. */
  tunnelled(up: number, down: number): void {
    this.current!.bytesSent += up
    this.current!.bytesReceived += down
    this.close(null)
    this.end('served')
  }

  /** What it took is known. */
  close(connection: OriginLink | null): void {
    const attempt = this.current
    if (attempt === null || attempt.responseMs >= 0) return
    attempt.responseMs = this.#ports.wheel.now - attempt.startedMs
    if (connection === null) return
    attempt.bytesSent = connection.bytesSent
    attempt.bytesReceived = connection.bytesReceived
  }

  end(outcome: LeaseOutcome): void {
    const { lease } = this
    if (lease === null) return
    this.lease = null
    // Who left in the middle of an answer has had its head, and what that says of a session.
    const answered = outcome === 'served' || (outcome === 'abandoned' && this.current?.head != null)
    if (answered) this.#target.sticky?.served(this.#exchange, lease.peer.stickyId)
    if (outcome === 'served' && this.#doubtful !== null) this.#blame()
    const doubtful = outcome === 'failed' && this.sent && this.#target.upstream.model.failCounts === 'proven'
    if (doubtful) (this.#doubtful ??= []).push(lease)
    const disabled = lease.end(doubtful ? 'doubtful' : outcome, this.current?.responseMs)
    this.#isOut(disabled)
    if (this.current !== null) this.#ports.attempted(lease.peer.row, this.current, disabled)
  }

  /** There will be no other: one that failed alone is to blame, of several it was the request. */
  givenUp(): void {
    if (this.#doubtful?.length === 1 && this.#exchange.attempts.at(-2) === undefined) this.#blame()
  }

  #blame(): void {
    for (const lease of this.#doubtful ?? []) this.#isOut(lease.blame?.() ?? false)
    this.#doubtful = null
  }

  #isOut(out: boolean): void {
    if (out) this.#tell(WARN, 'upstream server temporarily disabled')
  }

  #isInBudget(): boolean {
    return this.#target.upstream.mayRetry?.() ?? true
  }

  #add(address: string, explained: boolean, chosen = true): Attempt {
    const exchange = this.#exchange
    const attempt = new Attempt(address, this.#ports.wheel.now)
    attempt.queueMs = this.#selection!.queuedMs
    if (explained) attempt.choice = this.#target.upstream.explain?.(this.#selection!, chosen) ?? null
    // The empty list is shared by all exchanges that forward nothing.
    if (exchange.attempts.length === 0) exchange.attempts = [attempt]
    else {
      attempt.afterRedirect = this.current === null
      exchange.attempts.push(attempt)
    }
    this.current = attempt
    return attempt
  }

  #log(level: number, problem: Failure): void {
    const { cause, code } = problem
    // What is quoted is part of the sentence.
    const said = typeof cause !== 'string' || cause === '' ? '' : cause.startsWith('"') ? ` ${cause}` : ` (${cause})`
    this.#tell(level, failures[code].text + said)
  }

  #tell(level: number, text: string): void {
    this.#exchange.route.errorLog.tell(this.#exchange, level, text)
  }
}
