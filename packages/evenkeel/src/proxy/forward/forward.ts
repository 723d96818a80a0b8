/**
 * Forwards one exchange to an upstream: leases a peer, sends the request, hands the answer back, and goes on to the next
 * peer where that is allowed. Retries are known here and nowhere else; once the answer's head has been handed on there
 * are none.
 *
 * One object an exchange, and no closure, promise or timer of its own beyond the wheel: this runs for every request.
 */
import type { Attempt } from '../../exchange/attempt.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import { failure, type Failure } from '../../exchange/failure.ts'
import type { Fields } from '../../exchange/fields.ts'
import type { RequestHead, ResponseHead } from '../../exchange/head.ts'
import { ERROR } from '../../exchange/log-level.ts'
import type { Source } from '../../exchange/sink.ts'
import type { Lease, LeaseOutcome } from '../../upstream/upstream.ts'
import { Attempts } from './attempts.ts'
import type { ForwardSettings, ForwardTarget } from './forward-settings.ts'
import { hedgeOf, type Hedge, type Hedged } from './hedge.ts'
import { OriginConnection } from '../http1/origin-connection.ts'
import { OriginApproach } from './origin-approach.ts'
import type { OriginLink, ResponseReceiver } from './origin-link.ts'
import type { Ports } from '../ports.ts'
import { answerOf, sendRequest } from './passing.ts'
import { SlowClient } from '../body/slow-client.ts'
import { totalTimeOf, type TotalTime } from './total-time.ts'
import { asksToSwitch, openTunnel } from '../tunnel/upgrade.ts'
import { lacksKey } from '../tunnel/websocket.ts'

export class Forward extends OriginApproach implements Hedged, Source {
  #connection: OriginLink | null = null
  #request: RequestHead | null = null
  /** The answer's head was handed on: what fails now ends the exchange. */
  #answering = false
  /** null while the client takes everything at once. */
  #slow: SlowClient | null = null
  /** The cache answers in place of this response, once it has ended. */
  #taken = false
  /** It waits before the next attempt. */
  #resting = false
  /** null: all attempts together may take as long as they like. */
  #total: TotalTime | null = null
  /** A second attempt, or the wait for it; null: there is none, or was none yet. */
  #hedge: Hedge | null = null

  constructor(exchange: Exchange, settings: ForwardSettings, target: ForwardTarget, ports: Ports) {
    super(exchange, settings, target, new Attempts(exchange, settings, target, ports), ports)
  }

  start(): void {
    const { body, cache } = this.exchange
    if (!this.settings.ignoreClientAbort) this.exchange.work = cache === null ? this : cache.guard(this)
    this.#total = totalTimeOf(this, this.exchange, this.settings, this.ports.wheel)
    if (this.target.tls !== null) {
      const tls = this.target.tls(this.exchange, this.target.host)
      if ('code' in tls) {
        this.exchange.route.errorLog.tell(this.exchange, ERROR, String(tls.cause))
        return this.giveUp(tls)
      }
      this.tls = tls
    }
    if (body.length === 0 || !this.settings.bufferRequest || !this.settings.passBody) return this.next()
    body.collect(problem => {
      if (this.over) return
      if (problem !== null) this.giveUp(problem)
      else this.next()
    })
  }

