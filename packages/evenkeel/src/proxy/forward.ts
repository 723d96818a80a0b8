/**
 * Forwards one exchange to an upstream: leases a peer, sends the request, hands the answer back, and goes on to the next
 * peer where that is allowed. Retries are known here and nowhere else; once the answer's head has been handed on there
 * are none.
 *
 * One object an exchange, and no closure, promise or timer of its own beyond the wheel: this runs for every request.
 */
import type { Exchange } from '../exchange/exchange.ts'
import { failure, type Failure } from '../exchange/failure.ts'
import type { Fields } from '../exchange/fields.ts'
import { ResponseHead, type RequestHead } from '../exchange/head.ts'
import { ERROR } from '../exchange/log-level.ts'
import { settledSource, type Source } from '../exchange/sink.ts'
import type { Channel } from '../net/channel.ts'
import { dialAny, type Dialing, type DialUser } from '../net/dial.ts'
import type { TlsRefusal, TlsTarget } from '../net/tls-dial.ts'
import { Deadline } from '../net/timer-wheel.ts'
import { refusalFailure } from './tls-refusal.ts'
import type { Lease, LeaseOutcome } from '../upstream/upstream.ts'
import { Attempts } from './attempts.ts'
import type { ForwardSettings, ForwardTarget } from './forward-settings.ts'
import { OriginConnection } from './http1/origin-connection.ts'
import type { OriginStream } from './http2/origin-stream.ts'
import type { Http2Origins, StreamUser } from './http2/origins.ts'
import type { OriginLink, ResponseReceiver } from './origin-link.ts'
import type { Ports } from './ports.ts'
import { TotalTime } from './total-time.ts'
import { SlowClient } from './slow-client.ts'
import { openTunnel } from './upgrade.ts'

export class Forward extends Deadline implements ResponseReceiver, Source, DialUser, StreamUser {
  readonly #exchange: Exchange
  readonly #settings: ForwardSettings
  readonly #target: ForwardTarget
  readonly #ports: Ports
  readonly #attempts: Attempts
  #dialing: Dialing | null = null
  #connection: OriginLink | null = null
  #request: RequestHead | null = null
  /** null: bytes go in the clear. The same for all attempts. */
  #tls: TlsTarget | null = null
  /** The answer's head was handed on: what fails now ends the exchange. */
  #answering = false
  #over = false
  /** null while the client takes everything at once. */
  #slow: SlowClient | null = null
  /** The cache answers in place of this response, once it has ended. */
  #taken = false
  /** It waits before the next attempt. */
  #resting = false
  /** null: all attempts together may take as long as they like. */
  #total: TotalTime | null = null

  constructor(exchange: Exchange, settings: ForwardSettings, target: ForwardTarget, ports: Ports) {
    super()
    this.#exchange = exchange
    this.#settings = settings
    this.#target = target
    this.#ports = ports
    this.#attempts = new Attempts(exchange, settings, target, ports)
  }

