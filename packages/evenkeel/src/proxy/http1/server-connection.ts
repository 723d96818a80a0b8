/**
 * One client's connection speaking HTTP/1: a Sink of responses.
 *
 *             head complete              response written
 *    idle ─▶ head ─────────▶ exchange ───────────────────▶ idle      (or linger ─▶ closed, if either side said so)
 *             │ refused          │ 101 sent
 *             ▼                  ▼
 *           closed             tunnel
 *
 * Requests are served one at a time; what a pipelining client sends ahead waits in the stash, and the socket is not
 * read meanwhile. While a request is served and nothing is ahead, the socket is read so that a client that leaves is
 * noticed at once.
 */
import { Exchange, type ClientConnection, type ProxiedAddress } from '../../exchange/exchange.ts'
import { failure, type Failure, type FailureCode } from '../../exchange/failure.ts'
import { Fields } from '../../exchange/fields.ts'
import { RequestHead, type ResponseHead } from '../../exchange/head.ts'
import type { RequestBody } from '../../exchange/request-body.ts'
import type { ClientSettings } from '../../exchange/route.ts'
import { settledSource, type Sink, type Source } from '../../exchange/sink.ts'
import type { Channel, ChannelUser } from '../../net/channel.ts'
import { Deadline } from '../../net/timer-wheel.ts'
import { BodyReader } from '../../wire/http1/body-reader.ts'
import { finish } from '../finish.ts'
import type { ListenerRuntime } from '../listener-runtime.ts'
import type { ConnectionState, Ports } from '../ports.ts'
import { ClientBody, noBody, type BodyLimits, type BodyOrigin } from '../request-body.ts'
import { Stash } from '../stash.ts'
import { ResponseWriter } from './response-writer.ts'

type Phase = 'idle' | 'head' | 'exchange' | 'flushing' | 'discard' | 'linger' | 'tunnel' | 'closed'

export class ServerConnection extends Deadline implements ClientConnection, ChannelUser, Sink<ResponseHead>, BodyOrigin {
  readonly serial: number
  readonly openedMs: number
  requests = 0
  readonly secure = false
  proxied: ProxiedAddress | null = null

  readonly #channel: Channel
  readonly #ports: Ports
  #runtime: ListenerRuntime
  #phase: Phase = 'idle'
  #state: ConnectionState | null = null
  #exchange: Exchange | null = null
  #body: ClientBody | null = null
  #bodyReader: BodyReader | null = null
  #stash: Stash | null = null
  /** Bytes of the stash that the head reader has looked at. */
  #scanned = 0
  #advancing = false
  /** Whoever takes the body asked for a pause. */
  #bodyPaused = false
  #clientEnded = false
  #draining = false
  #lingerUntilMs = 0
  #linger: ClientSettings | null = null
  /** The head of a request could not be read: what follows it can't be, either. */
  #refused = false

  // the response under way
  #source: Source = settledSource
  readonly #writer: ResponseWriter
  #slowed = false

  constructor(channel: Channel, runtime: ListenerRuntime, ports: Ports) {
    super()
    this.#channel = channel
    this.#runtime = runtime
    this.#ports = ports
    this.#writer = new ResponseWriter(channel, ports)
    this.serial = ports.nextSerial()
    this.openedMs = ports.wheel.now
    runtime.connections.add(this)
    ports.counters.accepted()
    this.#become('head')
    ports.wheel.arm(this, runtime.headerTimeoutMs)
    channel.attach(this)
    channel.resume()
  }

  get remoteAddress(): string {
    return this.#channel.remoteAddress
  }

  get remotePort(): number {
    return this.#channel.remotePort
  }

  get localAddress(): string {
    return this.#channel.localAddress
  }

  get localPort(): number {
    return this.#channel.localPort
  }