  /** Besides what a connection may take: it has waited long enough for the next attempt. */
  override expired(): void {
    if (!this.#resting) return super.expired()
    this.#resting = false
    this.next()
  }

  protected override approach(lease: Lease, attempt: Attempt): void {
    const { hedging } = this.target.upstream
    if (hedging != null && this.#hedge === null) {
      const { exchange, settings, target, attempts, ports, tls } = this
      this.#hedge = hedgeOf(this, hedging, exchange, settings, target, attempts, ports, tls)
    }
    super.approach(lease, attempt)
  }

  protected reached(connection: OriginLink): void {
    this.#connection = connection
    this.#request ??= this.settings.request(this.exchange, this.target)
    if (this.exchange.request.upgrade !== '' && lacksKey(this.#request)) {
      this.#drop('abandoned')
      return this.giveUp(failure('malformed_request', 'a WebSocket without its key'))
    }
    this.attempts.sent = true
    this.send(connection, this)
  }

  send(connection: OriginLink, receiver: ResponseReceiver): void {
    this.#request ??= this.settings.request(this.exchange, this.target)
    sendRequest(this.exchange, this.#request, this.settings, connection, receiver)
  }

  // === ResponseReceiver

  interim(head: ResponseHead): void {
    // 100 was answered by us if it was asked for; 103 goes on where the location says so (early_hints).
    if (head.status !== 103 || !this.settings.passesEarlyHints(this.exchange)) return
    head.fields.hide = this.settings.hiddenFields
    this.exchange.reply.interim(head)
  }

  head(head: ResponseHead): void {
    const exchange = this.exchange
    const settings = this.settings
    this.attempts.responded(head)
    const hedge = this.#hedge
    if (head.status === 101) return this.#upgrade(head)
    const hedged = hedge !== null && hedge.underWay
    if (this.attempts.mayPassOn(head.status, hedged)) {
      const blameless = head.status === 403 || head.status === 404
      this.#drop(blameless ? 'abandoned' : 'failed')
      return this.#again(hedged)
    }
    if (hedge !== null) hedge.lose()
    const { cache } = exchange
    if (cache !== null && cache.takes(head)) {
      // A 304 has no body: its connection is good for more.
      this.#taken = true
      if (head.status === 304) return
      this.#drop('served')
      this.over = true
      return cache.serve()
    }
    const elsewhere = head.status >= 300 || settings.looksAtAll ? settings.replacement(exchange, head) : undefined
    if (elsewhere !== undefined) {
      this.#drop('served')
      this.#close()
      exchange.work = null
      cache?.replaced(head)
      return exchange.loop.proceed(exchange, elsewhere)
    }
    const answer = answerOf(head, settings)
    settings.adjust(exchange, answer)
    this.attempts.answered(answer)
    this.#answering = true
    if (cache !== null) {
      cache.keeps(head, answer)
      if (this.over) return
    }
    exchange.reply.head(answer, this)
  }

  body(part: Uint8Array): boolean {
    this.attempts.current!.bodyBytes += part.length
    return this.exchange.reply.body(part) || this.#waits()
  }

  flush(): void {
    if (!this.#taken) this.exchange.reply.flush()
  }

  end(trailers?: Fields): void {
    this.#slow?.stop()
    const attempts = this.attempts
    if (trailers !== undefined) attempts.current!.trailers = trailers
    attempts.close(this.#connection)
    this.#close()
    this.#connection = null
    attempts.end('served')
    if (this.#taken) return this.exchange.cache!.serve()
    this.exchange.reply.end(this.settings.passTrailers ? trailers : undefined)
  }

  abort(problem: Failure): void {
    this.#slow?.stop()
    this.attempts.close(this.#connection)
    this.#connection = null
    if (this.over) return
    if (!this.#answering) return this.unreached(problem)
    this.#close()
    this.attempts.brokeOff(problem)
    this.exchange.reply.abort(problem)
  }

  // === Source: the client's side slows or stops the answer

  pause(): void {
    this.#slow?.paused()
    this.#connection?.pause()
  }

  resume(): void {
    if (this.#slow !== null) this.#slow.resumed()
    else this.#connection?.resume()
  }

  /** The client did not take all of a part. */
  #waits(): boolean {
    const { exchange, settings, ports } = this
    const { fields } = this.attempts.current!.head!
    this.#slow ??= new SlowClient(exchange, settings.readAhead, fields, ports.wheel, () => this.#connection?.resume())
    return this.#slow.waits()
  }

  cancel(problem: Failure): void {
    if (this.over) return
    this.#hedge?.lose()
    this.#close()
    const attempts = this.attempts
    attempts.leave()
    if (attempts.current !== null) {
      if (problem.code !== 'not_wanted') attempts.current.failure ??= problem
      attempts.close(this.#connection)
    }
    this.#letGo()
    attempts.end('abandoned')
  }

  // === a second attempt beside the first

  overtaken(): void {
    this.attempts.outrun(this.#connection)
    this.#letGoLink()
  }

  adopt(link: OriginLink | null): void {
    this.#connection = link
  }

  // === endings

  #upgrade(head: ResponseHead): void {
    const connection = this.#connection
    if (!(connection instanceof OriginConnection) || !asksToSwitch(this.exchange, this.#request!, head)) {
      this.#letGo()
      return this.unreached(failure('unasked_upgrade'))
    }
    this.#answering = true
    this.#close()
    this.exchange.work = null
    this.#connection = null
    const answer = answerOf(head, this.settings)
    answer.upgrade = head.upgrade
    const idleMs = this.settings.origin.readTimeoutMs
    openTunnel(this.exchange, answer, connection.detach(), idleMs, this.ports, (up, down) => {
      this.attempts.tunnelled(up, down)
    })
  }

  /** The attempt failed before an answer: the next peer, or the end. */
  unreached(problem: Failure): void {
    const hedged = this.#hedge !== null && this.#hedge.underWay
    const mayGoOn = this.attempts.failed(problem, this.#connection, hedged)
    if (mayGoOn || hedged) this.#again(hedged)
    else this.giveUp(problem)
  }

  /** The next peer, at once or after a while: clients that were turned away together come back one by one. */
  #again(hedged: boolean): void {
    if (hedged) return this.#hedge!.lead()
    this.#hedge?.letGo()
    const waitMs = this.settings.backOffMs(this.exchange.attempts.length)
    if (waitMs <= 0) return this.next()
    this.#resting = true
    this.ports.wheel.arm(this, waitMs)
  }

  /** The time for all attempts together is over. */
  outOfTime(problem: Failure): void {
    if (this.over) return
    this.#hedge?.lose()
    this.#slow?.stop()
    this.attempts.leave()
    this.attempts.close(this.#connection)
    this.#letGo()
    if (this.#answering) {
      this.#close()
      this.attempts.brokeOff(problem)
      this.exchange.reply.abort(problem)
    } else if (this.attempts.lease === null) this.giveUp(problem)
    else this.unreached(problem)
  }

  #close(): void {
    this.over = true
    if (this.#total !== null) this.ports.wheel.disarm(this.#total)
  }

  protected giveUp(problem: Failure): void {
    this.#hedge?.letGo()
    this.#close()
    this.attempts.givenUp()
    this.exchange.work = null
    const { cache } = this.exchange
    if (cache === null || !cache.failed(problem)) this.exchange.loop.proceed(this.exchange, problem)
  }

  /** The answer of this peer is not wanted. */
  #drop(outcome: LeaseOutcome): void {
    this.attempts.close(this.#connection)
    this.#letGoLink()
    this.attempts.end(outcome)
  }

  #letGo(): void {
    this.#hedge?.letGo()
    this.#letGoLink()
  }

  #letGoLink(): void {
    this.dialing?.cancel()
    this.dialing = null
    this.ports.wheel.disarm(this)
    this.#slow?.stop()
    const connection = this.#connection
    this.#connection = null
    connection?.cancel()
  }
}
