/**
 * The client's side of a request that a program received itself: what ServerConnection is for one from the wire. Routes,
 * steps, peers, retries, limits and logs are the same; only reading and writing is somebody else's.
 *
 *    opened ──start──▶ exchange ──end, abort, leave, cut──▶ over
 */
import { Exchange, type ClientConnection } from '../../exchange/exchange.ts'
import { failure, type Failure, type FailureCode } from '../../exchange/failure.ts'
import { Fields } from '../../exchange/fields.ts'
import { hasBody, RequestHead, UNKNOWN_LENGTH, type ResponseHead } from '../../exchange/head.ts'
import type { RequestBody } from '../../exchange/request-body.ts'
import { settledSource, type Sink, type Source } from '../../exchange/sink.ts'
import { Deadline } from '../../net/timer-wheel.ts'
import { normalizePath } from '../../route/uri.ts'
import { finish } from '../finish.ts'
import { DataFraming } from '../http2/data-framing.ts'
import type { ListenerRuntime, Served } from '../listener-runtime.ts'
import type { Ports } from '../ports.ts'
import type { BodyLimits, BodyOrigin } from '../body/body-origin.ts'
import { noBody } from '../body/no-body.ts'
import { ClientBody } from '../body/request-body.ts'
import type { Hosted, HostedAsk, HostedUser } from './hosted.ts'
import { listed, split } from './told-fields.ts'

