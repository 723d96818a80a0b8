/**
 * One client's connection speaking HTTP/1: a Sink of responses.
 *
 *             head complete              response written
 *    idle ─▶ head ─────────▶ exchange ───────────────────▶ idle      (or linger ─▶ closed, if either side said so)
 *             │ refused          │ 101 sent
 *             ▼                  ▼
 *           closed             tunnel
 *
 * How requests are read is in RequestIntake; here is how they are answered, and what becomes of the connection then.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import { failure, type Failure } from '../../exchange/failure.ts'
import type { Fields } from '../../exchange/fields.ts'
import type { ResponseHead } from '../../exchange/head.ts'
import type { ClientSettings } from '../../exchange/route.ts'
import { settledSource, type Source } from '../../exchange/sink.ts'
import type { Channel, ChannelUser } from '../../net/channel.ts'
import { finish } from '../finish.ts'
import type { Arrival } from '../entry/arrival.ts'
import type { Doing, ListenerRuntime, Served } from '../listener-runtime.ts'
import type { Ports } from '../ports.ts'
import type { ClientBody } from '../body/request-body.ts'
import { RequestIntake } from './request-intake.ts'

export class ServerConnection extends RequestIntake implements ChannelUser, Served {
  #draining = false

  constructor(channel: Channel, runtime: ListenerRuntime, ports: Ports, arrival: Arrival | null = null) {
    super(channel, runtime, ports)
    if (arrival !== null) this.arrived(arrival)
    runtime.connections.add(this)
    this.become('head')
    ports.wheel.arm(this, runtime.headerTimeoutMs)
    channel.attach(this)
    channel.resume()
    if (arrival !== null && arrival.unread !== null) this.received(arrival.unread, arrival.unread.length)
  }

  /** Take no further request: closes at once when idle, else after the response under way. */
  drain(): void {
    this.#draining = true
    const { doing } = this
    if (doing === 'idle' || doing === 'silent') this.shut()
  }

  get doing(): Doing {
    if (this.phase === 'idle') return 'idle'
    if (this.phase === 'head' && this.requests === 0 && (this.stash === null || this.stash.empty)) return 'silent'
    return this.phase === 'tunnel' ? 'tunnel' : 'request'
  }

  /** Drop it now. */
  cut(): void {
    this.gone(failure('shutdown'), 499)
    this.shut()
  }

  // === the channel and the clock

  drained(): void {
    if (this.phase === 'flushing') return this.#responded()
    if (this.phase === 'tunnel' || !this.slowed) return
    this.slowed = false
    if (this.phase === 'exchange') this.rearm()
    this.source.resume()
  }

  ended(): void {
    this.clientEnded = true
    switch (this.phase) {
      case 'exchange': {
        // As in nginx, a client that half-closes before its answer counts as gone; what is being answered from here goes out.
        const exchange = this.exchange!
        exchange.keep = false
        const body = this.requestBody
        if (body !== null && !body.complete) body.fail(failure('truncated_request'))
        if (this.exchange === exchange && exchange.work !== null) {
          this.gone(failure('client_gone'), 499)
          this.shut()
        }
        return
      }
      case 'head':
        if (this.stash !== null && !this.stash.empty) this.refuse(failure('truncated_request'))
        else this.shut()
        return
      case 'flushing':
      case 'closed':
      case 'tunnel':
        return
      default:
        this.shut()
    }
  }

  closed(error: string): void {
    if (this.phase === 'closed') return
    this.gone(failure(error === '' ? 'client_gone' : 'client_reset', error), 499)
    this.over()
  }

  override expired(): void {
    switch (this.phase) {
      case 'head':
        return this.#headTimedOut()
      case 'exchange':
      case 'flushing':
        return this.#exchangeTimedOut()
      case 'idle':
      case 'discard':
      case 'linger':
        return this.shut()
      default:
    }
  }

  // === Sink<ResponseHead>

  interim(head: ResponseHead): void {
    const exchange = this.exchange
    if (exchange !== null && exchange.request.version >= 11) this.writer.interim(head)
  }

  head(head: ResponseHead, source: Source): void {
    const exchange = this.exchange
    if (exchange === null) return
    if (exchange.statusOverride !== 0) head.status = exchange.statusOverride
    this.#adjust(exchange, head)
    this.source = source
    this.writer.frame(exchange, head)
    if (exchange.keep) exchange.keep = this.#mayKeep(exchange)
    this.writer.head(exchange, head)
  }

  body(part: Uint8Array): boolean {
    const exchange = this.exchange
    if (exchange === null) return true
    this.writer.body(exchange, part)
    return !this.channel.backlogged || this.#slow()
  }

  flush(): void {
    if (this.exchange !== null) this.writer.flush(this.exchange)
  }

  end(trailers?: Fields): void {
    const exchange = this.exchange
    if (exchange === null) return
    if (!this.writer.end(exchange, trailers)) return this.abort(failure('truncated_response'))
    exchange.work = null
    // A client that reset meanwhile has not got it: closed() follows and tells so.
    if (this.channel.dead) return
    if (!this.channel.backlogged) return this.#responded()
    this.phase = 'flushing'
    this.ports.wheel.arm(this, this.settings().sendTimeoutMs)
  }

  abort(problem: Failure): void {
    const exchange = this.exchange
    if (exchange === null) return
    exchange.failure ??= problem
    // What came before the abort is the client's to see; then the connection ends without the end of the message. Where
    // only the end of the connection tells the end of the body, nothing but a reset says that it is not complete.
    const invisible = this.writer.begun && this.writer.endsByClosing
    if (!invisible) this.flush()
    finish(exchange)
    this.exchange = null
    if (invisible || this.channel.backlogged || problem.code === 'fault_reset') this.cutOff()
    else this.shut()
  }

  // === a tunnel takes the connection over

  /**
   * Sends the head of a 101 and gives the bare connection away, with what the client sent ahead. The exchange stays
   * this connection's until `tunnelEnded`.
   */
  openTunnel(head: ResponseHead): { channel: Channel; unread: Buffer } {
    const exchange = this.exchange!
    this.#adjust(exchange, head)
    this.phase = 'tunnel'
    this.ports.wheel.disarm(this)
    this.writer.switching(exchange, head)
    const stash = this.stash
    const unread = stash === null ? emptyBuffer : Buffer.from(stash.bytes.subarray(stash.start, stash.end))
    stash?.consumedTo(stash.end)
    return { channel: this.channel, unread }
  }

  tunnelEnded(bytesToClient: number): void {
    const exchange = this.exchange
    this.exchange = null
    if (exchange !== null) {
      exchange.bodyBytesSent += bytesToClient
      exchange.bytesSent += bytesToClient
      exchange.completed = true
      finish(exchange)
    }
    this.over()
  }

  // === writing responses

  /** What the location adds to every answer, and what logs are to know of it. */
  #adjust(exchange: Exchange, head: ResponseHead): void {
    // Before the steps: what one adds, the next may tell ($sent_http_x).
    exchange.head = head
    exchange.status = head.status
    const steps = exchange.route.headSteps
    for (let i = 0; i < steps.length; i++) steps[i]!(exchange, head)
  }

  #mayKeep(exchange: Exchange): boolean {
    const client = exchange.route.client
    return (
      client.keepaliveTimeoutMs > 0 &&
      (client.keepaliveRefused === null || !client.keepaliveRefused(exchange)) &&
      this.requests < client.keepaliveRequests &&
      !this.#draining &&
      !this.runtime.retiring &&
      !this.clientEnded &&
      this.ports.wheel.now - this.openedMs < client.keepaliveTimeMs
    )
  }

  /** The kernel is full: the client has `send_timeout` to take something. Answers false, for body(). */
  #slow(): false {
    if (!this.slowed) {
      this.slowed = true
      this.ports.wheel.arm(this, this.settings().sendTimeoutMs)
    }
    return false
  }

  // === after a response

  /** The response is with the kernel, whole. */
  #responded(): void {
    const exchange = this.exchange!
    const client = exchange.route.client
    exchange.completed = true
    this.exchange = null
    this.source = settledSource
    finish(exchange)
    const body = this.requestBody
    const unread = body !== null && !body.complete
    if (this.phase === 'closed') return
    // A body that failed has no end that could be found.
    if (!exchange.keep || this.clientEnded || (unread && !body.wanting)) return this.closeAfter(client, unread)
    if (unread) return this.#discardRest(client)
    this.#next(client)
  }

  #next(client: ClientSettings): void {
    this.requestBody = null
    this.become('idle')
    if (this.#draining) return this.shut()
    this.ports.wheel.arm(this, client.keepaliveTimeoutMs)
    this.bodyPaused = false
    this.readOn()
  }

  /** The answer is out, the request's body is not in: what still comes of it is dropped, then the next one is read. */
  #discardRest(client: ClientSettings): void {
    this.phase = 'discard'
    this.lingerUntilMs = this.ports.wheel.now + client.lingeringTimeMs
    this.ports.wheel.arm(this, client.lingeringTimeoutMs)
    this.bodyPaused = false
    this.readOn()
  }

  protected bodyDropped(body: ClientBody): void {
    const client = this.settings()
    if (body.complete) return this.#next(client)
    if (this.ports.wheel.now > this.lingerUntilMs) return this.shut()
    this.ports.wheel.arm(this, client.lingeringTimeoutMs)
  }

  // === endings

  #headTimedOut(): void {
    if (this.stash !== null && !this.stash.empty) return this.refuse(failure('client_header_timeout'))
    this.shut()
  }

  #exchangeTimedOut(): void {
    const body = this.requestBody
    if (body !== null && !body.complete && !this.writer.begun) return this.timedOut('client_body_timeout')
    this.timedOut('client_send_timeout')
  }

  protected left(): void {
    this.runtime.connections.delete(this)
  }
}

const emptyBuffer = Buffer.alloc(0)
