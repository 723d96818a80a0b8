/**
 * Forwards one exchange to an upstream: leases a peer, sends the request, hands the answer back, and goes on to the next
 * peer where that is allowed. Retries are known here and nowhere else; once the answer's head has been handed on there
 * are none.
 *
 * One object an exchange, and no closure, promise or timer of its own beyond the wheel: this runs for every request.
 */
import { Attempt } from '../exchange/attempt.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { failure, failures, type Failure } from '../exchange/failure.ts'
import type { Fields } from '../exchange/fields.ts'
import { ResponseHead, type RequestHead } from '../exchange/head.ts'
import { ERROR, WARN } from '../exchange/log-level.ts'
import { settledSource, type Source } from '../exchange/sink.ts'
import type { Channel } from '../net/channel.ts'
import { dialAny, type Dialing, type DialUser } from '../net/dial.ts'
import { Deadline } from '../net/timer-wheel.ts'
import type { Selection } from '../upstream/selection.ts'
import type { Asker, Lease, LeaseOutcome } from '../upstream/upstream.ts'
import { addressBytes } from './address-bytes.ts'
import type { ForwardSettings, ForwardTarget } from './forward-settings.ts'
import { OriginConnection, type ResponseReceiver } from './http1/origin-connection.ts'
import { mayRetry, mayRetryStatus, type AttemptFacts } from './may-retry.ts'
import type { Ports } from './ports.ts'
import { openTunnel } from './upgrade.ts'

export class Forward extends Deadline implements ResponseReceiver, Source, DialUser, Asker, AttemptFacts {
  readonly #exchange: Exchange
  readonly #settings: ForwardSettings
  readonly #target: ForwardTarget
  readonly #ports: Ports
  readonly #startedMs: number
  #selection: Selection | null = null
  #lease: Lease | null = null
  #dialing: Dialing | null = null
  #connection: OriginConnection | null = null
  #attempt: Attempt | null = null
  #request: RequestHead | null = null
  /** The answer's head was handed on: what fails now ends the exchange. */
  #answering = false
  #over = false
  sent = false

  constructor(exchange: Exchange, settings: ForwardSettings, target: ForwardTarget, ports: Ports) {
    super()
    this.#exchange = exchange
    this.#settings = settings
    this.#target = target
    this.#ports = ports
    this.#startedMs = ports.wheel.now
  }