  start(): void {
    const { body, cache } = this.#exchange
    if (!this.#settings.ignoreClientAbort) this.#exchange.work = cache === null ? this : cache.guard(this)
    this.#limit()
    if (this.#target.tls !== null) {
      const tls = this.#target.tls(this.#exchange, this.#target.host)
      if ('code' in tls) {
        this.#exchange.route.errorLog.tell(this.#exchange, ERROR, String(tls.cause))
        return this.#giveUp(tls)
      }
      this.#tls = tls
    }
    if (body.length === 0 || !this.#settings.bufferRequest || !this.#settings.passBody) return this.#next()
    body.collect(problem => {
      if (this.#over) return
      if (problem !== null) this.#giveUp(problem)
      else this.#next()
    })
  }

  /** The time there is in all: ours, and the client's own if it says one. */
  #limit(): void {
    const { deadlineMs, totalTimeoutMs } = this.#settings
    const deadline = deadlineMs === null ? 0 : deadlineMs(this.#exchange)
    const late = deadline > 0 && (totalTimeoutMs === 0 || deadline < totalTimeoutMs)
    const ms = late ? deadline : totalTimeoutMs
    if (ms === 0) return
    this.#total = new TotalTime(this, late ? 'deadline_exceeded' : 'upstream_total_timeout')
    this.#ports.wheel.arm(this.#total, ms)
  }

  // === one attempt

  #next(): void {
    const lease = this.#attempts.ask()
    if (lease instanceof Promise) {
      lease.then(
        found => this.#leased(found),
        cause => this.#giveUp(failure('internal', cause)),
      )
    } else this.#leased(lease)
  }

  #leased(lease: Lease | Failure): void {
    if ('code' in lease) {
      if (this.#over) return
      this.#attempts.none(lease)
      this.#giveUp(lease)
      return
    }
    if (this.#over) {
      lease.end('abandoned')
      return
    }
    const { wheel, buffers } = this.#ports
    const attempt = this.#attempts.begin(lease)
    attempt.secure = this.#tls !== null
    const { http2 } = this.#settings
    if (http2 !== null) return this.#sharedLink(http2.of(this.#target.pool), lease)
    const pooled = this.#target.pool?.take(this.#poolKey(lease)) as OriginConnection | undefined
    if (pooled !== undefined) {
      attempt.reused = true
      attempt.connectMs = 0
      return this.#send(pooled)
    }
    wheel.arm(this, this.#settings.connectTimeoutMs)
    const { dial = dialAny } = this.#ports
    const options = this.#settings.dialOptions(this.#exchange, buffers)
    this.#dialing = dial(lease.peer.addresses, this.#tls === null ? options : { ...options, tls: this.#tls }, this)
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
      this.#poolKey(this.#attempts.lease!),
    )
    if (this.#over) return connection.closeIdle()
    this.#ports.wheel.touch()
    const attempt = this.#attempts.current!
    attempt.connectMs = this.#ports.wheel.now - attempt.startedMs
    this.#send(connection)
  }

  /** A stream on a connection that is shared: one that is there, or that is being made. */
  #sharedLink(origins: Http2Origins, { peer }: Lease): void {
    const { origin, connectTimeoutMs } = this.#settings
    const tls = this.#tls
    const plain = this.#settings.dialOptions(this.#exchange, this.#ports.buffers)
    const options = tls === null ? plain : { ...plain, tls }
    const scheme = tls === null ? 'http' : 'https'
    const key = `h2 ${plain.localAddress ?? ''} ${peer.name}${tls?.key ?? ''}`
    const attempt = this.#attempts.current!
    const stream = origins.take(key)
    if (stream !== undefined) {
      attempt.reused = true
      attempt.connectMs = 0
      return this.#send(stream)
    }
    this.#ports.wheel.arm(this, connectTimeoutMs)
    this.#dialing = origins.wait({ key, scheme, addresses: peer.addresses, options, settings: origin }, this)
  }

  streamed(stream: OriginStream, reused: boolean): void {
    this.#dialing = null
    this.#ports.wheel.disarm(this)
    const attempt = this.#attempts.current!
    attempt.reused = reused
    attempt.connectMs = this.#ports.wheel.now - attempt.startedMs
    this.#send(stream)
  }

  failed(error: string, refusal?: TlsRefusal): void {
    this.#dialing = null
    this.#ports.wheel.disarm(this)
    if (this.#over) return
    if (refusal !== undefined) return this.#failed(refusalFailure(refusal))
    this.#failed(failure(error === 'ECONNREFUSED' ? 'connect_refused' : 'connect_failed', error))
  }

  /** Connections that speak TLS with somebody else, or as somebody else, are others. */
  #poolKey({ peer }: Lease): string {
    const key = this.#target.poolKey(peer)
    return this.#tls === null ? key : key + this.#tls.key
  }

  /** The connection could not be made in time, or it has waited long enough for the next attempt. */
  override expired(): void {
    if (this.#resting) {
      this.#resting = false
      return this.#next()
    }
    this.#dialing?.cancel()
    this.#dialing = null
    this.#failed(failure('connect_timeout'))
  }

  #send(connection: OriginLink): void {
    const exchange = this.#exchange
    const settings = this.#settings
    this.#connection = connection
    this.#attempts.sent = true
    connection.begin(this, settings.origin)
    this.#request ??= settings.request(exchange, this.#target)
    connection.head(this.#request, settledSource)
    if (settings.setBody !== null) {
      connection.body(Buffer.from(settings.setBody(exchange), 'latin1'))
      connection.end()
    } else if (exchange.body.length === 0 || !settings.passBody) connection.end()
    else {
      const { throughBody } = settings
      const sink = throughBody === null ? connection : throughBody(exchange, connection)
      connection.requestFrom(exchange.body.sendTo(sink))
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
    const settings = this.#settings
    this.#attempts.responded(head)
    if (head.status === 101) return this.#upgrade(head)
    if (this.#attempts.mayPassOn(head.status)) {
      const blameless = head.status === 403 || head.status === 404
      this.#drop(blameless ? 'abandoned' : 'failed')
      return this.#again()
    }
    const { cache } = exchange
    if (cache !== null && cache.takes(head)) {
      // A 304 has no body: its connection is good for more.
      this.#taken = true
      if (head.status === 304) return
      this.#drop('served')
      this.#over = true
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
    const answer = new ResponseHead(head.status, head.fields.overlay(settings.hiddenFields), head.length, head.reason)
    answer.addServer = settings.addServer
    answer.addDate = settings.addDate
    settings.adjust(exchange, answer)
    this.#attempts.answered(answer)
    this.#answering = true
    if (cache !== null) {
      cache.keeps(head, answer)
      if (this.#over) return
    }
    exchange.reply.head(answer, this)
  }

  body(part: Uint8Array): boolean {
    this.#attempts.current!.bodyBytes += part.length
    return this.#exchange.reply.body(part) || this.#waits()
  }

  flush(): void {
    if (!this.#taken) this.#exchange.reply.flush()
  }

  end(trailers?: Fields): void {
    this.#slow?.stop()
    const attempts = this.#attempts
    if (trailers !== undefined) attempts.current!.trailers = trailers
    attempts.close(this.#connection)
    this.#close()
    this.#connection = null
    attempts.end('served')
    if (this.#taken) return this.#exchange.cache!.serve()
    this.#exchange.reply.end(this.#settings.passTrailers ? trailers : undefined)
  }

  abort(problem: Failure): void {
    this.#slow?.stop()
    this.#attempts.close(this.#connection)
    this.#connection = null
    if (this.#over) return
    if (!this.#answering) return this.#failed(problem)
    this.#close()
    this.#attempts.brokeOff(problem)
    this.#exchange.reply.abort(problem)
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
    this.#slow ??= new SlowClient(
      this.#exchange,
      this.#settings.readAhead,
      this.#attempts.current!.head!.fields,
      this.#ports.wheel,
      () => this.#connection?.resume(),
    )
    return this.#slow.waits()
  }

  cancel(problem: Failure): void {
    if (this.#over) return
    this.#close()
    const attempts = this.#attempts
    attempts.leave()
    if (attempts.current !== null) {
      if (problem.code !== 'not_wanted') attempts.current.failure ??= problem
      attempts.close(this.#connection)
    }
    this.#letGo()
    attempts.end('abandoned')
  }

  // === endings

  #upgrade(head: ResponseHead): void {
    const connection = this.#connection
    // A subrequest has no connection that could be given away: the client's is its parent's.
    const asked =
      this.#exchange.parent === null && this.#exchange.request.upgrade !== '' && this.#request!.fields.has('upgrade')
    if (!asked || !(connection instanceof OriginConnection)) {
      this.#letGo()
      return this.#failed(failure('unasked_upgrade'))
    }
    this.#answering = true
    this.#close()
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
        const attempts = this.#attempts
        attempts.current!.bytesSent += up
        attempts.current!.bytesReceived += down
        attempts.close(null)
        attempts.end('served')
      },
    )
    this.#connection = null
  }

  /** The attempt failed before an answer: the next peer, or the end. */
  #failed(problem: Failure): void {
    const mayGoOn = this.#attempts.failed(problem, this.#connection)
    if (mayGoOn) this.#again()
    else this.#giveUp(problem)
  }

  /** The next peer, at once or after a while: clients that were turned away together come back one by one. */
  #again(): void {
    const waitMs = this.#settings.backOffMs(this.#exchange.attempts.length)
    if (waitMs <= 0) return this.#next()
    this.#resting = true
    this.#ports.wheel.arm(this, waitMs)
  }

  /** The time for all attempts together is over. */
  outOfTime(problem: Failure): void {
    if (this.#over) return
    this.#slow?.stop()
    this.#attempts.leave()
    this.#attempts.close(this.#connection)
    this.#letGo()
    if (this.#answering) {
      this.#close()
      this.#attempts.brokeOff(problem)
      this.#exchange.reply.abort(problem)
    } else if (this.#attempts.lease === null) this.#giveUp(problem)
    else this.#failed(problem)
  }

  #close(): void {
    this.#over = true
    if (this.#total !== null) this.#ports.wheel.disarm(this.#total)
  }

  #giveUp(problem: Failure): void {
    this.#close()
    this.#attempts.givenUp()
    this.#exchange.work = null
    const { cache } = this.#exchange
    if (cache === null || !cache.failed(problem)) this.#exchange.loop.proceed(this.#exchange, problem)
  }

  /** The answer of this peer is not wanted. */
  #drop(outcome: LeaseOutcome): void {
    this.#attempts.close(this.#connection)
    this.#letGo()
    this.#attempts.end(outcome)
  }

  #letGo(): void {
    this.#dialing?.cancel()
    this.#dialing = null
    this.#ports.wheel.disarm(this)
    this.#slow?.stop()
    const connection = this.#connection
    this.#connection = null
    connection?.cancel()
  }
}