export class HostedExchange
  extends Deadline
  implements Sink<ResponseHead>, ClientConnection, BodyOrigin, Served, Hosted
{
  readonly serial: number
  readonly requests = 1
  readonly openedMs: number
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  readonly secure: boolean
  readonly proxied = null
  readonly #runtime: ListenerRuntime
  readonly #ports: Ports
  readonly #user: HostedUser
  readonly #exchange: Exchange
  /** null: the request has none. */
  readonly #body: ClientBody | null
  readonly #framing = new DataFraming()
  /** What came when nobody wanted it; whoever hands over stops when told, so it is little. */
  readonly #held: Uint8Array[] = []
  readonly #problem: Failure | null
  #source: Source = settledSource
  #remaining = UNKNOWN_LENGTH
  #begun = false
  #bodiless = false
  #bodyPaused = true
  #feeding = false
  #slowed = false
  #over = false

  constructor(ask: HostedAsk, runtime: ListenerRuntime, ports: Ports, user: HostedUser) {
    super()
    this.serial = ports.nextSerial()
    this.openedMs = ports.wheel.touch()
    this.remoteAddress = ask.remoteAddress
    this.remotePort = ask.remotePort
    this.localAddress = ask.localAddress
    this.localPort = ask.localPort
    this.secure = ask.secure
    this.#runtime = runtime
    this.#ports = ports
    this.#user = user
    const bytes = Buffer.from(ask.head, 'latin1')
    const read = runtime.reader.read(bytes, 0, bytes.length, 0)
    this.#problem = read === null ? failure('malformed_request') : read instanceof RequestHead ? null : read
    const head = read instanceof RequestHead ? read : new RequestHead('', '', 11, new Fields(), 0, false)
    // Upgrades come another way: here there is no connection to give away.
    head.upgrade = ''
    head.fields.remove('upgrade')
    this.#body = head.length === 0 ? null : new ClientBody(head.length, this, this.#framing, this.#limits)
    const body: RequestBody = this.#body ?? noBody
    const server = this.#problem === null ? runtime.chooseServer(head.host) : runtime.defaultServer
    this.#exchange = new Exchange(this, head, runtime.loop, this, body, server, server.route, ports.wheel.now)
    this.#exchange.requestBytes = head.size
  }

  /** A location of the configuration is for it, or the server block does something of its own before one is looked for. */
  get isOurs(): boolean {
    const exchange = this.#exchange
    const server = this.#server
    if (this.#problem !== null || server.rewrite !== null) return true
    const uri = normalizePath(exchange.request.path, server.mergeSlashes)
    if (uri === null) return true
    exchange.uri = uri
    const found = server.find(exchange)
    exchange.captures = null
    return found.route !== server.route
  }

  start(): void {
    const runtime = this.#runtime
    runtime.connections.add(this)
    this.#ports.counters.request()
    const exchange = this.#exchange
    if (this.#problem !== null) return runtime.loop.proceed(exchange, this.#problem)
    if (runtime.nameCaptures !== null) runtime.nameCaptures(exchange)
    runtime.loop.start(exchange, this.#server)
  }

  // === Hosted: the program

  data(bytes: Uint8Array): void {
    if (this.#over) return
    if (this.#bodyPaused || this.#feeding || this.#held.length > 0 || this.#body?.wanting !== true) {
      this.#held.push(bytes)
      this.#user.pauseBody()
    } else this.#feed(bytes)
  }

  dataEnds(): void {
    this.#framing.last = true
    if (!this.#over && this.#held.length === 0 && !this.#bodyPaused && this.#body?.wanting === true) this.#feed(nothing)
  }

  dataBreaks(): void {
    if (!this.#over) this.#body?.fail(failure('truncated_request'))
  }

  resume(): void {
    if (!this.#slowed || this.#over) return
    this.#slowed = false
    this.#rearm()
    this.#source.resume()
  }

  leave(): void {
    this.#gone(failure('client_gone'), 499)
  }

  // === Served

  drain(): void {}

  cut(): void {
    this.#fell('shutdown', 499)
  }

  override expired(): void {
    this.#fell(this.#slowed ? 'client_send_timeout' : 'client_body_timeout', 408)
  }

  // === BodyOrigin

  wantBody(): void {
    this.#bodyPaused = false
    this.#rearm()
    this.#user.wantBody()
    if (!this.#feeding) this.#drainHeld()
  }

  pauseBody(): void {
    this.#bodyPaused = true
    this.#rearm()
    this.#user.pauseBody()
  }

  // === Sink<ResponseHead>

  interim(head: ResponseHead): void {
    if (!this.#over && !this.#begun) this.#user.interim(head.status, listed(head.fields))
  }

  head(head: ResponseHead, source: Source): void {
    if (this.#over) return
    const exchange = this.#exchange
    if (exchange.statusOverride !== 0) head.status = exchange.statusOverride
    // Before the steps: what one adds, the next may tell ($sent_http_x).
    exchange.head = head
    exchange.status = head.status
    const { headSteps, client } = exchange.route
    for (let i = 0; i < headSteps.length; i++) headSteps[i]!(exchange, head)
    this.#source = source
    this.#begun = true
    this.#bodiless = !hasBody(head.status, exchange.request.method)
    this.#remaining = head.length
    const fields: string[] = []
    if (head.addServer && client.serverToken !== null) fields.push(...split(client.serverToken))
    if (head.addDate) fields.push(...split(this.#ports.dateLine()))
    fields.push(...listed(head.fields))
    if (head.length !== UNKNOWN_LENGTH && head.status !== 204) fields.push('Content-Length', String(head.length))
    this.#user.head({ status: head.status, reason: head.reason, fields, keep: exchange.keep })
  }

  body(part: Uint8Array): boolean {
    if (this.#over || this.#bodiless) return true
    if (this.#remaining !== UNKNOWN_LENGTH) {
      // Longer than announced: it is cut to what was said.
      if (part.length > this.#remaining) part = part.subarray(0, this.#remaining)
      this.#remaining -= part.length
    }
    if (part.length === 0) return true
    this.#exchange.bodyBytesSent += part.length
    this.#exchange.bytesSent += part.length
    if (this.#user.body(part)) return true
    this.#slowed = true
    this.#rearm()
    return false
  }

  flush(): void {}

  end(trailers?: Fields): void {
    if (this.#over) return
    if (!this.#bodiless && this.#remaining > 0) return this.abort(failure('truncated_response'))
    this.#exchange.completed = true
    this.#close()
    this.#user.end(trailers === undefined ? [] : listed(trailers))
  }

  abort(problem: Failure): void {
    if (this.#over) return
    this.#exchange.failure ??= problem
    this.#close()
    this.#user.abort(problem.code)
  }

  // === endings

  #fell(code: FailureCode, status: number): void {
    if (this.#over) return
    this.#gone(failure(code), status)
    this.#user.abort(code)
  }

  /** The answer ends without its end. */
  #gone(problem: Failure, status: number): void {
    if (this.#over) return
    const exchange = this.#exchange
    exchange.failure ??= problem
    if (!this.#begun) exchange.status = status
    const { work } = exchange
    const source = this.#source
    this.#over = true
    this.#body?.fail(problem)
    if (work !== null) work.cancel(problem)
    if (source !== settledSource && source !== work) source.cancel(problem)
    this.#over = false
    this.#close()
  }

  #close(): void {
    this.#over = true
    this.#held.length = 0
    this.#source = settledSource
    this.#ports.wheel.disarm(this)
    finish(this.#exchange)
    this.#runtime.connections.delete(this)
  }

  // === the request's body

  get #server(): ListenerRuntime['defaultServer'] {
    return this.#exchange.server as ListenerRuntime['defaultServer']
  }

  readonly #limits = (): BodyLimits => this.#exchange.route.client

  #drainHeld(): void {
    while (!this.#over && !this.#bodyPaused && this.#body?.wanting === true) {
      const bytes = this.#held.shift()
      if (bytes !== undefined) this.#feed(bytes)
      else {
        if (this.#framing.last && !this.#body.complete) this.#feed(nothing)
        return
      }
    }
  }

  #feed(bytes: Uint8Array): void {
    const { last } = this.#framing
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#framing.last = last && this.#held.length === 0
    this.#feeding = true
    this.#body!.read(buffer, 0, buffer.length)
    this.#feeding = false
    this.#framing.last = last
    if (!this.#over) this.#rearm()
  }

  /** One deadline for both directions: a client that does not take the answer is the graver case. */
  #rearm(): void {
    const { wheel } = this.#ports
    const { sendTimeoutMs, bodyTimeoutMs } = this.#exchange.route.client
    const body = this.#body
    if (this.#over) return
    if (this.#slowed) wheel.arm(this, sendTimeoutMs)
    else if (body !== null && !this.#bodyPaused && !body.complete && body.wanting) wheel.arm(this, bodyTimeoutMs)
    else wheel.disarm(this)
  }
}

const nothing = Buffer.alloc(0)