  start(): void {
    const { body } = this.#exchange
    if (!this.#settings.ignoreClientAbort) this.#exchange.work = this
    if (body.length === 0 || !this.#settings.bufferRequest || !this.#settings.passBody) return this.#next()
    body.collect(problem => {
      if (this.#over) return
      if (problem !== null) this.#giveUp(problem)
      else this.#next()
    })
  }

  // === AttemptFacts

  get method(): string {
    return this.#exchange.method
  }

  get bodySpent(): boolean {
    return this.#exchange.body.spent
  }

  /** A lease that has not ended yet still holds its own try. */
  get triesLeft(): number {
    const { tries } = this.#selection!
    return this.#lease === null ? tries : tries - 1
  }

  get elapsedMs(): number {
    return this.#ports.wheel.now - this.#startedMs
  }

  // === Asker

  hashKey(): string {
    return this.#target.hashKey(this.#exchange)
  }

  address(): Uint8Array {
    return addressBytes(this.#exchange.remoteAddress)
  }

  // === one attempt

  #next(): void {
    const exchange = this.#exchange
    const { upstream } = this.#target
    this.#selection ??= this.#settings.limitTries(upstream.select(this))
    exchange.upstream = upstream.name
    const lease = upstream.lease(this.#selection)
    if (lease instanceof Promise) {
      lease.then(
        found => this.#leased(found),
        cause => this.#giveUp(failure('internal', cause)),
      )
    } else this.#leased(lease)
  }

  #leased(lease: Lease | Failure): void {
    if ('code' in lease) {
      if (!this.#over) this.#nobody(lease)
      return
    }
    if (this.#over) {
      lease.end('abandoned')
      return
    }
    this.#lease = lease
    this.sent = false
    const { wheel, buffers } = this.#ports
    const attempt = (this.#attempt = this.#begin(lease.peer.name))
    attempt.queueMs = this.#selection!.queuedMs
    const pooled = this.#target.pool?.take(this.#target.poolKey(lease.peer)) as OriginConnection | undefined
    if (pooled !== undefined) {
      attempt.reused = true
      attempt.connectMs = 0
      return this.#send(pooled)
    }
    wheel.arm(this, this.#settings.connectTimeoutMs)
    this.#dialing = dialAny(lease.peer.addresses, this.#settings.dialOptions(this.#exchange, buffers), this)
  }

  connected(channel: Channel): void {
    this.#dialing = null
    this.#ports.wheel.disarm(this)
    const target = this.#target
    const connection = new OriginConnection(
      channel,
      this.#ports.wheel,
      this.#settings.origin,
      target.pool,
      target.poolKey(this.#lease!.peer),
    )
    if (this.#over) return connection.closeIdle()
    this.#ports.wheel.touch()
    this.#attempt!.connectMs = this.#ports.wheel.now - this.#attempt!.startedMs
    this.#send(connection)
  }

  failed(error: string): void {
    this.#dialing = null
    this.#ports.wheel.disarm(this)
    if (this.#over) return
    this.#failed(failure(error === 'ECONNREFUSED' ? 'connect_refused' : 'connect_failed', error))
  }

  /** The connection could not be made in time. */
  override expired(): void {
    this.#dialing?.cancel()
    this.#dialing = null
    this.#failed(failure('connect_timeout'))
  }

  #send(connection: OriginConnection): void {
    const exchange = this.#exchange
    const settings = this.#settings
    this.#connection = connection
    this.sent = true
    connection.begin(this, settings.origin)
    this.#request ??= settings.request(exchange, this.#target)
    connection.head(this.#request, settledSource)
    if (settings.setBody !== null) {
      connection.body(Buffer.from(settings.setBody(exchange), 'latin1'))
      connection.end()
    } else if (exchange.body.length === 0 || !settings.passBody) connection.end()
    else {
      connection.requestFrom(exchange.body.sendTo(connection))
      // A body that is still to come must not keep the head waiting.
      connection.flush()
    }
  }

  // === ResponseReceiver

  interim(head: ResponseHead): void {
    // 100 was answered by us if it was asked for; 103 goes on where the location says so (early_hints).
    if (head.status !== 103 || !this.#settings.passesEarlyHints(this.#exchange)) return
    head.fields.hide = this.#settings.hiddenFields
    this.#exchange.reply.interim(head)
  }

  head(head: ResponseHead): void {
    const exchange = this.#exchange
    const attempt = this.#attempt!
    const settings = this.#settings
    attempt.status = head.status
    attempt.head = head
    attempt.headerMs = this.#ports.wheel.now - attempt.startedMs
    this.#lease?.responded?.(attempt.headerMs)
    if (head.status === 101) return this.#upgrade(head)
    if (head.status >= 400 && mayRetryStatus(head.status, this, settings.retry)) {
      const blameless = head.status === 403 || head.status === 404
      this.#drop(blameless ? 'abandoned' : 'failed')
      return this.#next()
    }
    const elsewhere = head.status >= 300 || settings.looksAtAll ? settings.replacement(exchange, head) : undefined
    if (elsewhere !== undefined) {
      this.#drop('served')
      this.#over = true
      exchange.work = null
      return exchange.loop.proceed(exchange, elsewhere)
    }
    const answer = new ResponseHead(head.status, head.fields.overlay(settings.hiddenFields), head.length, head.reason)
    answer.addServer = settings.addServer
    answer.addDate = settings.addDate
    settings.adjust(exchange, answer)
    this.#answering = true
    exchange.reply.head(answer, this)
  }

  body(part: Uint8Array): boolean {
    this.#attempt!.bodyBytes += part.length
    return this.#exchange.reply.body(part)
  }

  flush(): void {
    this.#exchange.reply.flush()
  }

  end(trailers?: Fields): void {
    if (trailers !== undefined) this.#attempt!.trailers = trailers
    this.#closeAttempt()
    this.#over = true
    this.#connection = null
    this.#endLease('served')
    this.#exchange.reply.end(this.#settings.passTrailers ? trailers : undefined)
  }

  abort(problem: Failure): void {
    this.#closeAttempt()
    this.#connection = null
    if (this.#over) return
    if (!this.#answering) return this.#failed(problem)
    this.#over = true
    // As in nginx, what fails after the head is not held against the peer.
    this.#endLease('served')
    this.#attempt!.failure = problem
    this.#log(ERROR, problem)
    this.#exchange.reply.abort(problem)
  }

  // === Source: the client's side slows or stops the answer

  pause(): void {
    this.#connection?.pause()
  }

  resume(): void {
    this.#connection?.resume()
  }

  cancel(problem: Failure): void {
    if (this.#over) return
    this.#over = true
    this.#selection?.leave()
    if (this.#attempt !== null) {
      this.#attempt.failure ??= problem
      this.#closeAttempt()
    }
    this.#letGo()
    this.#endLease('abandoned')
  }

  // === endings

  #upgrade(head: ResponseHead): void {
    if (this.#exchange.request.upgrade === '' || !this.#request!.fields.has('upgrade')) {
      this.#letGo()
      return this.#failed(failure('unasked_upgrade'))
    }
    const connection = this.#connection!
    this.#answering = true
    this.#over = true
    this.#exchange.work = null
    const answer = new ResponseHead(101, head.fields.overlay(this.#settings.hiddenFields), head.length, head.reason)
    answer.addServer = this.#settings.addServer
    answer.addDate = this.#settings.addDate
    answer.upgrade = head.upgrade
    openTunnel(
      this.#exchange,
      answer,
      connection.detach(),
      this.#settings.origin.readTimeoutMs,
      this.#ports,
      (up, down) => {
        this.#attempt!.bytesSent += up
        this.#attempt!.bytesReceived += down
        this.#closeAttempt()
        this.#endLease('served')
      },
    )
    this.#connection = null
  }

  /** The attempt failed before an answer: the next peer, or the end. */
  #failed(problem: Failure): void {
    const attempt = this.#attempt!
    const row = failures[problem.code]
    attempt.failure = problem
    if (row.side === 'upstream' && row.status !== 0) attempt.status = row.status
    this.#closeAttempt()
    if (row.side !== 'upstream') {
      this.#endLease('abandoned')
      return this.#giveUp(problem)
    }
    this.#log(ERROR, problem)
    this.#endLease('failed')
    // A kept connection that died before its answer may just have been closed in time: that costs no try (nginx). After
    // the lease has ended, since that takes every try where there is one peer only.
    if (attempt.reused && row.condition === 'error' && attempt.bytesReceived === 0) this.#selection!.giveBack()
    if (mayRetry(problem, this, this.#settings.retry)) this.#next()
    else this.#giveUp(problem)
  }

  #nobody(problem: Failure): void {
    // After tries that failed, their last failure says more than that nobody is left; nginx answers 502 for both.
    const attempt = this.#begin(this.#target.upstream.name)
    attempt.failure = problem
    attempt.status = 502
    attempt.queueMs = this.#selection!.queuedMs
    this.#attempt = attempt
    this.#closeAttempt()
    this.#log(ERROR, problem)
    this.#giveUp(problem)
  }

  #giveUp(problem: Failure): void {
    this.#over = true
    this.#exchange.work = null
    this.#exchange.loop.proceed(this.#exchange, problem)
  }

  /** The answer of this peer is not wanted. */
  #drop(outcome: LeaseOutcome): void {
    this.#closeAttempt()
    this.#letGo()
    this.#endLease(outcome)
  }

  #letGo(): void {
    this.#dialing?.cancel()
    this.#dialing = null
    this.#ports.wheel.disarm(this)
    const connection = this.#connection
    this.#connection = null
    connection?.cancel()
  }

  #endLease(outcome: LeaseOutcome): void {
    const lease = this.#lease
    if (lease === null) return
    this.#lease = null
    if (lease.end(outcome, this.#attempt?.responseMs)) this.#tell(WARN, 'upstream server temporarily disabled')
  }

  #begin(address: string): Attempt {
    const exchange = this.#exchange
    const attempt = new Attempt(address, this.#ports.wheel.now)
    // The empty list is shared by all exchanges that forward nothing.
    if (exchange.attempts.length === 0) exchange.attempts = [attempt]
    else {
      attempt.afterRedirect = this.#attempt === null
      exchange.attempts.push(attempt)
    }
    return attempt
  }

  #closeAttempt(): void {
    const attempt = this.#attempt
    if (attempt === null || attempt.responseMs >= 0) return
    attempt.responseMs = this.#ports.wheel.now - attempt.startedMs
    const connection = this.#connection
    if (connection === null) return
    attempt.bytesSent = connection.bytesSent
    attempt.bytesReceived = connection.bytesReceived
  }

  #log(level: number, problem: Failure): void {
    const cause = typeof problem.cause === 'string' && problem.cause !== '' ? ` (${problem.cause})` : ''
    this.#tell(level, failures[problem.code].text + cause)
  }

  #tell(level: number, text: string): void {
    this.#exchange.route.errorLog.tell(this.#exchange, level, text)
  }
}