  /** Take no further request: closes at once when idle, else after the response under way. */
  drain(): void {
    this.#draining = true
    if (this.#phase === 'idle') this.#close()
  }

  /** Drop it now. */
  cut(): void {
    this.#gone(failure('shutdown'), 499)
    this.#close()
  }

  // === ChannelUser

  received(bytes: Buffer, end: number): void {
    this.#ports.wheel.touch()
    const stash = this.#stash
    if (stash === null || stash.empty) {
      const at = this.#advance(bytes, 0, end, false)
      if (at < end) this.#keep(bytes, at, end)
      return
    }
    stash.add(bytes, 0, end)
    this.#advanceStash()
  }

  drained(): void {
    if (this.#phase === 'flushing') return this.#responded()
    if (this.#phase === 'tunnel' || !this.#slowed) return
    this.#slowed = false
    if (this.#phase === 'exchange') this.#rearm()
    this.#source.resume()
  }

  ended(): void {
    this.#clientEnded = true
    switch (this.#phase) {
      case 'exchange': {
        // As in nginx, a client that half-closes before its answer counts as gone; what is being answered from here goes out.
        const exchange = this.#exchange!
        exchange.keep = false
        const body = this.#body
        if (body !== null && !body.complete) body.fail(failure('truncated_request'))
        if (this.#exchange === exchange && exchange.work !== null) {
          this.#gone(failure('client_gone'), 499)
          this.#close()
        }
        return
      }
      case 'head':
        if (this.#stash !== null && !this.#stash.empty) this.#refuse(failure('truncated_request'))
        else this.#close()
        return
      case 'flushing':
      case 'closed':
      case 'tunnel':
        return
      default:
        this.#close()
    }
  }

  closed(error: string): void {
    if (this.#phase === 'closed') return
    this.#gone(failure(error === '' ? 'client_gone' : 'client_reset', error), 499)
    this.#end()
  }

  // === Timed

  override expired(): void {
    switch (this.#phase) {
      case 'head':
        return this.#headTimedOut()
      case 'exchange':
      case 'flushing':
        return this.#exchangeTimedOut()
      case 'idle':
      case 'discard':
      case 'linger':
        return this.#close()
      default:
    }
  }

  // === BodyOrigin

  wantBody(): void {
    if (this.#phase !== 'exchange') return
    const exchange = this.#exchange!
    const body = this.#body!
    if (exchange.request.expectsContinue && body.received === 0 && !this.#writer.begun) this.#sayContinue(exchange)
    this.#bodyPaused = false
    this.#rearm()
    if (this.#advancing) return
    if (this.#stash !== null && !this.#stash.empty) this.#advanceStash()
    else this.#channel.resume()
  }

  pauseBody(): void {
    if (this.#phase !== 'exchange') return
    this.#bodyPaused = true
    this.#rearm()
    this.#channel.pause()
  }

  // === Sink<ResponseHead>

  interim(head: ResponseHead): void {
    const exchange = this.#exchange
    if (exchange !== null && exchange.request.version >= 11) this.#writer.interim(head)
  }

  head(head: ResponseHead, source: Source): void {
    const exchange = this.#exchange
    if (exchange === null) return
    if (exchange.statusOverride !== 0) head.status = exchange.statusOverride
    this.#adjust(exchange, head)
    this.#source = source
    this.#writer.frame(exchange, head)
    if (exchange.keep) exchange.keep = this.#mayKeep(exchange)
    this.#writer.head(exchange, head)
  }

  body(part: Uint8Array): boolean {
    const exchange = this.#exchange
    if (exchange === null) return true
    this.#writer.body(exchange, part)
    return !this.#channel.backlogged || this.#slow()
  }

  flush(): void {
    if (this.#exchange !== null) this.#writer.flush(this.#exchange)
  }

  end(trailers?: Fields): void {
    const exchange = this.#exchange
    if (exchange === null) return
    if (!this.#writer.end(exchange, trailers)) return this.abort(failure('truncated_response'))
    exchange.work = null
    // A client that reset meanwhile has not got it: closed() follows and tells so.
    if (this.#channel.dead) return
    if (!this.#channel.backlogged) return this.#responded()
    this.#phase = 'flushing'
    this.#ports.wheel.arm(this, this.#settings().sendTimeoutMs)
  }

  abort(problem: Failure): void {
    const exchange = this.#exchange
    if (exchange === null) return
    exchange.failure ??= problem
    // What came before the abort is the client's to see; then the connection ends without the end of the message. Where
    // only the end of the connection tells the end of the body, nothing but a reset says that it is not complete.
    const invisible = this.#writer.begun && this.#writer.endsByClosing
    if (!invisible) this.flush()
    finish(exchange)
    this.#exchange = null
    if (invisible || this.#channel.backlogged) this.#reset()
    else this.#close()
  }

  // === a tunnel takes the connection over

  /**
   * Sends the head of a 101 and gives the bare connection away, with what the client sent ahead. The exchange stays
   * this connection's until `tunnelEnded`.
   */
  openTunnel(head: ResponseHead): { channel: Channel; unread: Buffer } {
    const exchange = this.#exchange!
    this.#adjust(exchange, head)
    this.#phase = 'tunnel'
    this.#ports.wheel.disarm(this)
    this.#writer.switching(exchange, head)
    const stash = this.#stash
    const unread = stash === null ? emptyBuffer : Buffer.from(stash.bytes.subarray(stash.start, stash.end))
    stash?.consumedTo(stash.end)
    return { channel: this.#channel, unread }
  }

  tunnelEnded(bytesToClient: number): void {
    const exchange = this.#exchange
    this.#exchange = null
    if (exchange !== null) {
      exchange.bodyBytesSent += bytesToClient
      exchange.bytesSent += bytesToClient
      exchange.completed = true
      finish(exchange)
    }
    this.#end()
  }

  // === reading requests

  /** Steps as far as the bytes at hand allow; a loop, since a client may pipeline hundreds at once. */
  #advance(bytes: Buffer, start: number, end: number, stashed: boolean): number {
    this.#advancing = true
    let at = start
    while (at < end) {
      const before = at
      switch (this.#phase) {
        case 'idle':
          this.#become('head')
          this.#ports.wheel.arm(this, this.#runtime.headerTimeoutMs)
          continue
        case 'head': {
          const reader = this.#runtime.reader
          const head = reader.read(bytes, at, end, this.#scanned)
          if (head === null) {
            this.#scanned = end - at
            break
          }
          this.#scanned = 0
          if (!(head instanceof RequestHead)) {
            if (stashed) this.#stash!.consumedTo(end)
            this.#refuse(head)
            at = end
            break
          }
          at += reader.size
          if (stashed) this.#stash!.consumedTo(at)
          this.#begin(head, before > start)
          continue
        }
        case 'exchange':
        case 'discard': {
          const body = this.#body
          if (body === null || !body.wanting || body.complete) break
          at = body.read(bytes, at, end)
          if (stashed) this.#stash!.consumedTo(at)
          // Its end may have led to the answer, and that to anything.
          if (this.#phase === 'exchange' && this.#body === body) this.#bodyRead(body)
          else if (this.#phase === 'discard') this.#discarded(body)
          if (at > before) continue
          break
        }
        case 'linger':
          at = end
          this.#lingered()
          break
        default:
      }
      break
    }
    this.#advancing = false
    if (this.#phase === 'closed' || this.#phase === 'linger') return end
    return at
  }

  #keep(bytes: Buffer, at: number, end: number): void {
    if (this.#phase === 'tunnel') return
    this.#stash ??= new Stash()
    this.#stash.add(bytes, at, end)
    this.#readAhead()
  }

  #advanceStash(): void {
    const stash = this.#stash!
    // Whoever is called may put the connection into another phase, or take the stash: look again after each round.
    const bytes = stash.bytes
    const end = stash.end
    const at = this.#advance(bytes, stash.start, end, true)
    if (stash.end === end && at <= end && !stash.empty) stash.consumedTo(at)
    if (!stash.empty) this.#readAhead()
    else if (!this.#bodyPaused && this.#phase !== 'closed') this.#channel.resume()
  }

  /** Bytes wait: nothing more is read until they can be used, but for the rest of a head. */
  #readAhead(): void {
    if (this.#phase === 'head') this.#channel.resume()
    else if (this.#phase !== 'closed') this.#channel.pause()
  }

  #begin(head: RequestHead, pipelined: boolean): void {
    const { wheel, counters } = this.#ports
    const runtime = this.#runtime
    wheel.disarm(this)
    this.requests++
    counters.request()
    this.#become('exchange')
    const server = runtime.chooseServer(head.host)
    let body: RequestBody = noBody
    this.#body = null
    if (head.length !== 0) {
      this.#bodyReader ??= new BodyReader()
      body = this.#body = new ClientBody(head.length, this, this.#bodyReader, this.#bodyLimits)
    }
    const exchange = new Exchange(this, head, runtime.loop, this, body, server, server.route, wheel.now)
    exchange.requestBytes = head.size
    exchange.pipelined = pipelined
    // A body of length 0 is asked for as well; nobody will want it, so it is said here.
    if (head.expectsContinue && head.length === 0 && head.fields.has('Content-Length')) this.#sayContinue(exchange)
    this.#exchange = exchange
    this.#writer.reset()
    this.#slowed = false
    this.#bodyPaused = false
    this.#source = settledSource
    if (runtime.nameCaptures !== null) runtime.nameCaptures(exchange)
    runtime.loop.start(exchange, server)
  }

  readonly #bodyLimits = (): BodyLimits => this.#settings()

  #settings(): ClientSettings {
    return (this.#exchange?.route ?? this.#runtime.defaultServer.route).client
  }

  /** A head that can't be served: it is answered and logged like a request, then the connection ends. */
  #refuse(problem: Failure): void {
    const { wheel, counters } = this.#ports
    const runtime = this.#runtime
    wheel.disarm(this)
    this.requests++
    counters.request()
    this.#become('exchange')
    const server = runtime.defaultServer
    const head = new RequestHead('', '', 10, new Fields(), 0, false)
    this.#body = null
    this.#refused = true
    this.#exchange = new Exchange(this, head, runtime.loop, this, noBody, server, server.route, wheel.now)
    this.#writer.reset()
    this.#source = settledSource
    runtime.loop.proceed(this.#exchange, problem)
  }

  #sayContinue(exchange: Exchange): void {
    exchange.request.expectsContinue = false
    if (exchange.request.version >= 11) this.#channel.write('HTTP/1.1 100 Continue\r\n\r\n')
  }

  #bodyRead(body: ClientBody): void {
    this.#rearm()
    if (!body.complete || !this.#bodyPaused) return
    // Whoever asked for the pause has got all of it: from here on the socket is read to see the client leave.
    this.#bodyPaused = false
    this.#channel.resume()
  }

  /** There is one deadline for both directions: a client that does not take the response is the graver case. */
  #rearm(): void {
    if (this.#slowed) return
    const body = this.#body
    if (body === null || this.#bodyPaused || body.complete || !body.wanting) this.#ports.wheel.disarm(this)
    else this.#ports.wheel.arm(this, this.#settings().bodyTimeoutMs)
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
      !this.#runtime.retiring &&
      !this.#clientEnded &&
      this.#ports.wheel.now - this.openedMs < client.keepaliveTimeMs
    )
  }

  /** The kernel is full: the client has `send_timeout` to take something. Answers false, for body(). */
  #slow(): false {
    if (!this.#slowed) {
      this.#slowed = true
      this.#ports.wheel.arm(this, this.#settings().sendTimeoutMs)
    }
    return false
  }

  /** The response is with the kernel, whole. */
  #responded(): void {
    const exchange = this.#exchange!
    const client = exchange.route.client
    exchange.completed = true
    this.#exchange = null
    this.#source = settledSource
    finish(exchange)
    const body = this.#body
    const unread = body !== null && !body.complete
    if (this.#phase === 'closed') return
    // A body that failed has no end that could be found.
    if (!exchange.keep || this.#clientEnded || (unread && !body.wanting)) return this.#closeAfter(client, unread)
    if (unread) return this.#discardRest(client)
    this.#next(client)
  }

  #next(client: ClientSettings): void {
    this.#body = null
    this.#become('idle')
    if (this.#draining) return this.#close()
    this.#ports.wheel.arm(this, client.keepaliveTimeoutMs)
    if (this.#advancing) return
    this.#bodyPaused = false
    if (this.#stash !== null && !this.#stash.empty) this.#advanceStash()
    else this.#channel.resume()
  }

  /** The answer is out, the request's body is not in: what still comes of it is dropped, then the next one is read. */
  #discardRest(client: ClientSettings): void {
    this.#phase = 'discard'
    this.#lingerUntilMs = this.#ports.wheel.now + client.lingeringTimeMs
    this.#ports.wheel.arm(this, client.lingeringTimeoutMs)
    this.#bodyPaused = false
    if (this.#advancing) return
    if (this.#stash !== null && !this.#stash.empty) this.#advanceStash()
    else this.#channel.resume()
  }

  #discarded(body: ClientBody): void {
    const client = this.#settings()
    if (body.complete) return this.#next(client)
    if (this.#ports.wheel.now > this.#lingerUntilMs) return this.#close()
    this.#ports.wheel.arm(this, client.lingeringTimeoutMs)
  }

  /**
   * Ends the connection after a response. Closing while the client still sends would make the kernel answer with a
   * reset, which can take the response away from it: so its bytes are read and dropped for a while (RFC 9112, 9.6).
   */
  #closeAfter(client: ClientSettings, unread: boolean): void {
    const ahead = this.#stash !== null && !this.#stash.empty
    const more = unread || ahead || this.#refused
    const lingers = client.lingeringClose === 'always' || (client.lingeringClose === 'on' && more)
    if (!lingers || this.#clientEnded) return this.#close()
    this.#phase = 'linger'
    this.#stash = null
    this.#linger = client
    this.#lingerUntilMs = this.#ports.wheel.now + client.lingeringTimeMs
    this.#channel.end()
    this.#ports.wheel.arm(this, client.lingeringTimeoutMs)
    this.#channel.resume()
  }

  #lingered(): void {
    const { wheel } = this.#ports
    const left = this.#lingerUntilMs - wheel.now
    if (left <= 0) this.#close()
    else wheel.arm(this, Math.min(left, this.#linger!.lingeringTimeoutMs))
  }

  // === endings

  /** The client can't be answered any more: whoever works on the answer stops. */
  #gone(problem: Failure, status: number): void {
    const exchange = this.#exchange
    if (exchange === null) return
    this.#exchange = null
    exchange.keep = false
    exchange.failure ??= problem
    if (!this.#writer.begun) exchange.status = status
    const work = exchange.work
    exchange.work = null
    this.#body?.fail(problem)
    if (work !== null) work.cancel(problem)
    if (this.#source !== settledSource && this.#source !== work) this.#source.cancel(problem)
    this.#source = settledSource
    finish(exchange)
  }

  #headTimedOut(): void {
    if (this.#stash !== null && !this.#stash.empty) return this.#refuse(failure('client_header_timeout'))
    this.#close()
  }

  #exchangeTimedOut(): void {
    const body = this.#body
    if (body !== null && !body.complete && !this.#writer.begun) return this.#timedOut('client_body_timeout')
    this.#timedOut('client_send_timeout')
  }

  #timedOut(code: FailureCode): void {
    const reset = this.#settings().resetTimedOut
    this.#gone(failure(code), 408)
    if (reset) this.#reset()
    else this.#close()
  }

  #close(): void {
    if (this.#phase === 'closed') return
    this.#end()
    this.#channel.destroy()
  }

  #reset(): void {
    this.#end()
    this.#channel.destroy(true)
  }

  #end(): void {
    if (this.#phase === 'closed') return
    this.#phase = 'closed'
    this.#ports.wheel.disarm(this)
    this.#stash = null
    this.#count(null)
    this.#ports.counters.closed()
    this.#runtime.connections.delete(this)
  }

  #become(phase: 'idle' | 'head' | 'exchange'): void {
    this.#phase = phase
    this.#count(phase === 'exchange' ? 'writing' : phase === 'head' ? 'reading' : 'waiting')
  }

  #count(state: ConnectionState | null): void {
    if (this.#state === state) return
    this.#ports.counters.moved(this.#state, state)
    this.#state = state
  }
}

const emptyBuffer = Buffer.alloc(0)
